//! What applications do, in few words.

use std::time::Duration;

use relaismq_openwire::{Destination, Message};

use super::{inbox::sequence, world::World};
use crate::{
    options::RedeliveryPolicy,
    proto::io::{
        Answer, ConsumerKey, ConsumerSpec, Delivery, Failure, Input, ProducerKey, Request,
        RequestId, SessionKey, SessionMode,
    },
};

/// Prefetch of consumers for which it does not matter.
pub(super) const PREFETCH: u16 = 100;

pub(super) fn spec(destination: &Destination, prefetch: u16) -> ConsumerSpec {
    ConsumerSpec {
        destination: destination.clone(),
        selector: None,
        prefetch,
        maximum_pending: 0,
        durable: None,
        browser: false,
        no_local: false,
        exclusive: false,
        retroactive: false,
        dispatch_async: true,
        priority: 0,
        check_expiry: true,
        confirm_acks: true,
        redelivery: RedeliveryPolicy::default(),
    }
}

pub(super) fn queue(prefetch: u16) -> ConsumerSpec {
    spec(&Destination::queue("Q"), prefetch)
}

impl World {
    /// With both brokers up and the first login done.
    pub(super) fn connected() -> Self {
        let mut world = Self::new();
        let connect = world.ask(Request::Connect);
        world.done(connect);
        world.broker("a").forget();
        world
    }

    pub(super) fn session(&mut self, mode: SessionMode) -> SessionKey {
        let id = self.ask(Request::OpenSession(mode));
        match self.done(id) {
            Answer::Session(key) => key,
            other => panic!("{other:?}"),
        }
    }

    /// A producer for the queue `Q`.
    pub(super) fn producer(&mut self, session: SessionKey) -> ProducerKey {
        let destination = Some(Destination::queue("Q"));
        let id = self.ask(Request::OpenProducer { session, destination, dispatch_async: false });
        match self.done(id) {
            Answer::Producer(key) => key,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn consumer(&mut self, session: SessionKey, spec: ConsumerSpec) -> ConsumerKey {
        let id = self.ask(Request::OpenConsumer { session, spec: spec.into() });
        match self.done(id) {
            Answer::Consumer(key) => key,
            other => panic!("{other:?}"),
        }
    }

    /// A session with a consumer of the queue `Q`.
    pub(super) fn consuming(
        &mut self,
        mode: SessionMode,
        prefetch: u16,
    ) -> (SessionKey, ConsumerKey) {
        let session = self.session(mode);
        (session, self.consumer(session, queue(prefetch)))
    }

    /// A session with a producer for the queue `Q`.
    pub(super) fn producing(&mut self, mode: SessionMode) -> (SessionKey, ProducerKey) {
        let session = self.session(mode);
        (session, self.producer(session))
    }

    pub(super) fn send(&mut self, producer: ProducerKey, confirm: bool) -> RequestId {
        self.ask(send(producer, confirm))
    }

    /// As [`Self::send`], and lets nothing else happen.
    pub(super) fn submit_send(
        &mut self,
        producer: ProducerKey,
        confirm: bool,
        limit: Option<Duration>,
    ) -> RequestId {
        self.submit(send(producer, confirm), limit)
    }

    /// Messages that somebody else put into a queue, numbered from 1.
    pub(super) fn put(&mut self, name: &str, count: i64) {
        let stranger = relaismq_openwire::ConnectionId::new("ID:x").session(1).producer(1);
        let before = i64::try_from(self.store.sequences(name).len()).unwrap();
        for number in before + 1..=before + count {
            let message = Message {
                message_id: Some(stranger.message(number)),
                destination: Some(Destination::queue(name)),
                ..Message::default()
            };
            self.store.put(name, message.into());
        }
        self.dispatch();
    }

    /// Lets the broker dispatch what it can.
    pub(super) fn dispatch(&mut self) {
        if let Some((_, host)) = self.link() {
            self.brokers.get_mut(&host).unwrap().dispatch(&mut self.store);
        }
        self.settle();
    }

    /// Takes a delivery, and tells the client so.
    pub(super) fn take(&mut self, consumer: ConsumerKey) -> Option<Delivery> {
        let delivery = self.inbox(consumer).take()?;
        let (epoch, through) = (delivery.epoch, delivery.number);
        let request = Request::Consumed { consumer, epoch, through };
        self.client.handle(self.now, Input::Submit { id: None, request, deadline: None });
        Some(delivery)
    }

    /// Has so many deliveries given to the application, which is not done with them.
    pub(super) fn see(&mut self, consumer: ConsumerKey, count: usize) {
        for _ in 0..count {
            let delivery = self.inbox(consumer).take().unwrap();
            let (epoch, through) = (delivery.epoch, delivery.number);
            let request = Request::Seen { consumer, epoch, through };
            self.client.handle(self.now, Input::Submit { id: None, request, deadline: None });
        }
        self.settle();
    }

    /// Takes all that can be taken, and what follows from that; producer sequences.
    pub(super) fn take_all(&mut self, consumer: ConsumerKey) -> Vec<i64> {
        let mut taken = Vec::new();
        loop {
            let more: Vec<_> = std::iter::from_fn(|| self.take(consumer)).collect();
            self.settle();
            if more.is_empty() {
                return taken;
            }
            taken.extend(more.iter().map(sequence));
        }
    }

    pub(super) fn acknowledge(
        &mut self,
        consumer: ConsumerKey,
        delivery: &Delivery,
    ) -> Result<Answer, Failure> {
        let (epoch, number) = (delivery.epoch, delivery.number);
        let id = self.ask(Request::Acknowledge { consumer, epoch, number });
        self.answer(id).unwrap().clone()
    }

    /// Waits until the link is in use again.
    #[track_caller]
    pub(super) fn resume(&mut self) {
        self.run_until(|world| world.client.is_connected());
    }

    /// Cuts the link and waits for the next one.
    #[track_caller]
    pub(super) fn fail_over(&mut self) {
        self.cut("cut");
        self.resume();
    }

    pub(super) fn acks(&mut self) -> Vec<(i8, i32, Option<i64>, i64)> {
        let mut acks = self.broker("a").acks();
        acks.extend(self.broker("b").acks());
        acks
    }
}

pub(super) fn send(producer: ProducerKey, confirm: bool) -> Request {
    let message = Message { persistent: confirm, ..Message::default() }.into();
    Request::Send { producer, message, time_to_live: None, stamp: true, confirm }
}

pub(super) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
