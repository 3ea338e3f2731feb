//! Making and removing destinations, temporary ones above all.

use relaismq_openwire::{Destination, DestinationInfo};

use crate::engine::{
    Engine,
    destinations::advisory::Event,
    io::Link,
    state::{
        outcomes::Then,
        refusal::{Refusal, Reply},
    },
};

impl Engine {
    /// Answered when what it changed in the store is durable.
    pub(crate) fn change_destination(
        &mut self,
        link: Link,
        info: &DestinationInfo,
    ) -> Result<Reply, Refusal> {
        let destination =
            info.destination.clone().ok_or_else(|| Refusal::destination("no destination"))?;
        let stored = match (info.operation_type, destination.kind.is_temporary()) {
            (DestinationInfo::ADD, true) => self.add_temporary(link, &destination)?,
            (DestinationInfo::ADD, false) => {
                self.check_target(&destination)?;
                let mut stored = false;
                for part in destination.parts() {
                    self.check_target(&part)?;
                    stored |= self.ensure_destination(&part)?;
                }
                stored
            }
            (_, true) => self.delete_temporary(link, &destination)?,
            (_, false) => self.delete_destination(&destination, info.timeout)?,
        };
        if !stored {
            return Ok(Reply::Done);
        }
        let answer_to = Some(info.command_id).filter(|_| info.response_required);
        self.work.later_for_sure(Then::Answer(link, answer_to.into()));
        Ok(Reply::Later)
    }

    fn add_temporary(&mut self, link: Link, destination: &Destination) -> Result<bool, Refusal> {
        let Some(client) = self.clients.get_mut(link) else { return Ok(false) };
        let owner = client.connection.as_ref().map(ToString::to_string).unwrap_or_default();
        let rest = destination.name.strip_prefix(owner.as_str());
        let own = rest.is_some_and(|rest| rest.starts_with(':'));
        if !own || destination.is_composite() || destination.is_pattern() {
            let message = format!("{destination} is no name for a destination of this connection");
            return Err(Refusal::destination(message));
        }
        if client.temporaries.contains(destination) {
            return Ok(false);
        }
        let stored = self.make_destination(destination)?;
        if let Some(client) = self.clients.get_mut(link) {
            client.temporaries.insert(destination.clone());
        }
        Ok(stored)
    }

    fn delete_temporary(&mut self, link: Link, destination: &Destination) -> Result<bool, Refusal> {
        let Some(client) = self.clients.get_mut(link) else { return Ok(false) };
        if client.temporaries.remove(destination) {
            return Ok(self.forget_destination(destination));
        }
        if self.destinations.exists(destination) {
            let message = format!("{destination} belongs to another connection");
            return Err(Refusal::destination(message));
        }
        Ok(false)
    }

    fn delete_destination(
        &mut self,
        destination: &Destination,
        timeout: i64,
    ) -> Result<bool, Refusal> {
        if timeout == 0 && self.is_listened_to(destination) {
            return Err(Refusal::jms(format!(
                "Destination: {destination} still has an active subscription"
            )));
        }
        let exists = self.destinations.exists(destination);
        Ok(exists && self.forget_destination(destination))
    }

    /// True if that changes the store.
    pub(crate) fn forget_destination(&mut self, destination: &Destination) -> bool {
        let stored = self.remove_destination(destination);
        self.advise_destination(destination, Event::Gone);
        stored
    }
}
