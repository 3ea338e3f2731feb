//! Consumers of several destinations, and of those that appear later.

use super::{Rig, queue, topic};
use relaismq_openwire::Destination;

#[test]
fn a_pattern_that_gains_a_queue_goes_on_with_what_waits_in_the_first() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut first = rig.producer(&peer, queue("A.1"));
    let consumer = rig.consumer_with(&peer, queue("A.*"), |info| info.prefetch_size = 1);
    rig.send(&mut first, "1");
    rig.send(&mut first, "2");
    let given = rig.deliveries(&consumer);
    assert_eq!(given.len(), 1);
    rig.producer(&peer, queue("A.2"));
    rig.consume(&consumer, &given);
    assert_eq!(rig.texts(&consumer), ["2"]);
}

#[test]
fn a_pattern_that_loses_a_queue_goes_on_with_the_other() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producers = ["A.1", "A.2"].map(|name| rig.producer(&peer, queue(name)));
    let consumer = rig.consumer_with(&peer, queue("A.*"), |info| info.prefetch_size = 1);
    for producer in &mut producers {
        rig.send(producer, "1");
        rig.send(producer, "2");
    }
    let given = rig.deliveries(&consumer);
    rig.remove_destination(&peer, &queue("A.1"), 1);
    let rest = rig.deliveries(&consumer);
    assert_eq!((given.len(), rest.len()), (1, 1), "its place in the window is free");
    rig.consume(&consumer, &rest);
    assert_eq!(rig.texts(&consumer), ["2"]);
}

#[test]
fn queues_and_topics_do_not_mix_in_one_consumer() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    for mixed in [queue("Q,topic://T"), topic("T,queue://Q")] {
        let answer = rig.refused_consumer(&peer, mixed, |_| ());
        assert_eq!(answer.class(), "javax.jms.InvalidDestinationException");
    }
    let ordinary = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, topic("T"));
    rig.send(&mut producer, "1");
    assert_eq!(rig.texts(&ordinary), [""; 0], "nothing of a topic gets into a queue");
}

#[test]
fn a_pattern_over_virtual_topics_gets_every_topic_that_it_covers() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut before = rig.producer(&peer, topic("VirtualTopic.before"));
    let consumer = rig.consumer(&peer, queue("Consumer.Z.VirtualTopic.>"));
    let mut after = rig.producer(&peer, topic("VirtualTopic.after"));
    rig.send(&mut before, "1");
    rig.send(&mut after, "2");
    assert_eq!(rig.texts(&consumer), ["1", "2"]);
}

#[test]
fn a_pattern_for_any_consumer_name_makes_no_queues() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Consumer.*.VirtualTopic.>"));
    let mut producer = rig.producer(&peer, topic("VirtualTopic.T"));
    rig.send(&mut producer, "1");
    assert_eq!(rig.texts(&consumer), [""; 0]);
}

impl Rig {
    fn remove_destination(&mut self, peer: &super::Peer, name: &Destination, timeout: i64) {
        let info = relaismq_openwire::DestinationInfo {
            destination: Some(name.clone()),
            operation_type: relaismq_openwire::DestinationInfo::REMOVE,
            timeout,
            ..relaismq_openwire::DestinationInfo::default()
        };
        assert_eq!(self.request(peer, info), super::Answer::Done);
    }
}
