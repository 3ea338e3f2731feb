//! Durable topic subscriptions.

use relaismq_openwire::{ConsumerInfo, RemoveSubscriptionInfo};

use super::{Answer, Consumer, JMS, Peer, Rig, topic};
use crate::{
    engine::Settings,
    model::{Container, SubscriptionKey},
};

fn named(name: &str) -> impl Fn(&mut ConsumerInfo) {
    move |info| info.subscription_name = Some(name.into())
}

fn subscribe(rig: &mut Rig, peer: &Peer) -> Consumer {
    rig.consumer_with(peer, topic("T"), named("news"))
}

fn backlog(client_id: &str) -> Container {
    Container::Subscription(SubscriptionKey { client_id: client_id.into(), name: "news".into() })
}

fn unsubscribe(rig: &mut Rig, peer: &Peer, name: &str) -> Answer {
    let info = RemoveSubscriptionInfo {
        connection_id: Some(peer.connection.clone()),
        client_id: Some("somebody else".into()),
        subscription_name: Some(name.into()),
        ..RemoveSubscriptionInfo::default()
    };
    rig.request(peer, info)
}

#[test]
fn who_waits_for_a_slow_subscriber_goes_on_when_its_subscription_is_removed() {
    let mut rig = Rig::with(Settings { queue_memory_bytes: 8000, ..Settings::default() });
    let (reader, writer) = (rig.connect("a"), rig.connect("b"));
    let slow = rig.consumer_with(&reader, topic("T"), |info| {
        info.subscription_name = Some("news".into());
        info.prefetch_size = 1;
    });
    let mut producer = rig.producer(&writer, topic("T"));
    while rig.paused.is_empty() {
        assert!(producer.sequence < 100, "never held back");
        rig.fire(&mut producer, "x");
    }
    assert_eq!(rig.remove(slow.link, slow.id, 0), Answer::Done);
    assert_eq!(unsubscribe(&mut rig, &reader, "news"), Answer::Done);
    assert!(rig.paused.is_empty());
}

#[test]
fn messages_are_kept_while_the_subscriber_is_away() {
    let mut rig = Rig::new();
    let (reader, writer) = (rig.connect("a"), rig.connect("b"));
    let mut producer = rig.producer(&writer, topic("T"));
    rig.send(&mut producer, "before");
    let consumer = subscribe(&mut rig, &reader);
    rig.close(&consumer, -1);
    rig.cut(&reader);
    rig.send(&mut producer, "persistent");
    rig.fire(&mut producer, "light");
    let reader = rig.connect("a");
    let consumer = subscribe(&mut rig, &reader);
    assert_eq!(rig.texts(&consumer), ["persistent", "light"]);
}

/// They have one id and are two messages: what is acknowledged of one is nothing of the other's.
#[test]
fn a_pattern_keeps_each_copy_of_a_message_to_several_topics() {
    let mut rig = Rig::new();
    let (reader, writer) = (rig.connect("a"), rig.connect("b"));
    let consumer = rig.consumer_with(&reader, topic("T.>"), named("news"));
    rig.close(&consumer, -1);
    rig.cut(&reader);
    let mut producer = rig.producer(&writer, topic("T.A,T.B"));
    rig.send(&mut producer, "1");
    rig.restart();
    let reader = rig.connect("a");
    let consumer = rig.consumer_with(&reader, topic("T.>"), named("news"));
    let given = rig.deliveries(&consumer);
    let from: Vec<_> = given.iter().map(|it| it.destination.clone()).collect();
    assert_eq!(from, [Some(topic("T.A")), Some(topic("T.B"))]);
    rig.consume(&consumer, &given[..1]);
    rig.cut(&reader);
    let reader = rig.connect("a");
    let consumer = rig.consumer_with(&reader, topic("T.>"), named("news"));
    let again = rig.deliveries(&consumer);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].destination, Some(topic("T.B")));
}

#[test]
fn only_persistent_messages_survive_a_restart() {
    let mut rig = Rig::with(Settings { queue_memory_bytes: 3000, ..Settings::default() });
    let peer = rig.connect("a");
    let consumer = subscribe(&mut rig, &peer);
    rig.close(&consumer, -1);
    let mut producer = rig.producer(&peer, topic("T"));
    for _ in 0..3 {
        rig.send(&mut producer, "persistent");
        rig.fire(&mut producer, "light");
    }
    rig.restart();
    let peer = rig.connect("a");
    let consumer = subscribe(&mut rig, &peer);
    assert_eq!(rig.texts(&consumer), ["persistent"; 3]);
}

#[test]
fn an_acknowledged_message_is_gone_for_its_subscription_only() {
    let mut rig = Rig::new();
    let (a, b) = (rig.connect("a"), rig.connect("b"));
    let consumers = [subscribe(&mut rig, &a), subscribe(&mut rig, &b)];
    let mut producer = rig.producer(&a, topic("T"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumers[0]);
    rig.consume(&consumers[0], &given);
    assert_eq!((rig.kept(&backlog("a")), rig.kept(&backlog("b"))), (0, 1));
}

#[test]
fn a_subscription_in_use_is_refused() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    subscribe(&mut rig, &peer);
    let answer = rig.refused_consumer(&peer, topic("T"), named("news"));
    assert_eq!(answer.class(), JMS);
    assert!(answer.text().contains("in use"), "{answer:?}");
}

#[test]
fn another_selector_or_topic_starts_anew() {
    let changes: [fn(&mut ConsumerInfo); 3] = [
        |info| info.selector = Some("JMSPriority > 0".into()),
        |info| info.destination = Some(topic("U")),
        |info| info.no_local = true,
    ];
    for change in changes {
        let mut rig = Rig::new();
        let peer = rig.connect("a");
        let consumer = subscribe(&mut rig, &peer);
        rig.close(&consumer, -1);
        let mut producer = rig.producer(&peer, topic("T"));
        rig.send(&mut producer, "old");
        let consumer = rig.consumer_with(&peer, topic("T"), |info| {
            named("news")(info);
            change(info);
        });
        assert_eq!(rig.texts(&consumer), [""; 0]);
        assert_eq!(rig.kept(&backlog("a")), 0);
    }
}

#[test]
fn an_unsubscription_goes_by_the_connections_own_client_id() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = subscribe(&mut rig, &peer);
    assert_eq!(unsubscribe(&mut rig, &peer, "news").class(), JMS, "in use");
    rig.close(&consumer, -1);
    let mut producer = rig.producer(&peer, topic("T"));
    rig.send(&mut producer, "1");
    let other = rig.connect("b");
    let answer = unsubscribe(&mut rig, &other, "news");
    assert_eq!(answer.class(), "javax.jms.InvalidDestinationException");
    assert_eq!(unsubscribe(&mut rig, &peer, "news"), Answer::Done);
    assert_eq!(rig.kept(&backlog("a")), 0);
    assert_eq!(
        unsubscribe(&mut rig, &peer, "news").class(),
        "javax.jms.InvalidDestinationException"
    );
}

#[test]
fn advisory_topics_cannot_be_durable() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let answer = rig.refused_consumer(&peer, topic("ActiveMQ.Advisory.Queue"), named("news"));
    assert_eq!(answer.class(), JMS);
}

#[test]
fn a_durable_subscription_may_have_a_pattern_and_a_selector() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let subscribe = |rig: &mut Rig, peer: &Peer| {
        rig.consumer_with(peer, topic("T.*"), |info| {
            named("news")(info);
            info.selector = Some("JMSPriority = 9".into());
        })
    };
    let consumer = subscribe(&mut rig, &peer);
    rig.close(&consumer, -1);
    rig.restart();
    let peer = rig.connect("a");
    for name in ["T.A", "T.B", "U.C"] {
        let mut producer = rig.producer(&peer, topic(name));
        rig.send(&mut producer, "4");
        rig.send_with(&mut producer, name, |message| message.priority = 9);
    }
    let consumer = subscribe(&mut rig, &peer);
    assert_eq!(rig.texts(&consumer), ["T.A", "T.B"]);
}

#[test]
fn a_durable_subscriber_may_leave_out_its_own_connections_messages() {
    let mut rig = Rig::new();
    let (own, other) = (rig.connect("a"), rig.connect("b"));
    let consumer = rig.consumer_with(&own, topic("T"), |info| {
        named("news")(info);
        info.no_local = true;
    });
    for peer in [&own, &other] {
        let mut producer = rig.producer(peer, topic("T"));
        rig.send(&mut producer, &peer.name);
    }
    assert_eq!(rig.texts(&consumer), ["b"]);
}

#[test]
fn unacknowledged_messages_come_again_first_and_in_order() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, topic("T"), |info| {
        named("news")(info);
        info.prefetch_size = 2;
    });
    let mut producer = rig.producer(&peer, topic("T"));
    for text in ["1", "2", "3"] {
        rig.send(&mut producer, text);
    }
    assert_eq!(rig.deliveries(&consumer).len(), 2);
    rig.cut(&peer);
    let peer = rig.connect("a");
    let consumer = subscribe(&mut rig, &peer);
    let given = rig.deliveries(&consumer);
    let shown: Vec<_> = given.iter().map(|it| (it.text(), it.counter)).collect();
    assert_eq!(shown, [("1".to_owned(), 1), ("2".to_owned(), 1), ("3".to_owned(), 0)]);
}
