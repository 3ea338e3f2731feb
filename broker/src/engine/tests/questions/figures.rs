//! Figures of the broker, of queues and of topics; and who is connected.

use relaismq_openwire::{MessageAck, destination::Kind};

use super::{Question, Report, Rig, fill, names, queue, report, small, topic};
use crate::engine::io::{Counts, Figures};

fn figures(rig: &mut Rig) -> Figures {
    match rig.ask(Question::Figures) {
        Report::Figures(figures) => figures,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_counts_when_it_comes_is_given_and_goes() {
    let mut rig = Rig::new();
    fill(&mut rig, &queue("Q"), 3);
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    rig.producer(&peer, queue("Q"));
    let before = report(&mut rig, &queue("Q"));
    assert_eq!((before.depth, before.in_flight, before.consumers, before.producers), (3, 2, 1, 1));
    assert_eq!(before.counts, Counts { enqueued: 3, dequeued: 0, expired: 0 });
    let given = rig.deliveries(&consumer);
    rig.consume(&consumer, &given[..1]);
    let after = report(&mut rig, &queue("Q"));
    assert_eq!((after.depth, after.in_flight, after.counts.dequeued), (2, 2, 1));
    assert_eq!(rig.ack(&consumer, MessageAck::POISON, &given[1..]), super::super::Answer::Done);
    let dead = report(&mut rig, &queue("ActiveMQ.DLQ"));
    assert_eq!((dead.depth, report(&mut rig, &queue("Q")).depth), (1, 1));
    let all = figures(&mut rig);
    assert_eq!((all.queues, all.messages, all.connections), (2, 2, 1));
    assert_eq!(all.counts, Counts { enqueued: 4, dequeued: 2, expired: 0 });
}

#[test]
fn what_a_queue_held_before_is_in_it_after_a_restart_and_has_not_come_since() {
    let mut rig = Rig::with(small());
    fill(&mut rig, &queue("Q"), 100);
    rig.restart();
    let restarted = report(&mut rig, &queue("Q"));
    assert_eq!((restarted.depth, restarted.counts), (100, Counts::default()));
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(super::drain(&mut rig, &consumer).len(), 100);
    let drained = report(&mut rig, &queue("Q"));
    assert_eq!((drained.depth, drained.counts.dequeued), (0, 100));
}

#[test]
fn what_finds_no_room_has_not_come() {
    let mut rig = Rig::refusing();
    fill(&mut rig, &queue("Q"), 1);
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.full = true;
    rig.send_with(&mut producer, "no", |_| ()).0.text();
    let refused = report(&mut rig, &queue("Q"));
    assert_eq!((refused.depth, refused.counts.enqueued), (1, 1));
}

#[test]
fn what_has_expired_counts_as_that() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let soon = rig.now.unix_ms + 1000;
    rig.send_with(&mut producer, "1", |message| message.expiration = soon);
    rig.advance(std::time::Duration::from_secs(31));
    let expired = report(&mut rig, &queue("Q"));
    assert_eq!(expired.depth, 0);
    assert_eq!(expired.counts, Counts { enqueued: 1, dequeued: 1, expired: 1 });
}

#[test]
fn a_topic_counts_what_is_published_once_and_what_each_subscriber_takes() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let plain = rig.consumer(&peer, topic("T"));
    let durable = rig.consumer_with(&peer, topic("T"), |info| {
        info.subscription_name = Some("sub".into());
    });
    let mut producer = rig.producer(&peer, topic("T"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&plain);
    rig.consume(&plain, &given);
    let one = report(&mut rig, &topic("T"));
    assert_eq!((one.depth, one.consumers, one.producers), (1, 2, 1));
    assert_eq!(one.counts, Counts { enqueued: 1, dequeued: 1, expired: 0 });
    let given = rig.deliveries(&durable);
    rig.consume(&durable, &given);
    let both = report(&mut rig, &topic("T"));
    assert_eq!((both.depth, both.counts.dequeued), (0, 2));
    assert_eq!(figures(&mut rig).counts, Counts { enqueued: 1, dequeued: 2, expired: 0 });
}

#[test]
fn lists_come_in_pages_in_order_and_without_advisory_topics() {
    let mut rig = Rig::new();
    for name in ["c", "a", "b", "d"] {
        fill(&mut rig, &queue(name), 1);
    }
    let peer = rig.connect("a");
    rig.consumer(&peer, topic("ActiveMQ.Advisory.Connection"));
    rig.consumer(&peer, topic("T"));
    assert_eq!(
        names(&mut rig, Kind::Queue, None, 3),
        (vec!["a".into(), "b".into(), "c".into()], true)
    );
    assert_eq!(names(&mut rig, Kind::Queue, Some("c"), 3), (vec!["d".into()], false));
    assert_eq!(names(&mut rig, Kind::Topic, None, 3), (vec!["T".into()], false));
}

#[test]
fn durable_subscriptions_are_listed_whether_somebody_uses_them_or_not() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, topic("T"), |info| {
        info.subscription_name = Some("sub".into());
        info.selector = Some("JMSPriority > 1".into());
    });
    let mut producer = rig.producer(&peer, topic("T"));
    rig.send(&mut producer, "1");
    let list = |rig: &mut Rig| match rig.ask(Question::Subscriptions { after: None, limit: 10 }) {
        Report::Subscriptions(mut all, false) => all.remove(0),
        other => panic!("{other:?}"),
    };
    let active = list(&mut rig);
    assert_eq!((active.active, active.pending), (true, 1));
    assert_eq!(active.record.selector.as_deref(), Some("JMSPriority > 1"));
    rig.close(&consumer, -1);
    assert!(!list(&mut rig).active);
    let after = Some(active.record.key);
    assert_eq!(
        rig.ask(Question::Subscriptions { after, limit: 10 }),
        Report::Subscriptions(Vec::new(), false)
    );
}

#[test]
fn who_has_logged_in_is_listed_with_what_they_have_opened() {
    let mut rig = Rig::new();
    rig.open("stranger");
    let peer = rig.connect("a");
    rig.consumer(&peer, queue("Q"));
    rig.producer(&peer, queue("Q"));
    rig.connect("b");
    rig.advance(std::time::Duration::from_secs(5));
    let Report::Connections(all, true) = rig.ask(Question::Connections { after: None, limit: 1 })
    else {
        panic!("two have logged in")
    };
    let a = &all[0];
    assert_eq!((a.sessions, a.consumers, a.producers, a.since.as_secs()), (1, 1, 1, 5));
    assert_eq!((a.address.as_str(), a.connector.as_str()), ("tcp://a", "tcp://broker:61616"));
    let next = Question::Connections { after: Some(a.link), limit: 1 };
    assert!(matches!(rig.ask(next), Report::Connections(all, false) if all.len() == 1));
}
