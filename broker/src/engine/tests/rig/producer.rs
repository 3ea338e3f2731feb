//! Producers: what Java's would send, one message at a time.

use relaismq_openwire::{Destination, Message, MessageId, ProducerId, ProducerInfo};

use super::{Answer, Peer, Rig, START};
use crate::engine::io::Link;

#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(crate) link: Link,
    pub(crate) id: ProducerId,
    pub(crate) destination: Destination,
    pub(crate) sequence: i64,
}

impl Producer {
    pub(crate) fn message(&mut self, text: &str, change: impl FnOnce(&mut Message)) -> Message {
        self.sequence += 1;
        let mut message = Message {
            producer_id: Some(self.id.clone()),
            destination: Some(self.destination.clone()),
            message_id: Some(self.id.message(self.sequence)),
            persistent: true,
            priority: 4,
            timestamp: START,
            ..Message::new_text(text).expect("a short text")
        };
        change(&mut message);
        message
    }
}

impl Rig {
    pub(crate) fn producer(&mut self, peer: &Peer, destination: Destination) -> Producer {
        self.producer_with(peer, destination, |_| ())
    }

    pub(crate) fn producer_with(
        &mut self,
        peer: &Peer,
        destination: Destination,
        change: impl FnOnce(&mut ProducerInfo),
    ) -> Producer {
        self.last_command += 1;
        let id = peer.session().producer(i64::from(self.last_command));
        self.producer_again(peer, id, destination, change)
    }

    /// A producer with an id of before.
    pub(crate) fn producer_again(
        &mut self,
        peer: &Peer,
        id: ProducerId,
        destination: Destination,
        change: impl FnOnce(&mut ProducerInfo),
    ) -> Producer {
        let mut info = ProducerInfo {
            producer_id: Some(id.clone()),
            destination: Some(destination.clone()),
            ..ProducerInfo::default()
        };
        change(&mut info);
        assert_eq!(self.request(peer, info), Answer::Done);
        Producer { link: peer.link, id, destination, sequence: 0 }
    }

    /// Sends a persistent message and waits for its confirmation.
    pub(crate) fn send(&mut self, producer: &mut Producer, text: &str) -> MessageId {
        let (answer, id) = self.send_with(producer, text, |_| ());
        assert_eq!(answer, Answer::Done);
        id
    }

    pub(crate) fn send_with(
        &mut self,
        producer: &mut Producer,
        text: &str,
        change: impl FnOnce(&mut Message),
    ) -> (Answer, MessageId) {
        let message = producer.message(text, change);
        let id = message.message_id.clone().expect("just set");
        (self.request_on(producer.link, message), id)
    }

    /// Sends a non-persistent message one-way, as Java does.
    pub(crate) fn fire(&mut self, producer: &mut Producer, text: &str) -> MessageId {
        let message = producer.message(text, |message| message.persistent = false);
        let id = message.message_id.clone().expect("just set");
        self.tell(producer.link, message);
        id
    }
}
