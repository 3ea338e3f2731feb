//! Acknowledgements in a transaction, and the window of their consumer.

use relaismq_openwire::MessageAck;

use super::{Answer, Delivery, Rig, queue};

#[test]
fn transacted_acknowledgements_hold_the_window_and_delivered_extends_it() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3", "4", "5", "6"] {
        rig.send(&mut producer, text);
    }
    let id = rig.begin(&peer);
    let mut given = rig.deliveries(&consumer);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id);
    assert_eq!(rig.texts(&consumer), [""; 0], "the window is as full as before");
    assert_eq!(rig.ack_in(&consumer, MessageAck::DELIVERED, &given, &id), Answer::Done);
    given = rig.deliveries(&consumer);
    assert_eq!(given.len(), 2);
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id), Answer::Done);
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
    assert_eq!(rig.texts(&consumer), ["5", "6"]);
    assert_eq!(rig.kept_in_queue("Q"), 2);
}

#[test]
fn individual_in_a_transaction_extends_the_window_by_one() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 1);
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3"] {
        rig.send(&mut producer, text);
    }
    let id = rig.begin(&peer);
    for text in ["1", "2"] {
        let given = rig.deliveries(&consumer);
        assert_eq!(given.iter().map(Delivery::text).collect::<Vec<_>>(), [text]);
        rig.ack_in(&consumer, MessageAck::INDIVIDUAL, &given, &id);
    }
    assert_eq!(rig.kept_in_queue("Q"), 3);
    rig.commit(&peer, &id);
    assert_eq!(rig.kept_in_queue("Q"), 1);
    assert_eq!(rig.texts(&consumer), ["3"]);
}
