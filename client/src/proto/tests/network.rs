//! Between the client and its brokers.

use relaismq_openwire::Command;

use super::world::World;
use crate::proto::io::{Epoch, Input};

impl World {
    pub(super) fn dial(&mut self, epoch: Epoch, host: &str) {
        self.dials.push(host.to_owned());
        if self.black_holes.iter().any(|it| it == host) {
            return self.swallowed.push(epoch);
        }
        if let Some(time) = self.far.get(host) {
            return self.dialling.push((self.now.instant + *time, epoch, host.to_owned()));
        }
        self.open(epoch, host);
    }

    /// The driver reports later; here, as soon as the outputs at hand have been worked off.
    fn open(&mut self, epoch: Epoch, host: &str) {
        if let Some(reason) = self.spoilt.get(host) {
            self.client.handle(self.now, Input::Unusable(epoch, reason.clone()));
        } else if self.brokers[host].up {
            assert!(!self.links.iter().any(|(_, other)| other == host), "{host} twice");
            self.links.push((epoch, host.to_owned()));
            self.client.handle(self.now, Input::Dialled(epoch));
        } else {
            let refused = format!("{host} refuses the connection");
            self.client.handle(self.now, Input::DialFailed(epoch, refused));
        }
    }

    fn host(&self, epoch: Epoch) -> Option<String> {
        self.links.iter().find(|(other, _)| *other == epoch).map(|(_, host)| host.clone())
    }

    pub(super) fn carry(&mut self, epoch: Epoch, command: &Command) {
        let host = self.host(epoch);
        let host = host.unwrap_or_else(|| panic!("written on a link that is gone: {command:?}"));
        if matches!(command, Command::ConnectionInfo(_)) {
            let others = self.links.iter().filter(|(_, other)| *other != host);
            let logged_in = others.filter(|(_, other)| self.brokers[other].open.logged_in);
            assert_eq!(logged_in.count(), 0, "two logins at a time");
        }
        if self.slow {
            return self.on_the_way.push_back((epoch, command.clone()));
        }
        let broker = self.brokers.get_mut(&host).unwrap();
        broker.receive(&mut self.store, self.now, command);
    }

    /// What was written first arrives. True if there was something.
    pub(super) fn arrive(&mut self) -> bool {
        let Some((epoch, command)) = self.on_the_way.pop_front() else { return false };
        let Some(host) = self.host(epoch) else { return true };
        let broker = self.brokers.get_mut(&host).unwrap();
        broker.receive(&mut self.store, self.now, &command);
        true
    }

    pub(super) fn hang_up(&mut self, epoch: Epoch) {
        // Everything written is written before the socket is closed.
        while self.on_the_way.iter().any(|(other, _)| *other == epoch) && self.arrive() {}
        self.dialling.retain(|(_, other, _)| *other != epoch);
        self.swallowed.retain(|other| *other != epoch);
        self.close_socket(epoch);
    }

    fn close_socket(&mut self, epoch: Epoch) -> bool {
        let Some(place) = self.links.iter().position(|(other, _)| *other == epoch) else {
            return false;
        };
        let (_, host) = self.links.remove(place);
        self.on_the_way.retain(|(other, _)| *other != epoch);
        self.brokers.get_mut(&host).unwrap().link_gone(&mut self.store);
        true
    }

    /// One thing that is due now, of those on the network.
    pub(super) fn network_step(&mut self) -> bool {
        let now = self.now.instant;
        if let Some(place) = self.dialling.iter().position(|(due, ..)| *due <= now) {
            let (_, epoch, host) = self.dialling.remove(place);
            self.open(epoch, &host);
            self.outputs();
            return true;
        }
        if self.arrive() {
            return true;
        }
        self.reply_step()
    }

    /// One thing that a broker says, or its end.
    pub(super) fn reply_step(&mut self) -> bool {
        (0..self.links.len()).any(|place| self.reply_on(place))
    }

    fn reply_on(&mut self, place: usize) -> bool {
        let Some((epoch, host)) = self.links.get(place).cloned() else { return false };
        let now = self.now.instant;
        let broker = self.broker(&host);
        broker.end_pulls(now);
        broker.monitor(now);
        if let Some(command) = broker.out.pop_front() {
            self.input(Input::Received(epoch, command));
            return true;
        }
        if broker.hangs_up {
            self.cut_one(epoch, "closed by the broker");
            return true;
        }
        false
    }

    fn cut_one(&mut self, epoch: Epoch, reason: &str) {
        if self.close_socket(epoch) {
            self.input(Input::Lost(epoch, reason.to_owned()));
        }
    }

    /// All links break; their ends stay.
    pub(super) fn cut(&mut self, reason: &str) {
        for (epoch, _) in self.links.clone() {
            self.cut_one(epoch, reason);
        }
    }

    /// A broker dies.
    pub(super) fn kill(&mut self, host: &str) {
        self.broker(host).up = false;
        for (epoch, _) in self.links.clone().into_iter().filter(|(_, other)| other == host) {
            self.cut_one(epoch, "killed");
        }
    }

    pub(super) fn revive(&mut self, host: &str) {
        self.broker(host).up = true;
    }

    /// A broker cannot be used, for this reason, until it is mended.
    pub(super) fn spoil(&mut self, host: &str, reason: &str) {
        self.spoilt.insert(host.to_owned(), reason.to_owned());
    }

    pub(super) fn mend(&mut self, host: &str) {
        self.spoilt.remove(host);
    }
}
