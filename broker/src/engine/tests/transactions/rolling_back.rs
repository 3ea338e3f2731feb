//! What a rollback brings back, and what rolls back by itself.

use relaismq_openwire::MessageAck;

use super::{Answer, Rig, queue};

#[test]
fn a_rollback_forgets_sends_and_redispatches_nothing_to_an_open_consumer() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.enlist(&mut producer, "2", &id);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id);
    assert_eq!(rig.roll_back(&peer, &id), Answer::Done);
    assert_eq!(rig.texts(&consumer), [""; 0]);
    // It is still in flight, so the client can acknowledge what it redelivered by itself.
    let id = rig.begin(&peer);
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id), Answer::Done);
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn what_was_rolled_back_comes_again_once_its_consumer_closes() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3"] {
        rig.send(&mut producer, text);
    }
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given[..2], &id);
    assert_eq!(rig.roll_back(&peer, &id), Answer::Done);
    assert_eq!(rig.texts(&consumer), [""; 0], "a second dispatch would be a duplicate to Java");
    rig.close(&consumer, -2);
    let other = rig.consumer(&peer, queue("Q"));
    let back = rig.deliveries(&other);
    let shown: Vec<_> = back.iter().map(|it| (it.text(), it.counter)).collect();
    assert_eq!(shown, ["1", "2", "3"].map(|text| (text.to_owned(), 1)), "counted once");
}

#[test]
fn a_closed_consumers_messages_stay_hidden_until_the_outcome() {
    for commits in [true, false] {
        let mut rig = Rig::new();
        let peer = rig.connect("a");
        let consumer = rig.consumer(&peer, queue("Q"));
        let mut producer = rig.producer(&peer, queue("Q"));
        rig.send(&mut producer, "1");
        rig.send(&mut producer, "2");
        let given = rig.deliveries(&consumer);
        let id = rig.begin(&peer);
        rig.ack_in(&consumer, MessageAck::STANDARD, &given[..1], &id);
        rig.close(&consumer, given[1].sequence());
        let other = rig.consumer(&peer, queue("Q"));
        assert_eq!(rig.texts(&other), ["2"], "what was not acknowledged is back at once");
        if commits {
            assert_eq!(rig.commit(&peer, &id), Answer::Done);
            assert_eq!(rig.texts(&other), [""; 0]);
            assert_eq!(rig.kept_in_queue("Q"), 1);
        } else {
            assert_eq!(rig.roll_back(&peer, &id), Answer::Done);
            let back = rig.deliveries(&other);
            assert_eq!((back[0].text(), back[0].counter), ("1".to_owned(), 1));
        }
    }
}

#[test]
fn the_end_of_a_connection_rolls_back() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id);
    rig.enlist(&mut producer, "never", &id);
    rig.cut(&peer);
    let other = rig.connect("b");
    let consumer = rig.consumer(&other, queue("Q"));
    let given = rig.deliveries(&consumer);
    assert_eq!(given.len(), 1);
    assert_eq!((given[0].text(), given[0].counter), ("1".to_owned(), 1));
}

#[test]
fn a_failed_send_or_acknowledgement_breaks_the_transaction() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer(&peer, queue("R"));
    for breaks in [true, false] {
        let id = rig.begin(&peer);
        rig.enlist(&mut producer, "1", &id);
        if breaks {
            let within = Some(id.clone());
            let wrong = producer.message("2", |message| {
                message.destination = Some(queue("A.*"));
                message.transaction_id = within;
            });
            rig.tell(peer.link, wrong);
        } else {
            let ack = MessageAck {
                transaction_id: Some(id.clone()),
                last_message_id: Some(producer.id.message(99)),
                message_count: 1,
                ..consumer.ack(MessageAck::STANDARD, &[])
            };
            rig.tell(peer.link, ack);
        }
        assert_eq!(rig.errors(peer.link).len(), 1);
        let answer = rig.commit(&peer, &id);
        assert_eq!(answer.class(), "javax.jms.TransactionRolledBackException");
        assert_eq!(rig.kept_in_queue("Q"), 0);
    }
}
