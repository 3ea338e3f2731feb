//! Topics and durable subscriptions.

use relaismq_openwire::{Command, ConsumerInfo, Destination, RemoveInfo, RemoveSubscriptionInfo};

use super::rig::{Peer, Rig, from, message};

fn durable(name: &str) -> ConsumerInfo {
    ConsumerInfo { subscription_name: Some(name.into()), ..from(Destination::topic("t"), 10) }
}

fn unsubscribe(rig: &mut Rig, peer: &Peer, name: &str) -> Result<(), String> {
    let info = RemoveSubscriptionInfo {
        subscription_name: Some(name.into()),
        ..RemoveSubscriptionInfo::default()
    };
    rig.request(peer.link, info)
}

#[test]
fn every_subscriber_gets_its_copy_and_patterns_match() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    for (number, topic) in [(1, "t.x"), (2, "t.*"), (3, "t.>"), (4, "u.>")] {
        rig.consume(&peer, number, from(Destination::topic(topic), 10)).unwrap();
    }
    rig.request(peer.link, message(&producer, 1, Destination::topic("t.x"))).unwrap();
    let mut who: Vec<i64> = rig.dispatched().into_iter().map(|it| it.0.value).collect();
    who.sort_unstable();
    assert_eq!((who, rig.stored.len()), (vec![1, 2, 3], 0));
}

#[test]
fn no_local_leaves_out_what_the_same_connection_published() {
    let mut rig = Rig::new();
    let (own, other) = (rig.connect("own"), rig.connect("other"));
    let (here, there) = (rig.producer(&own), rig.producer(&other));
    rig.consume(&own, 1, ConsumerInfo { no_local: true, ..from(Destination::topic("t"), 10) })
        .unwrap();
    rig.request(own.link, message(&here, 1, Destination::topic("t"))).unwrap();
    rig.request(other.link, message(&there, 2, Destination::topic("t"))).unwrap();
    assert_eq!(rig.numbers(), [2]);
}

#[test]
fn a_durable_subscription_keeps_what_comes_while_its_subscriber_is_away() {
    let mut rig = Rig::new();
    let (subscriber, publisher) = (rig.connect("s"), rig.connect("p"));
    let producer = rig.producer(&publisher);
    let consumer = rig.consume(&subscriber, 1, durable("news")).unwrap();
    assert_eq!(
        rig.consume(&subscriber, 2, durable("news")),
        Err("JMSException".to_owned()),
        "in use"
    );
    assert_eq!(unsubscribe(&mut rig, &subscriber, "news"), Err("JMSException".to_owned()));
    let object_id = Some(Box::new(Command::from(consumer)));
    rig.request(subscriber.link, RemoveInfo { object_id, ..RemoveInfo::default() }).unwrap();
    rig.request(publisher.link, message(&producer, 1, Destination::topic("t"))).unwrap();
    assert_eq!(rig.stored.len(), 1);
    rig.consume(&subscriber, 3, durable("news")).unwrap();
    assert_eq!(rig.numbers(), [1]);
}

#[test]
fn unsubscribing_forgets_and_an_unknown_subscription_is_an_error() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consume(&peer, 1, durable("news")).unwrap();
    let object_id = Some(Box::new(Command::from(consumer)));
    rig.request(peer.link, RemoveInfo { object_id, ..RemoveInfo::default() }).unwrap();
    unsubscribe(&mut rig, &peer, "news").unwrap();
    assert_eq!(unsubscribe(&mut rig, &peer, "news"), Err("InvalidDestinationException".to_owned()));
}

#[test]
fn a_virtual_topic_copies_to_its_consumer_queues() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    rig.consumer(&peer, "Consumer.A.VirtualTopic.x", 10);
    rig.request(peer.link, message(&producer, 1, Destination::topic("VirtualTopic.x"))).unwrap();
    assert_eq!((rig.numbers(), rig.stored.len()), (vec![1], 1));
}
