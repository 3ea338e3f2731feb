//! What every store must do, as cases that any backend can run.
//!
//! A case gets an [`Opener`]: each call opens a store on the same data; the case drops the earlier
//! one first. [`run_all`] runs every case, each with an opener on fresh data.
#![expect(clippy::unwrap_used, reason = "the cases are tests: a panic is how they report")]

mod lifetimes;
mod making;
mod messages;
mod priorities;
mod records;
mod topics;

use super::Store;

/// The queue that a store must know to be in the order of priorities, if it is one that has to know.
pub const PRIORITIZED: &str = "prioritized";

/// Opens the store under test, again and again on the same data.
pub type Opener<'a> = dyn FnMut() -> Box<dyn Store> + 'a;

/// One case: a sentence and the function that checks it.
pub type Case = (&'static str, fn(&mut Opener<'_>));

/// Every case.
pub const CASES: &[Case] = &[
    ("a new store is empty", lifetimes::a_new_store_is_empty),
    ("a published message is in each backlog", topics::a_published_message_is_in_each_backlog),
    (
        "the last removal drops a published message",
        topics::the_last_removal_drops_a_published_message,
    ),
    ("a dropped subscription leaves the others", topics::a_dropped_subscription_leaves_the_others),
    ("each backlog has its own marks", topics::each_backlog_has_its_own_marks),
    ("a pattern has messages of several topics", topics::a_pattern_has_messages_of_several_topics),
    ("messages come back in order", messages::messages_come_back_in_order),
    ("pages respect their bounds", messages::pages_respect_their_bounds),
    ("a prioritized queue is in order", priorities::a_prioritized_queue_is_in_order),
    ("priorities have their own marks", priorities::priorities_have_their_own_marks),
    (
        "what does not last has its place among priorities",
        priorities::what_does_not_last_has_its_place,
    ),
    ("a batch survives as a whole", messages::a_batch_survives_as_a_whole),
    ("a batch may add and remove the same message", messages::add_and_remove_in_one_commit),
    ("removed messages stay away", messages::removed_messages_stay_away),
    ("unknown removes are ignored", messages::unknown_removes_are_ignored),
    ("offered messages are marked", messages::offered_messages_are_marked),
    (
        "what outlives its neighbours is unchanged",
        messages::what_outlives_its_neighbours_is_unchanged,
    ),
    ("a deep backlog is dropped at once", records::a_deep_backlog_is_dropped_at_once),
    ("a dropped queue is gone and may return empty", records::a_dropped_queue_is_gone),
    ("a dropped subscription is gone with its backlog", records::a_dropped_subscription_is_gone),
    (
        "a replaced subscription keeps its backlog",
        records::a_replaced_subscription_keeps_its_backlog,
    ),
    ("empty queues are remembered", records::empty_queues_are_remembered),
    ("the highest producer sequence is kept", records::the_highest_producer_sequence_is_kept),
    ("marks are kept by name with their batch", records::marks_are_kept_by_name),
    ("the last sequence never goes back", lifetimes::the_last_sequence_never_goes_back),
    (
        "a store knows whether its marks are whole",
        lifetimes::a_store_knows_whether_its_marks_are_whole,
    ),
    ("transient messages end with the process", lifetimes::transient_messages_end_with_the_process),
    ("a topic subscriber's messages end with it", lifetimes::a_subscribers_messages_end_with_it),
    ("transient and durable messages mix in order", lifetimes::transient_and_durable_mix_in_order),
    ("big messages are kept", messages::big_messages_are_kept),
    ("many containers are kept apart", messages::many_containers_are_kept_apart),
    ("similar names are kept apart", messages::similar_names_are_kept_apart),
];

/// Runs every case; `fresh` gives an opener on data of its own.
pub fn run_all(mut fresh: impl FnMut() -> Box<Opener<'static>>) {
    for (name, case) in CASES {
        tracing::info!(name, "conformance");
        case(&mut *fresh());
    }
}
