//! After an unclean end: what nobody was given is fresh, what may have been seen is flagged, and no
//! attempt is used up.

use relaismq_openwire::{MessageAck, MessageDispatch, Throwable, Value};

use super::{Answer, Consumer, Delivery, Peer, Rig, queue, topic};

const DLQ: &str = "ActiveMQ.DLQ";

/// A queue with these persistent messages, and no consumer ever.
fn stored(texts: &[&str]) -> Rig {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in texts {
        rig.send(&mut producer, text);
    }
    rig
}

fn shown(given: &[Delivery]) -> Vec<(String, i32)> {
    given.iter().map(|it| (it.text(), it.counter)).collect()
}

fn pairs(expected: &[(&str, i32)]) -> Vec<(String, i32)> {
    expected.iter().map(|(text, counter)| ((*text).to_owned(), *counter)).collect()
}

fn consume_all(rig: &mut Rig) -> (Peer, Consumer, Vec<Delivery>) {
    let peer = rig.connect("later");
    let consumer = rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&consumer);
    (peer, consumer, given)
}

// Every stored message came back with counter 1 after a kill, and a Java consumer that allows no
// redelivery sent all of them to the dead letter queue unseen.
#[test]
fn messages_that_nobody_was_ever_given_are_fresh_after_a_kill() {
    let mut rig = stored(&["1", "2", "3"]);
    rig.crash(0);
    let (_, _, given) = consume_all(&mut rig);
    assert_eq!(shown(&given), pairs(&[("1", 0), ("2", 0), ("3", 0)]));
}

#[test]
fn messages_that_nobody_was_ever_given_are_fresh_after_an_orderly_end() {
    let mut rig = stored(&["1"]);
    rig.restart();
    let (_, _, given) = consume_all(&mut rig);
    assert_eq!(shown(&given), pairs(&[("1", 0)]));
}

#[test]
fn a_durable_subscription_has_fresh_messages_after_a_kill() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let subscribe = |info: &mut relaismq_openwire::ConsumerInfo| {
        info.subscription_name = Some("news".into());
    };
    let consumer = rig.consumer_with(&peer, topic("T"), subscribe);
    rig.close(&consumer, -1);
    let mut producer = rig.producer(&peer, topic("T"));
    rig.send(&mut producer, "1");
    rig.crash(0);
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, topic("T"), subscribe);
    assert_eq!(shown(&rig.deliveries(&consumer)), pairs(&[("1", 0)]));
    rig.crash(0);
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, topic("T"), subscribe);
    assert_eq!(shown(&rig.deliveries(&consumer)), pairs(&[("1", 1)]), "given before the kill");
}

#[test]
fn only_what_was_given_is_flagged_after_a_kill() {
    let mut rig = stored(&["1", "2", "3"]);
    let peer = rig.connect("b");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    assert_eq!(rig.texts(&consumer), ["1", "2"]);
    assert_eq!(rig.marked("Q"), 2);
    rig.crash(0);
    let (_, _, given) = consume_all(&mut rig);
    assert_eq!(shown(&given), pairs(&[("1", 1), ("2", 1), ("3", 0)]));
}

#[test]
fn what_was_given_before_an_orderly_end_is_flagged() {
    let mut rig = stored(&["1", "2"]);
    let peer = rig.connect("b");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 1);
    assert_eq!(rig.texts(&consumer), ["1"]);
    rig.restart();
    let (_, _, given) = consume_all(&mut rig);
    assert_eq!(shown(&given), pairs(&[("1", 1), ("2", 0)]));
}

#[test]
fn after_a_power_cut_everything_that_is_left_is_flagged_and_what_comes_then_is_not() {
    let mut rig = stored(&["old"]);
    rig.power_cut();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "new");
    let (_, _, given) = consume_all(&mut rig);
    assert_eq!(shown(&given), pairs(&[("old", 1), ("new", 0)]));
    // Its mark is as good as any other's from now on.
    rig.crash(0);
    let (_, _, given) = consume_all(&mut rig);
    assert_eq!(shown(&given), pairs(&[("old", 1), ("new", 1)]));
}

#[test]
fn a_message_from_a_backlog_is_sent_when_the_store_knows_and_what_comes_behind_it_waits() {
    let mut rig = stored(&["1", "2"]);
    rig.frozen = true;
    let peer = rig.connect("b");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut light = rig.producer(&peer, queue("Q"));
    rig.fire(&mut light, "light");
    assert_eq!(rig.texts(&consumer), [""; 0]);
    rig.thaw();
    assert_eq!(rig.texts(&consumer), ["1", "2", "light"]);
}

#[test]
fn a_message_that_finds_its_consumer_waiting_costs_the_store_nothing_more() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    let before = rig.batches.len();
    rig.send(&mut producer, "1");
    assert_eq!(rig.batches.len(), before + 1);
    assert_eq!(rig.marked("Q"), 1);
    rig.crash(0);
    let (_, _, given) = consume_all(&mut rig);
    assert_eq!(shown(&given), pairs(&[("1", 1)]));
    drop(consumer);
}

#[test]
fn a_consumer_that_takes_nothing_leaves_what_is_behind_its_window_unmarked() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3", "4", "5"] {
        rig.send(&mut producer, text);
    }
    assert_eq!(rig.texts(&consumer), ["1", "2"]);
    assert_eq!(rig.marked("Q"), 2);
}

#[test]
fn a_quick_consumer_does_not_wait_for_the_store_with_each_window() {
    let texts: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let mut rig = stored(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let peer = rig.connect("b");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    let before = rig.batches.len();
    for _ in 0..40 {
        let given = rig.deliveries(&consumer);
        rig.consume(&consumer, &given);
    }
    let marks = |batch: &&crate::model::Batch| batch.is_urgent();
    let asked = rig.batches[before..].iter().filter(marks).count();
    assert!(asked < 20, "asked {asked} times");
}

#[test]
fn what_was_not_sent_when_its_consumer_went_is_as_if_never_given() {
    let mut rig = stored(&["1", "2"]);
    rig.frozen = true;
    let peer = rig.connect("b");
    rig.consumer(&peer, queue("Q"));
    rig.cut(&peer);
    rig.thaw();
    let (_, _, given) = consume_all(&mut rig);
    assert_eq!(shown(&given), pairs(&[("1", 0), ("2", 0)]));
}

#[test]
fn what_was_not_sent_cannot_be_acknowledged() {
    let mut rig = stored(&["1"]);
    rig.frozen = true;
    let peer = rig.connect("b");
    let consumer = rig.consumer(&peer, queue("Q"));
    let guess = MessageDispatch { message: rig.first_kept("Q"), ..MessageDispatch::default() };
    let ack = consumer.ack(MessageAck::STANDARD, &[Delivery::new(&guess)]);
    assert_eq!(rig.request(&peer, ack).class(), super::JMS);
    rig.thaw();
    assert_eq!(rig.texts(&consumer), ["1"]);
}

#[test]
fn a_full_store_does_not_keep_consumers_waiting_for_its_marks() {
    let mut rig = stored(&["1"]);
    (rig.frozen, rig.full_for_marks) = (true, true);
    let peer = rig.connect("b");
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.thaw();
    assert_eq!(rig.texts(&consumer), ["1"]);
    assert_eq!(rig.marked("Q"), 0);
}

#[test]
fn what_a_selector_passes_over_is_not_marked() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for (number, colour) in (1..).zip(["red", "blue", "red", "red", "blue"]) {
        rig.send_with(&mut producer, &format!("{number}"), |message| {
            message.set_property("colour", Value::Text(colour.into())).expect("a property");
        });
    }
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| {
        info.selector = Some("colour = 'red'".into());
    });
    assert_eq!(rig.texts(&consumer), ["1", "3", "4"]);
    assert_eq!(rig.marked("Q"), 3);
    let marks = rig.batches.last().expect("a batch").changes.len();
    assert_eq!(marks, 2, "one for each run");
}

/// A suspect in the hands of a transacted Java consumer.
struct Attempts {
    rig: Rig,
    consumer: Consumer,
    given: Delivery,
    limit: i32,
}

impl Attempts {
    fn begin(limit: i32) -> Self {
        let mut rig = stored(&["1"]);
        let peer = rig.connect("b");
        rig.consumer(&peer, queue("Q"));
        rig.crash(0);
        let (_, consumer, mut given) = consume_all(&mut rig);
        Self { rig, consumer, given: given.remove(0), limit }
    }

    /// Rolls back once more, as Java does; its counter has to be told by us. True if it gave up.
    fn roll_back(&mut self, counter: i32) -> bool {
        let gives_up = counter + 1 > self.limit;
        let kind = if gives_up { MessageAck::POISON } else { MessageAck::REDELIVERED };
        let cause = format!(
            "Delivery[1] exceeds redelivery policy limit:RedeliveryPolicy {{destination = null, \
             maximumRedeliveries = {}, useExponentialBackOff = false}}, cause:null",
            self.limit
        );
        let mut ack = self.consumer.ack(kind, std::slice::from_ref(&self.given));
        ack.poison_cause = gives_up.then(|| Throwable::new("java.lang.Throwable", cause));
        assert_eq!(self.rig.request_on(self.consumer.link, ack), Answer::Done);
        gives_up
    }

    fn again(&mut self) -> Option<i32> {
        self.given = self.rig.deliveries(&self.consumer).pop()?;
        Some(self.given.counter)
    }
}

#[test]
fn a_suspect_carries_the_property_that_keeps_java_from_giving_up_unseen_and_the_store_does_not() {
    let mut attempts = Attempts::begin(0);
    let message = attempts.given.message.clone().expect("a message");
    assert_eq!(message.property("redeliveryDelay").unwrap(), Some(Value::Long(0)));
    attempts.roll_back(1);
    let peer = attempts.rig.connect("d");
    let dead = attempts.rig.consumer(&peer, queue(DLQ));
    let given = attempts.rig.deliveries(&dead);
    let message = given[0].message.clone().expect("a message");
    assert_eq!(message.property("redeliveryDelay").unwrap(), None);
}

#[test]
fn a_suspect_is_dead_after_as_many_attempts_as_any_other_message() {
    for limit in 0..4 {
        let mut attempts = Attempts::begin(limit);
        let mut counter = attempts.given.counter;
        let mut seen = 1;
        loop {
            let gave_up = attempts.roll_back(counter);
            counter += 1;
            if gave_up {
                match attempts.again() {
                    Some(told) => counter = told,
                    None => break,
                }
            }
            seen += 1;
        }
        assert_eq!(seen, limit + 1, "limit {limit}");
        assert_eq!(attempts.rig.kept_in_queue(DLQ), 1);
    }
}

#[test]
fn a_suspect_of_a_client_that_does_not_name_its_limit_gets_one_attempt_more() {
    let mut attempts = Attempts::begin(0);
    let ack = attempts.consumer.ack(MessageAck::POISON, std::slice::from_ref(&attempts.given));
    attempts.rig.request_on(attempts.consumer.link, ack.clone());
    assert_eq!(attempts.again(), Some(1));
    assert_eq!(attempts.rig.kept_in_queue(DLQ), 0);
    attempts.rig.request_on(attempts.consumer.link, ack);
    assert_eq!(attempts.again(), None);
    assert_eq!(attempts.rig.kept_in_queue(DLQ), 1);
}

#[test]
fn a_browser_sees_the_real_count_and_no_property_of_ours() {
    let mut rig = stored(&["1"]);
    let peer = rig.connect("b");
    rig.consumer(&peer, queue("Q"));
    rig.crash(0);
    let peer = rig.connect("c");
    let browser = rig.consumer_with(&peer, queue("Q"), |info| info.browser = true);
    let given = rig.deliveries(&browser);
    assert_eq!(given[0].counter, 0);
    let message = given[0].message.as_ref().expect("a message");
    assert_eq!(message.property("redeliveryDelay").unwrap(), None);
}
