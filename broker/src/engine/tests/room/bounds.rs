//! What waits is bounded: its senders are not read from.

use super::{
    Answer, Rig, Settings, creation, drain, fill, long, look_again, queue, small, temporary, topic,
};

#[test]
fn a_client_that_sends_on_without_waiting_for_answers_is_not_read_from_until_there_is_room() {
    let mut rig = Rig::with(small());
    let (sender, receiver) = (rig.connect("a"), rig.connect("b"));
    let mut producer = rig.producer(&sender, queue("Q"));
    let mut sent = 0;
    while !rig.paused.contains(&sender.link) {
        sent += 1;
        assert!(sent < 1000, "it is never held back");
        let message = producer.message(&long("a"), |_| ());
        rig.tell(sender.link, message);
    }
    let consumer = rig.consumer(&receiver, queue("Q"));
    assert_eq!(drain(&mut rig, &consumer).len(), sent);
    assert!(!rig.paused.contains(&sender.link));
    assert_eq!(rig.errors(sender.link), []);
}

// What goes where the engine cannot foresee is found out by the store only.
#[test]
fn a_publisher_whose_topic_feeds_full_queues_is_not_read_from_either() {
    let mut rig = Rig::new();
    let (sender, receiver) = (rig.connect("a"), rig.connect("b"));
    let consumer = rig.consumer(&receiver, queue("Consumer.X.VirtualTopic.T"));
    let mut producer = rig.producer(&sender, topic("VirtualTopic.T"));
    rig.full = true;
    let mut sent = 0;
    while !rig.paused.contains(&sender.link) {
        sent += 1;
        assert!(sent < 1000, "it is never held back");
        let message = producer.message(&long("a"), |_| ());
        rig.tell(sender.link, message);
    }
    rig.full = false;
    look_again(&mut rig);
    assert_eq!(drain(&mut rig, &consumer).len(), sent);
    assert!(!rig.paused.contains(&sender.link));
}

#[test]
fn many_senders_that_wait_are_held_back_sooner() {
    let mut rig = Rig::with(small());
    let filler = rig.connect("filler");
    fill(&mut rig, &filler);
    let large = "x".repeat(60_000);
    for number in 0..400 {
        let peer = rig.connect(&format!("client{number}"));
        let mut producer = rig.producer(&peer, queue("Q"));
        let message = producer.message(&large, |_| ());
        rig.tell(peer.link, message);
    }
    assert!((100..200).contains(&rig.paused.len()), "{}", rig.paused.len());
    let receiver = rig.connect("receiver");
    let consumer = rig.consumer(&receiver, queue("Q"));
    drain(&mut rig, &consumer);
    assert_eq!(rig.paused.len(), 0);
}

#[test]
fn everything_light_arrives_though_its_consumer_is_slow_and_memory_and_store_are_small() {
    let settings = Settings {
        queue_memory_bytes: 20_000,
        memory_bytes: 40_000,
        in_flight_bytes: 10_000,
        ..small()
    };
    let mut rig = Rig::with(settings);
    let (sender, receiver) = (rig.connect("a"), rig.connect("b"));
    let consumer = rig.consumer(&receiver, queue("Q"));
    let mut producer = rig.producer(&sender, queue("Q"));
    let (mut sent, mut taken, mut held) = (0, 0, 0);
    while taken < 3000 {
        if sent < 3000 && !rig.paused.contains(&sender.link) {
            rig.fire(&mut producer, "0123456789");
            sent += 1;
            continue;
        }
        held += 1;
        let given = rig.deliveries(&consumer);
        assert!(!given.is_empty(), "{taken} of {sent}");
        taken += given.len();
        rig.consume(&consumer, &given);
    }
    assert!(held > 10, "it was held back {held} times");
    assert_eq!((sent, taken), (3000, 3000));
}

#[test]
fn a_temporary_queue_that_is_full_holds_back_its_sender_until_its_owner_reads() {
    let settings =
        Settings { queue_memory_bytes: 10_000, memory_bytes: 20_000, ..Settings::default() };
    let mut rig = Rig::with(settings);
    let (owner, sender) = (rig.connect("a"), rig.connect("b"));
    let reply = temporary(&owner, 1);
    assert_eq!(rig.request(&owner, creation(&reply)), Answer::Done);
    let mut producer = rig.producer(&sender, reply.clone());
    let mut sent = 0;
    let waits = loop {
        sent += 1;
        assert!(sent < 1000, "there is always room");
        if let Answer::Pending(command) = rig.send_with(&mut producer, "answer", |_| ()).0 {
            break command;
        }
    };
    let consumer = rig.consumer(&owner, reply);
    assert_eq!(drain(&mut rig, &consumer).len(), sent);
    assert_eq!(rig.answer_to(sender.link, waits), Answer::Done);
}

#[test]
fn a_temporary_queue_that_goes_lets_go_of_who_waits_for_it() {
    let settings =
        Settings { queue_memory_bytes: 10_000, memory_bytes: 20_000, ..Settings::default() };
    let mut rig = Rig::with(settings);
    let (owner, sender) = (rig.connect("a"), rig.connect("b"));
    let reply = temporary(&owner, 1);
    assert_eq!(rig.request(&owner, creation(&reply)), Answer::Done);
    let mut producer = rig.producer(&sender, reply);
    let waits = loop {
        if let Answer::Pending(command) = rig.send_with(&mut producer, "answer", |_| ()).0 {
            break command;
        }
    };
    rig.cut(&owner);
    let answer = rig.answer_to(sender.link, waits);
    assert_eq!(answer.class(), "org.apache.activemq.DestinationDoesNotExistException");
}
