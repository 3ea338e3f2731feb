//! Ranges of acknowledgements in transactions, by the broker's order and by the client's.
//!
//! After a takeover Java consumers in transactions were refused again and again, up to nine deliveries
//! of one message, and commits that succeeded left messages in flight, which were consumed a second
//! time after the next takeover. A consumer keeps what it had handed out before the takeover in front
//! of what it gets afterwards, and its range follows that order, not the one of dispatch.

use relaismq_openwire::{MessageAck, TransactionId};

use super::{Answer, Consumer, Delivery, JMS, Peer, Rig, queue, topic};

const SIX: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

/// A consumer in a transaction that has been given these messages.
struct Holding {
    rig: Rig,
    peer: Peer,
    consumer: Consumer,
    given: Vec<Delivery>,
    id: TransactionId,
}

impl Holding {
    fn six() -> Self {
        let mut rig = Rig::new();
        let peer = rig.connect("a");
        let consumer = rig.consumer(&peer, queue("Q"));
        let mut producer = rig.producer(&peer, queue("Q"));
        for text in SIX {
            rig.send(&mut producer, text);
        }
        let (given, id) = (rig.deliveries(&consumer), rig.begin(&peer));
        Self { rig, peer, consumer, given, id }
    }

    fn picked(&self, texts: &[&str]) -> Vec<Delivery> {
        let find = |text: &&str| self.given.iter().find(|it| it.text() == **text);
        texts.iter().map(|text| find(text).expect("given").clone()).collect()
    }

    /// As Java does for a message that it had before the takeover.
    fn had_before(&mut self, texts: &[&str]) {
        for delivery in self.picked(texts) {
            let ack = self.consumer.ack(MessageAck::DELIVERED, &[delivery]);
            let alone = MessageAck { first_message_id: None, ..ack };
            assert_eq!(self.rig.request(&self.peer, alone), Answer::Done);
        }
    }

    /// Acknowledges these, in the client's order: the first, the last and their number.
    fn acknowledge(&mut self, kind: i8, texts: &[&str]) -> Answer {
        let ack = self.consumer.ack(kind, &self.picked(texts));
        self.ask(ack)
    }

    fn ask(&mut self, ack: MessageAck) -> Answer {
        let within = ack.ack_type != MessageAck::POISON;
        let transaction_id = within.then(|| self.id.clone());
        self.rig.request(&self.peer, MessageAck { transaction_id, ..ack })
    }

    fn commit(&mut self) -> Answer {
        self.rig.commit(&self.peer, &self.id)
    }

    /// What another consumer gets when this one has gone.
    fn left(mut self) -> Vec<String> {
        self.rig.close(&self.consumer, -2);
        let other = self.rig.consumer(&self.peer, queue("Q"));
        self.rig.texts(&other)
    }
}

#[test]
fn a_transaction_with_another_count_than_its_range_consumes_nothing() {
    for (kind, first) in [(MessageAck::STANDARD, true), (MessageAck::STANDARD, false)] {
        for message_count in [-1, 0, 2, 5] {
            let mut holding = Holding::six();
            let range = if first { &SIX[1..4] } else { &SIX[..4] };
            let ack = holding.consumer.ack(kind, &holding.picked(range));
            let first_message_id = ack.first_message_id.clone().filter(|_| first);
            let answer = holding.ask(MessageAck { first_message_id, message_count, ..ack });
            assert_eq!(answer.class(), JMS, "{message_count}");
            assert!(answer.text().contains("Unmatched acknowledge"), "{answer:?}");
            let commit = holding.commit();
            assert_eq!(commit.class(), "javax.jms.TransactionRolledBackException");
            assert_eq!(holding.left(), SIX);
        }
    }
}

#[test]
fn a_durable_subscriptions_transaction_is_checked_alike() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let durable = rig.consumer_with(&peer, topic("T"), |info| {
        info.subscription_name = Some("reader".into());
    });
    let mut producer = rig.producer(&peer, topic("T"));
    for text in SIX {
        rig.send(&mut producer, text);
    }
    let (given, id) = (rig.deliveries(&durable), rig.begin(&peer));
    let ack = durable.ack(MessageAck::STANDARD, &given[1..4]);
    let within = Some(id.clone());
    let wrong = MessageAck { transaction_id: within, message_count: 2, ..ack };
    assert_eq!(rig.request(&peer, wrong).class(), JMS);
    assert_eq!(rig.commit(&peer, &id).class(), "javax.jms.TransactionRolledBackException");
    let id = rig.begin(&peer);
    assert_eq!(rig.ack_in(&durable, MessageAck::STANDARD, &given, &id), Answer::Done);
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
}

#[test]
fn a_client_may_count_what_it_has_acknowledged_before_in_the_same_transaction() {
    for (range, message_count) in [(2..4, 2), (0..4, 4), (0..4, 2)] {
        let mut holding = Holding::six();
        assert_eq!(holding.acknowledge(MessageAck::STANDARD, &SIX[..2]), Answer::Done);
        let ack = holding.consumer.ack(MessageAck::STANDARD, &holding.picked(&SIX[range]));
        assert_eq!(holding.ask(MessageAck { message_count, ..ack }), Answer::Done);
        assert_eq!(holding.commit(), Answer::Done);
        assert_eq!(holding.left(), ["5", "6"]);
    }
}

#[test]
fn what_a_client_had_before_a_takeover_comes_first_in_its_range() {
    let cases: [(&[&str], &[&str], &[&str]); 5] = [
        // Its first message is behind its last in the order of dispatch.
        (&["4"], &["4", "1", "2"], &["3", "5", "6"]),
        // Its last message is before some that it had.
        (&["1", "5"], &["1", "5", "2", "3"], &["4", "6"]),
        // Nothing came but what it had.
        (&["2", "5"], &["2", "5"], &["1", "3", "4", "6"]),
        // A rollback has turned what it had.
        (&["1", "2", "4"], &["4", "1", "2"], &["3", "5", "6"]),
        (&["1", "2", "4"], &["4", "1", "2", "3"], &["5", "6"]),
    ];
    for (before, range, left) in cases {
        let mut holding = Holding::six();
        holding.had_before(before);
        assert_eq!(holding.acknowledge(MessageAck::STANDARD, range), Answer::Done, "{range:?}");
        assert_eq!(holding.commit(), Answer::Done);
        assert_eq!(holding.left(), left, "{range:?}");
    }
}

#[test]
fn the_clients_order_holds_after_a_rollback() {
    let mut holding = Holding::six();
    holding.had_before(&["4"]);
    let range = ["4", "1", "2"];
    assert_eq!(holding.acknowledge(MessageAck::STANDARD, &range), Answer::Done);
    assert_eq!(holding.rig.roll_back(&holding.peer, &holding.id), Answer::Done);
    holding.id = holding.rig.begin(&holding.peer);
    assert_eq!(holding.acknowledge(MessageAck::STANDARD, &range), Answer::Done);
    assert_eq!(holding.commit(), Answer::Done);
    assert_eq!(holding.left(), ["3", "5", "6"]);
}

#[test]
fn poison_buries_what_the_client_counts_and_nothing_else() {
    let mut holding = Holding::six();
    holding.had_before(&["1", "5"]);
    let poison = MessageAck::POISON;
    assert_eq!(holding.acknowledge(poison, &["1", "5", "2"]), Answer::Done);
    assert_eq!(holding.rig.kept_in_queue("ActiveMQ.DLQ"), 3);
    let ack = holding.consumer.ack(poison, &holding.picked(&["3", "4", "6"]));
    assert_eq!(holding.ask(MessageAck { message_count: 2, ..ack }).class(), JMS);
    assert_eq!(holding.rig.kept_in_queue("ActiveMQ.DLQ"), 3);
    assert_eq!(holding.left(), ["3", "4", "6"]);
}

#[test]
fn a_message_that_expired_at_an_older_client_takes_none_of_those_before_it_along() {
    let mut holding = Holding::six();
    let ack = holding.consumer.ack(MessageAck::EXPIRED, &holding.picked(&["3"]));
    assert_eq!(holding.ask(MessageAck { first_message_id: None, ..ack }), Answer::Done);
    assert_eq!(holding.left(), ["1", "2", "4", "5", "6"]);
}
