//! Something becomes of a queue's messages.

use relaismq_openwire::MessageAck;

use super::{
    Delivery, Fate, Pick, Report, Rig, drain, each, fill, ids, numbers, queue, report, small, topic,
};

fn moved(to: &str) -> Fate {
    Fate::Move(queue(to))
}

#[test]
fn all_of_a_queue_moves_also_what_only_the_store_has() {
    for restarted in [false, true] {
        let mut rig = Rig::with(small());
        fill(&mut rig, &queue("Q"), 700);
        if restarted {
            rig.restart();
        }
        assert_eq!(rig.ask(each("Q", Pick::All, moved("R"))), Report::Done(700));
        assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue("R")), (0, 700));
        assert_eq!(
            (report(&mut rig, &queue("Q")).depth, report(&mut rig, &queue("R")).depth),
            (0, 700)
        );
        let peer = rig.connect("a");
        let empty = rig.consumer(&peer, queue("Q"));
        assert_eq!(drain(&mut rig, &empty), [""; 0]);
        let consumer = rig.consumer(&peer, queue("R"));
        let given = rig.deliveries(&consumer);
        assert_eq!(given[0].message.as_ref().unwrap().original_destination, Some(queue("Q")));
        rig.consume(&consumer, &given);
        let mut texts: Vec<_> = given.iter().map(Delivery::text).collect();
        texts.extend(drain(&mut rig, &consumer));
        assert_eq!(texts, numbers(0..700));
    }
}

#[test]
fn those_that_are_named_or_selected_move_and_no_others() {
    let mut rig = Rig::with(small());
    let sent = fill(&mut rig, &queue("Q"), 40);
    let picked = [sent[3].clone(), sent[35].clone()];
    assert_eq!(rig.ask(each("Q", ids(&picked), moved("R"))), Report::Done(2));
    assert_eq!(rig.kept_texts("R"), ["3", "35"]);
    let selector = Pick::Where("JMSMessageID = 'no'".parse().unwrap());
    assert_eq!(rig.ask(each("Q", selector, moved("R"))), Report::Done(0));
    assert_eq!(rig.kept_in_queue("Q"), 38);
}

#[test]
fn copies_leave_everything_where_it_is() {
    let mut rig = Rig::with(small());
    fill(&mut rig, &queue("Q"), 300);
    let fate = Fate::Copy(queue("R"));
    assert_eq!(rig.ask(each("Q", Pick::All, fate)), Report::Done(300));
    assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue("R")), (300, 300));
}

#[test]
fn a_message_is_in_one_place_whenever_the_broker_dies() {
    for written in 0..8 {
        let mut rig = Rig::with(small());
        fill(&mut rig, &queue("Q"), 450);
        rig.frozen = true;
        rig.ask_for_later(each("Q", Pick::All, moved("R")));
        for _ in 0..written {
            rig.answer_one();
        }
        rig.crash(0);
        rig.frozen = false;
        rig.pump();
        let (left, arrived) = (rig.kept_texts("Q"), rig.kept_texts("R"));
        let mut all: Vec<_> = left.into_iter().chain(arrived).collect();
        all.sort_by_key(|it| it.parse::<i32>().unwrap());
        assert_eq!(all, numbers(0..450), "{written}");
    }
}

#[test]
fn without_room_nothing_moves_and_nothing_is_lost() {
    let mut rig = Rig::with(small());
    fill(&mut rig, &queue("Q"), 50);
    rig.full = true;
    let Report::Refused { done: 0, reason } = rig.ask(each("Q", Pick::All, moved("R"))) else {
        panic!("it was done")
    };
    assert!(reason.contains("no space left"), "{reason}");
    rig.full = false;
    assert_eq!((report(&mut rig, &queue("Q")).depth, report(&mut rig, &queue("R")).depth), (50, 0));
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut texts = drain(&mut rig, &consumer);
    texts.sort_by_key(|it| it.parse::<i32>().unwrap());
    assert_eq!(texts, numbers(0..50));
}

#[test]
fn what_consumers_have_stays_with_them() {
    let mut rig = Rig::new();
    fill(&mut rig, &queue("Q"), 10);
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 4);
    let given = rig.deliveries(&consumer);
    assert_eq!(rig.ask(each("Q", Pick::All, moved("R"))), Report::Done(6));
    rig.consume(&consumer, &given);
    assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue("R")), (0, 6));
}

/// The page of the walk was read before the consumer took these: they must not come back.
#[test]
fn what_is_consumed_while_the_store_is_read_does_not_move() {
    let mut rig = Rig::with(small());
    fill(&mut rig, &queue("Q"), 40);
    rig.slow_pages = true;
    rig.ask_for_later(each("Q", Pick::All, moved("R")));
    rig.slow_pages = false;
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let consumed = drain(&mut rig, &consumer);
    assert_eq!(consumed, numbers(0..40));
    rig.answer_pages();
    assert_eq!(rig.told(), Some(Report::Done(0)));
    assert_eq!(rig.kept_in_queue("R"), 0);
}

/// And the other way round: the line's own page was read before the walk took what is in it.
#[test]
fn what_has_moved_while_the_store_is_read_does_not_come_back() {
    let mut rig = Rig::with(small());
    fill(&mut rig, &queue("Q"), 40);
    rig.restart();
    rig.slow_pages = true;
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.slow_pages = false;
    assert_eq!(rig.ask(each("Q", Pick::All, moved("R"))), Report::Done(40));
    rig.answer_pages();
    assert_eq!(drain(&mut rig, &consumer), [""; 0]);
    assert_eq!(rig.kept_in_queue("R"), 40);
}

#[test]
fn a_dead_letter_goes_back_to_where_it_was_sent_and_may_die_again() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    for _ in 0..2 {
        let given = rig.deliveries(&consumer);
        assert_eq!((given.len(), given[0].counter), (1, 0));
        rig.ack(&consumer, MessageAck::POISON, &given);
        assert_eq!(rig.kept_in_queue("ActiveMQ.DLQ"), 1);
        assert_eq!(rig.ask(each("ActiveMQ.DLQ", Pick::All, Fate::Retry)), Report::Done(1));
        assert_eq!((rig.kept_in_queue("ActiveMQ.DLQ"), rig.kept_in_queue("Q")), (0, 1));
    }
}

#[test]
fn what_was_sent_to_the_queue_itself_cannot_be_retried_elsewhere() {
    let mut rig = Rig::new();
    fill(&mut rig, &queue("Q"), 3);
    assert_eq!(rig.ask(each("Q", Pick::All, Fate::Retry)), Report::Done(0));
    assert_eq!(rig.kept_in_queue("Q"), 3);
}

#[test]
fn a_queue_is_purged_down_to_the_last_message() {
    let mut rig = Rig::with(small());
    fill(&mut rig, &queue("Q"), 650);
    assert_eq!(rig.ask(each("Q", Pick::All, Fate::Purge)), Report::Done(650));
    assert_eq!((rig.kept_in_queue("Q"), report(&mut rig, &queue("Q")).depth), (0, 0));
    fill(&mut rig, &queue("Q"), 2);
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(drain(&mut rig, &consumer), ["0", "1"]);
}

#[test]
fn where_messages_cannot_go_they_are_not_taken_from_their_queue() {
    let mut rig = Rig::new();
    fill(&mut rig, &queue("Q"), 1);
    for to in [queue("Q"), queue("a,b"), queue("a.*"), topic("T.>")] {
        let told = rig.ask(each("Q", Pick::All, Fate::Move(to.clone())));
        assert!(matches!(told, Report::Refused { done: 0, .. }), "{to}: {told:?}");
    }
    assert_eq!(rig.ask(each("no", Pick::All, moved("R"))), Report::NoQueue);
    assert_eq!(rig.kept_in_queue("Q"), 1);
}
