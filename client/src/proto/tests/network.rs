//! Between the client and its brokers.

use relaismq_openwire::Command;

use super::world::World;
use crate::proto::io::{Epoch, Input};

impl World {
    pub(super) fn dial(&mut self, epoch: Epoch, host: &str) {
        self.dials.push(host.to_owned());
        if self.black_holes.iter().any(|it| it == host) {
            return;
        }
        // The driver reports later; here, as soon as the outputs at hand have been worked off.
        if self.brokers[host].up {
            self.link = Some((epoch, host.to_owned()));
            self.client.handle(self.now, Input::Dialled(epoch));
        } else {
            let refused = format!("{host} refuses the connection");
            self.client.handle(self.now, Input::DialFailed(epoch, refused));
        }
    }

    pub(super) fn carry(&mut self, epoch: Epoch, command: &Command) {
        let Some((current, host)) = self.link.clone() else { return };
        assert_eq!(epoch, current, "written on a link that is gone: {command:?}");
        if self.slow {
            return self.on_the_way.push_back(command.clone());
        }
        let broker = self.brokers.get_mut(&host).unwrap();
        broker.receive(&mut self.store, self.now, command);
    }

    /// What was written first arrives. True if there was something.
    pub(super) fn arrive(&mut self) -> bool {
        let Some((_, host)) = self.link.clone() else { return false };
        let Some(command) = self.on_the_way.pop_front() else { return false };
        let broker = self.brokers.get_mut(&host).unwrap();
        broker.receive(&mut self.store, self.now, &command);
        true
    }

    pub(super) fn hang_up(&mut self, epoch: Epoch) {
        // Everything written is written before the socket is closed.
        while self.client.epoch() == epoch && self.arrive() {}
        if let Some((_, host)) = self.link.take_if(|(current, _)| *current == epoch) {
            self.brokers.get_mut(&host).unwrap().link_gone(&mut self.store);
        }
    }

    /// One thing that is due now, of those on the network.
    pub(super) fn network_step(&mut self) -> bool {
        if self.arrive() {
            return true;
        }
        self.reply_step()
    }

    /// One thing that a broker says, or its end.
    pub(super) fn reply_step(&mut self) -> bool {
        let Some((epoch, host)) = self.link.clone() else { return false };
        let now = self.now.instant;
        let broker = self.broker(&host);
        broker.end_pulls(now);
        broker.monitor(now);
        if let Some(command) = broker.out.pop_front() {
            self.input(Input::Received(epoch, command));
            return true;
        }
        if broker.hangs_up {
            self.cut("closed by the broker");
            return true;
        }
        false
    }

    /// The link breaks; both ends stay.
    pub(super) fn cut(&mut self, reason: &str) {
        let Some((epoch, host)) = self.link.take() else { return };
        self.on_the_way.clear();
        self.broker(&host).hangs_up = false;
        let store = &mut self.store;
        self.brokers.get_mut(&host).unwrap().link_gone(store);
        self.input(Input::Lost(epoch, reason.to_owned()));
    }

    /// A broker dies.
    pub(super) fn kill(&mut self, host: &str) {
        self.broker(host).up = false;
        if self.link.as_ref().is_some_and(|(_, current)| current == host) {
            self.cut("killed");
        }
    }

    pub(super) fn revive(&mut self, host: &str) {
        self.broker(host).up = true;
    }
}
