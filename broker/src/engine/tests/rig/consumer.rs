//! Consumers: what they are given, and what they say to it.

use std::sync::Arc;

use relaismq_openwire::{
    Command, ConsumerId, ConsumerInfo, Destination, Message, MessageAck, MessageDispatch,
    MessageId, MessagePull,
};

use super::{Answer, Peer, Rig};
use crate::engine::io::Link;

#[derive(Clone, Debug)]
pub(crate) struct Consumer {
    pub(crate) link: Link,
    pub(crate) id: ConsumerId,
    pub(crate) destination: Destination,
}

impl Consumer {
    pub(crate) fn info(&self) -> ConsumerInfo {
        ConsumerInfo {
            consumer_id: Some(self.id.clone()),
            destination: Some(self.destination.clone()),
            prefetch_size: 1000,
            ..ConsumerInfo::default()
        }
    }

    pub(crate) fn ack(&self, ack_type: i8, range: &[Delivery]) -> MessageAck {
        MessageAck {
            destination: Some(self.destination.clone()),
            consumer_id: Some(self.id.clone()),
            ack_type,
            first_message_id: range.first().map(Delivery::id),
            last_message_id: range.last().map(Delivery::id),
            message_count: i32::try_from(range.len()).expect("few"),
            ..MessageAck::default()
        }
    }
}

/// What a consumer was given.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// `None` for a marker.
    pub(crate) message: Option<Arc<Message>>,
    pub(crate) destination: Option<Destination>,
    pub(crate) counter: i32,
}

impl Delivery {
    pub(crate) fn new(dispatch: &MessageDispatch) -> Self {
        Self {
            message: dispatch.message.clone(),
            destination: dispatch.destination.clone(),
            counter: dispatch.redelivery_counter,
        }
    }

    pub(crate) fn id(&self) -> MessageId {
        self.message.as_ref().expect("a marker has no id").message_id.clone().expect("an id")
    }

    pub(crate) fn sequence(&self) -> i64 {
        self.id().broker_sequence_id
    }

    pub(crate) fn text(&self) -> String {
        match &self.message {
            Some(message) => message.body_text().expect("text").unwrap_or_default().to_string(),
            None => "(marker)".to_owned(),
        }
    }
}

impl Rig {
    pub(crate) fn consumer(&mut self, peer: &Peer, destination: Destination) -> Consumer {
        self.consumer_with(peer, destination, |_| ())
    }

    pub(crate) fn consumer_with(
        &mut self,
        peer: &Peer,
        destination: Destination,
        change: impl FnOnce(&mut ConsumerInfo),
    ) -> Consumer {
        self.last_command += 1;
        let id = peer.session().consumer(i64::from(self.last_command));
        let consumer = Consumer { link: peer.link, id, destination };
        let mut info = consumer.info();
        change(&mut info);
        assert_eq!(self.request(peer, info), Answer::Done);
        consumer
    }

    /// A consumer that is expected to be refused.
    pub(crate) fn refused_consumer(
        &mut self,
        peer: &Peer,
        destination: Destination,
        change: impl FnOnce(&mut ConsumerInfo),
    ) -> Answer {
        self.last_command += 1;
        let id = peer.session().consumer(i64::from(self.last_command));
        let mut info = Consumer { link: peer.link, id, destination }.info();
        change(&mut info);
        self.request(peer, info)
    }

    /// What this consumer has been given since the last call.
    pub(crate) fn deliveries(&mut self, consumer: &Consumer) -> Vec<Delivery> {
        let of_consumer = self.take(consumer.link, |command| match command {
            Command::MessageDispatch(dispatch)
                if dispatch.consumer_id.as_ref() == Some(&consumer.id) =>
            {
                Some(Delivery::new(dispatch))
            }
            _ => None,
        });
        of_consumer.into()
    }

    pub(crate) fn texts(&mut self, consumer: &Consumer) -> Vec<String> {
        self.deliveries(consumer).iter().map(Delivery::text).collect()
    }

    /// An acknowledgement of a range, with a response.
    pub(crate) fn ack(&mut self, consumer: &Consumer, kind: i8, range: &[Delivery]) -> Answer {
        self.request_on(consumer.link, consumer.ack(kind, range))
    }

    /// Consumed, all of it.
    pub(crate) fn consume(&mut self, consumer: &Consumer, range: &[Delivery]) {
        assert_eq!(self.ack(consumer, MessageAck::STANDARD, range), Answer::Done);
    }

    /// With the sequence of the last message that it has seen, -1 for none, -2 if it does not know.
    pub(crate) fn close(&mut self, consumer: &Consumer, last_delivered: i64) -> Answer {
        self.remove(consumer.link, consumer.id.clone(), last_delivered)
    }

    pub(crate) fn pull(&mut self, consumer: &Consumer, timeout: i64) {
        let pull = MessagePull {
            consumer_id: Some(consumer.id.clone()),
            destination: Some(consumer.destination.clone()),
            timeout,
            ..MessagePull::default()
        };
        assert_eq!(self.request_on(consumer.link, pull), Answer::Done);
    }
}
