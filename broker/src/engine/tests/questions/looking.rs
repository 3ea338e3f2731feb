//! A queue's messages are looked at.

use super::{Question, Report, Rig, fill, look, look_at_all, numbers, queue, small, text};

#[test]
fn everything_is_shown_page_by_page_and_nothing_is_taken() {
    let mut rig = Rig::new();
    fill(&mut rig, &queue("Q"), 25);
    for limit in [1, 7, 25, 200] {
        assert_eq!(look_at_all(&mut rig, limit), numbers(0..25), "{limit}");
    }
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let counters: Vec<i32> = rig.deliveries(&consumer).iter().map(|it| it.counter).collect();
    assert_eq!(counters, [0; 25]);
}

#[test]
fn what_only_the_store_has_is_shown_too() {
    let mut rig = Rig::with(small());
    fill(&mut rig, &queue("Q"), 1000);
    assert_eq!(look_at_all(&mut rig, 150), numbers(0..1000));
    rig.restart();
    assert_eq!(look_at_all(&mut rig, 150), numbers(0..1000));
}

#[test]
fn what_consumers_have_is_shown_as_that_until_they_acknowledge_it() {
    let mut rig = Rig::with(small());
    fill(&mut rig, &queue("Q"), 50);
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 5);
    let given = rig.deliveries(&consumer);
    let (seen, _) = look(&mut rig, None, 0, 200);
    assert_eq!(seen.iter().map(text).collect::<Vec<_>>(), numbers(0..50));
    assert_eq!(seen.iter().filter(|it| it.in_flight).count(), 5);
    rig.consume(&consumer, &given[..3]);
    assert_eq!(look_at_all(&mut rig, 200), numbers(3..50));
}

#[test]
fn a_selector_chooses_from_all_pages() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for number in 0..500i32 {
        let priority = if number % 100 == 7 { 9 } else { 1 };
        rig.send_with(&mut producer, &number.to_string(), |it| it.priority = priority);
    }
    let (seen, next) = look(&mut rig, Some("JMSPriority = 9"), 0, 200);
    let texts: Vec<_> = seen.iter().map(text).collect();
    assert_eq!(
        (texts, next),
        (vec!["7".into(), "107".into(), "207".into(), "307".into(), "407".into()], None)
    );
}

/// A question must not keep the engine busy with a deep queue in which it finds nothing.
#[test]
fn who_finds_nothing_for_long_is_told_where_to_go_on() {
    let mut rig = Rig::new();
    fill(&mut rig, &queue("Q"), 2500);
    let (seen, next) = look(&mut rig, Some("JMSPriority = 9"), 0, 10);
    assert!(seen.is_empty() && next.is_some());
    let (seen, next) = look(&mut rig, Some("JMSPriority = 9"), next.unwrap(), 10);
    assert!(seen.is_empty() && next.is_none());
}

#[test]
fn a_queue_that_is_not_there_is_said_to_be_that() {
    let mut rig = Rig::new();
    let question = Question::Browse { queue: "no".into(), selector: None, after: 0, limit: 1 };
    assert_eq!(rig.ask(question), Report::NoQueue);
}

#[test]
fn what_goes_while_the_store_is_read_is_not_shown() {
    let mut rig = Rig::with(small());
    fill(&mut rig, &queue("Q"), 30);
    let peer = rig.connect("a");
    rig.slow_pages = true;
    let question = Question::Browse { queue: "Q".into(), selector: None, after: 0, limit: 200 };
    rig.ask_for_later(question);
    let consumer = rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&consumer);
    rig.consume(&consumer, &given);
    rig.slow_pages = false;
    rig.answer_pages();
    let Some(Report::Messages { seen, .. }) = rig.told() else { panic!("no answer") };
    let shown: Vec<_> = seen.iter().map(text).collect();
    let gone = i32::try_from(given.len()).unwrap();
    assert!(gone > 0 && shown.iter().all(|it| !numbers(0..gone).contains(it)), "{shown:?}");
}
