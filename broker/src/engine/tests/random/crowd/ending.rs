//! The end of a crowd: what somebody could have is consumed, and then all that is left.

use super::{Crowd, Delivery, Member, queue};

impl Crowd {
    /// Everything works again: what is there comes out.
    pub(super) fn finish(&mut self) {
        self.rig.thaw();
        for peer in self.peers.clone() {
            self.rig.read_again(peer.link);
        }
        for index in 0..self.members.len() {
            self.roll_back(index);
            // Others must not need to be woken.
            if self.members[index].pulls {
                self.set_window(index, 3);
            }
        }
        self.drain();
        self.nothing_is_left_lying();
        for name in self.producers.keys() {
            let consumer = self.rig.consumer(&self.peers[0], queue(name));
            self.members.push(Member::new(0, consumer, None, false));
        }
        self.drain();
        assert_eq!(self.consumed.len(), self.sent.len(), "{}: lost", self.name);
    }

    fn nothing_is_left_lying(&self) {
        for (text, sent) in self.sent.iter().filter(|(text, _)| !self.consumed.contains(*text)) {
            let could = self.members.iter().find(|member| member.could_have(sent));
            assert!(could.is_none(), "{}: {text} is left lying: {could:?}", self.name);
        }
    }

    /// Everybody consumes whatever comes, until nothing comes.
    fn drain(&mut self) {
        loop {
            self.collect();
            let mut consumed = false;
            for member in self.members.iter_mut().filter(|it| !it.held.is_empty()) {
                let range = std::mem::take(&mut member.held);
                self.consumed.extend(range.iter().map(Delivery::text));
                self.rig.consume(&member.consumer, &range);
                consumed = true;
            }
            if !consumed {
                return;
            }
        }
    }
}
