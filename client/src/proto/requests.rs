//! Commands that the broker answers, or that are kept until it is known to have read them.

use relaismq_openwire::{Command, Destination, DestinationInfo};

use super::{
    Client,
    io::RequestId,
    ledger::{Entry, Purpose},
    link::Phase,
    weight::weight,
};

impl Client {
    /// Writes now if the link is in use, or else when it is again.
    pub(super) fn request(
        &mut self,
        request: Option<RequestId>,
        command: impl Into<Command>,
        purpose: Purpose,
    ) {
        self.enter(request, command.into(), purpose, true);
    }

    /// `answered`: the broker will; otherwise it is settled once written, or kept if it is persistent.
    pub(super) fn enter(
        &mut self,
        request: Option<RequestId>,
        mut command: Command,
        purpose: Purpose,
        answered: bool,
    ) {
        let command_id = self.ledger.command_id();
        let (bytes, persistent) = match &command {
            Command::Message(message) => (weight(message), message.persistent),
            _ => (0, false),
        };
        let kept = !answered && persistent;
        let mut one_way = || self.link.one_way.wrote(command_id, bytes, kept);
        let asks = answered || (matches!(self.link.phase, Phase::Connected) && one_way());
        command.set_request(command_id, asks);
        let written = self.link.is_connected().then_some(self.link.epoch);
        if written.is_some() {
            if answered {
                self.link.one_way.asked(command_id);
            }
            self.write(command.clone());
        }
        if !answered && !kept && written.is_some() {
            return;
        }
        if let Purpose::Send(key) = &purpose
            && let Some(producer) = self.registry.producers.get_mut(key)
        {
            producer.unsettled += 1;
        }
        let (repeated, hands_over) = (false, !answered);
        let entry = Entry {
            request,
            command,
            purpose,
            answered,
            hands_over,
            kept,
            written,
            repeated,
            bytes,
        };
        self.ledger.insert(command_id, entry);
    }

    pub(super) fn destination_info(
        &self,
        destination: &Destination,
        operation_type: i8,
    ) -> DestinationInfo {
        DestinationInfo {
            connection_id: Some(self.registry.connection.clone()),
            destination: Some(destination.clone()),
            operation_type,
            ..DestinationInfo::default()
        }
    }
}
