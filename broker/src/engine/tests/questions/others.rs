//! A message is sent, and a queue is deleted.

use relaismq_openwire::Message;

use super::{Deed, Question, Report, Rig, fill, queue, report, topic};

fn send(to: relaismq_openwire::Destination, text: &str) -> Question {
    let message = Message { persistent: true, ..Message::new_text(text).unwrap() };
    Question::Do(Deed::Send { to, message: Box::new(message) })
}

#[test]
fn a_message_is_sent_without_a_client_and_told_when_it_is_durable() {
    let mut rig = Rig::new();
    rig.frozen = true;
    rig.ask_for_later(send(queue("Q"), "1"));
    assert_eq!(rig.told(), None);
    rig.thaw();
    assert_eq!(rig.told(), Some(Report::Done(1)));
    assert_eq!(rig.ask(send(queue("Q"), "2")), Report::Done(1));
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&consumer);
    assert_ne!(given[0].id(), given[1].id());
    assert_eq!(rig.kept_texts("Q"), ["1", "2"]);
}

#[test]
fn a_topic_has_it_even_if_nobody_listens() {
    let mut rig = Rig::new();
    assert_eq!(rig.ask(send(topic("T"), "1")), Report::Done(1));
    assert_eq!(report(&mut rig, &topic("T")).counts.enqueued, 1);
}

#[test]
fn without_room_it_is_refused() {
    let mut rig = Rig::new();
    rig.full = true;
    assert!(matches!(rig.ask(send(queue("Q"), "1")), Report::Refused { done: 0, .. }));
    rig.full = false;
    assert_eq!((rig.kept_in_queue("Q"), report(&mut rig, &queue("Q")).depth), (0, 0));
}

#[test]
fn a_queue_goes_with_all_that_is_in_it_and_its_consumers_wait_for_it() {
    let mut rig = Rig::new();
    fill(&mut rig, &queue("Q"), 5);
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    rig.deliveries(&consumer);
    let delete = || Question::Do(Deed::Delete { queue: "Q".into() });
    assert_eq!(rig.ask(delete()), Report::Done(5));
    assert_eq!(rig.ask(delete()), Report::NoQueue);
    assert_eq!(rig.kept_in_queue("Q"), 0);
    assert_eq!(rig.ask(send(queue("Q"), "new")), Report::Done(1));
    assert_eq!(rig.texts(&consumer), ["new"]);
}
