//! Each thing that must not be is found, and the ledger of a clean round has nothing to say.

use super::*;

fn arrival(message: &Identity, redelivered: bool) -> Arrival {
    let Identity { round, stream, number } = *message;
    let claim = Some(Claim { round, stream: stream.to_owned(), number });
    Arrival { claim, body: message.body(), redelivered }
}

/// A ledger with one confirmed message of this stream.
fn with_one(stream: &'static str) -> (Ledger, Identity) {
    let ledger = Ledger::new(7);
    let message = ledger.begin(stream, None);
    ledger.sent(&message, Fate::Confirmed);
    (ledger, message)
}

fn deliver(ledger: &Ledger, message: &Identity, redelivered: bool) {
    assert_eq!(ledger.arrived(&arrival(message, redelivered)).as_ref(), Some(message));
}

fn found(ledger: &Ledger) -> Vec<Invariant> {
    ledger.violations().into_iter().map(|violation| violation.invariant).collect()
}

#[test]
fn what_was_sent_delivered_once_and_acknowledged_is_in_order() {
    let (ledger, message) = with_one("shared 1");
    assert_eq!(ledger.outstanding(""), 1);
    deliver(&ledger, &message, false);
    ledger.settled(&message, Settled::Confirmed);
    assert_eq!((found(&ledger), ledger.outstanding("")), (vec![], 0));
}

#[test]
fn what_is_unknown_may_be_there_or_not() {
    let ledger = Ledger::new(7);
    for _ in 0..2 {
        let message = ledger.begin("shared 1", None);
        ledger.sent(&message, Fate::Unknown);
    }
    deliver(&ledger, &Identity { round: 7, stream: "shared 1", number: 0 }, false);
    assert_eq!(found(&ledger), []);
}

#[test]
fn a_confirmed_message_that_never_came_is_lost() {
    let (ledger, _) = with_one("shared 1");
    assert_eq!(found(&ledger), [Invariant::NothingLost]);
    let said = ledger.violations().remove(0).to_string();
    assert!(said.starts_with("I1 (every confirmed send is delivered)"), "{said}");
    assert!(said.contains("shared 1 0"), "{said}");
}

#[test]
fn what_was_never_sent_or_is_not_as_it_was_sent_is_invented() {
    let (ledger, message) = with_one("shared 1");
    let never = Identity { number: 1, ..message };
    assert_eq!(ledger.arrived(&arrival(&never, false)), None);
    let torn = Arrival { body: message.body().slice(1..), ..arrival(&message, false) };
    assert_eq!(ledger.arrived(&torn), None);
    let nameless = Arrival { claim: None, ..torn };
    assert_eq!(ledger.arrived(&nameless), None);
    deliver(&ledger, &message, false);
    assert_eq!(found(&ledger), [Invariant::NothingInvented; 3]);
}

#[test]
fn a_message_whose_sender_was_told_that_it_is_not_sent_must_not_come() {
    let ledger = Ledger::new(7);
    let message = ledger.begin("shared 1", None);
    ledger.sent(&message, Fate::NotSent);
    deliver(&ledger, &message, false);
    assert_eq!(found(&ledger), [Invariant::NothingInvented]);
}

#[test]
fn a_message_of_an_earlier_round_was_hidden_when_its_queue_was_emptied() {
    let (ledger, message) = with_one("shared 1");
    deliver(&ledger, &message, false);
    let earlier = Identity { round: 6, ..message };
    assert_eq!(ledger.arrived(&arrival(&earlier, true)), None);
    assert_eq!(found(&ledger), [Invariant::Recovers]);
}

#[test]
fn a_second_delivery_needs_the_flag_and_a_cause() {
    let (ledger, message) = with_one("shared 1");
    ledger.fault();
    deliver(&ledger, &message, false);
    deliver(&ledger, &message, true);
    assert_eq!(found(&ledger), []);
    deliver(&ledger, &message, false);
    assert_eq!(found(&ledger), [Invariant::DuplicatesFlagged]);

    let (quiet, message) = with_one("shared 1");
    deliver(&quiet, &message, false);
    // Rolled back, it comes again.
    quiet.settled(&message, Settled::Returned);
    deliver(&quiet, &message, true);
    assert_eq!(found(&quiet), []);
    deliver(&quiet, &message, true);
    assert_eq!(found(&quiet), [Invariant::DuplicatesFlagged]);
}

#[test]
fn order_counts_for_first_deliveries_of_ordered_streams() {
    for (stream, expected) in [("ordered 1", vec![Invariant::OrderKept]), ("shared 1", vec![])] {
        let (ledger, first) = with_one(stream);
        let second = ledger.begin(stream, None);
        ledger.fault();
        deliver(&ledger, &second, false);
        deliver(&ledger, &first, false);
        deliver(&ledger, &second, true);
        assert_eq!(found(&ledger), expected, "{stream}");
    }
}

#[test]
fn what_comes_after_its_acknowledgement_was_confirmed_has_been_undone() {
    let (ledger, message) = with_one("topic");
    ledger.fault();
    deliver(&ledger, &message, false);
    ledger.settled(&message, Settled::Confirmed);
    deliver(&ledger, &message, true);
    assert_eq!(found(&ledger), [Invariant::AcknowledgementKept]);
    // It was in a consumer's hands already, and came by a link that is gone.
    ledger.settled(&message, Settled::Returned);
    assert_eq!(found(&ledger), []);
    deliver(&ledger, &message, true);
    ledger.settled(&message, Settled::Confirmed);
    assert_eq!(found(&ledger), [Invariant::AcknowledgementKept]);
}

#[test]
fn a_transaction_of_which_a_part_came_is_torn_even_if_its_commit_is_in_doubt() {
    let ledger = Ledger::new(7);
    let transaction = Some(ledger.begin_transaction());
    let sent = [(); 3].map(|()| ledger.begin("transactions", transaction));
    sent.iter().for_each(|message| ledger.sent(message, Fate::Unknown));
    assert_eq!(found(&ledger), []);
    deliver(&ledger, &sent[0], false);
    deliver(&ledger, &sent[1], false);
    assert_eq!(found(&ledger), [Invariant::TransactionsWhole]);
    deliver(&ledger, &sent[2], false);
    assert_eq!(found(&ledger), []);
}

#[test]
fn a_message_is_moved_once_or_still_there() {
    let (ledger, message) = with_one(SOURCE);
    deliver(&ledger, &message, false);
    ledger.settled(&message, Settled::Unknown);
    assert_eq!(found(&ledger), [Invariant::TransactionsWhole], "it is gone");
    let copies = [0, 1].map(|number| Identity { round: 7, stream: MOVED, number });
    ledger.moved(0, &copies[0]);
    assert_eq!(found(&ledger), [], "moved");
    ledger.left(&message);
    assert_eq!(found(&ledger), [Invariant::TransactionsWhole], "moved, and still there");
    let (ledger, message) = with_one(SOURCE);
    deliver(&ledger, &message, false);
    copies.iter().for_each(|copy| ledger.moved(0, copy));
    assert_eq!(found(&ledger), [Invariant::TransactionsWhole], "moved twice");
}

#[tokio::test(start_paused = true)]
async fn two_brokers_that_confirm_by_turns_are_masters_at_the_same_time() {
    let ledger = Ledger::new(7);
    let [one, two] = ["one", "two"].map(|broker| Term { broker, number: 1 });
    let confirms = async |term| {
        let asked = tokio::time::Instant::now();
        tokio::time::advance(Duration::from_millis(5)).await;
        ledger.confirmed_by(term, asked);
        tokio::time::advance(Duration::from_millis(5)).await;
    };
    for term in [one, one, two, two, Term { number: 2, ..one }] {
        confirms(term).await;
    }
    assert_eq!(found(&ledger), [], "one after the other");
    confirms(two).await;
    assert_eq!(found(&ledger), [Invariant::OneMaster]);
}

#[tokio::test(start_paused = true)]
async fn a_time_without_service_is_measured_from_one_confirmation_to_the_next() {
    let ledger = Ledger::new(7);
    for milliseconds in [10, 300, 20] {
        ledger.served();
        tokio::time::advance(Duration::from_millis(milliseconds)).await;
    }
    ledger.served();
    assert_eq!(ledger.take_outage(), Duration::from_millis(300));
    assert_eq!(ledger.take_outage(), Duration::ZERO);
    let late = ledger.more(5, Duration::from_secs(30)).await.unwrap_err();
    assert_eq!(late.invariant, Invariant::Recovers);
}
