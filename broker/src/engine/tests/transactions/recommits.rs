//! Transactions that a failover transport commits a second time.

use relaismq_openwire::ProducerInfo;

use super::{Answer, Producer, Rig, queue};

#[test]
fn a_repeated_commit_is_confirmed_only_when_the_first_is_stored() {
    let mut rig = Rig::new();
    let peer = rig.connect_failover("a");
    let producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    let mut first = producer.clone();
    let begun = rig.begin(&peer);
    rig.enlist(&mut first, "1", &begun);
    rig.commit(&peer, &begun);
    let peer = rig.reconnect(&peer);
    let mut again = Producer { link: peer.link, sequence: 0, ..producer };
    rig.tell(peer.link, again_info(&again));
    let begun = rig.begin(&peer);
    rig.enlist(&mut again, "1", &begun);
    let commit = rig.commit(&peer, &begun);
    let number = commit.command();
    rig.thaw();
    assert_eq!(rig.answer_to(peer.link, number), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 1);
}

fn again_info(producer: &Producer) -> ProducerInfo {
    ProducerInfo {
        producer_id: Some(producer.id.clone()),
        destination: Some(producer.destination.clone()),
        ..ProducerInfo::default()
    }
}

#[test]
fn a_repeated_commit_whose_first_found_no_room_fails_too() {
    let mut rig = Rig::refusing();
    let peer = rig.connect_failover("a");
    let producer = rig.producer(&peer, queue("Q"));
    (rig.frozen, rig.full) = (true, true);
    let mut first = producer.clone();
    let begun = rig.begin(&peer);
    rig.enlist(&mut first, "1", &begun);
    rig.commit(&peer, &begun);
    let peer = rig.reconnect(&peer);
    let mut again = Producer { link: peer.link, sequence: 0, ..producer };
    rig.tell(peer.link, again_info(&again));
    let begun = rig.begin(&peer);
    rig.enlist(&mut again, "1", &begun);
    let commit = rig.commit(&peer, &begun);
    rig.thaw();
    let answer = match commit {
        Answer::Pending(number) => rig.answer_to(peer.link, number),
        other => other,
    };
    assert_eq!(answer.class(), "javax.jms.ResourceAllocationException");
    rig.full = false;
    assert_eq!(rig.kept_in_queue("Q"), 0);
}
