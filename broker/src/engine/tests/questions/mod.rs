//! What is asked and done for whoever looks after the broker.

mod figures;
mod looking;
mod moving;
mod others;
mod together;

use std::collections::BTreeSet;

use relaismq_openwire::{Destination, MessageId, Text, destination::Kind};

use super::{Consumer, Delivery, Producer, Rig, numbers, queue, topic};
use crate::engine::{
    Settings,
    io::{Deed, DestinationReport, Fate, Pick, Question, Report, Seen},
};

/// Room for about eight messages in each queue.
fn small() -> Settings {
    Settings { queue_memory_bytes: 8000, ..Settings::default() }
}

fn report(rig: &mut Rig, destination: &Destination) -> DestinationReport {
    let Destination { kind, name } = destination.clone();
    match rig.ask(Question::Destination { kind, name }) {
        Report::Destinations(mut all, false) if all.len() == 1 => all.remove(0),
        other => panic!("{other:?}"),
    }
}

fn names(rig: &mut Rig, kind: Kind, after: Option<&str>, limit: usize) -> (Vec<Text>, bool) {
    match rig.ask(Question::Destinations { kind, after: after.map(Into::into), limit }) {
        Report::Destinations(all, more) => (all.into_iter().map(|it| it.name).collect(), more),
        other => panic!("{other:?}"),
    }
}

/// One page.
fn look(
    rig: &mut Rig,
    selector: Option<&str>,
    after: u64,
    limit: usize,
) -> (Vec<Seen>, Option<u64>) {
    let selector = selector.map(|text| text.parse().expect("a selector"));
    match rig.ask(Question::Browse { queue: "Q".into(), selector, after, limit }) {
        Report::Messages { seen, next } => (seen, next),
        other => panic!("{other:?}"),
    }
}

fn text(seen: &Seen) -> String {
    seen.message.body_text().expect("text").unwrap_or_default().to_string()
}

/// All pages.
fn look_at_all(rig: &mut Rig, limit: usize) -> Vec<String> {
    let (mut texts, mut after) = (Vec::new(), Some(0));
    while let Some(place) = after {
        let (seen, next) = look(rig, None, place, limit);
        assert!(seen.len() <= limit);
        texts.extend(seen.iter().map(text));
        after = next;
    }
    texts
}

fn each(queue: &str, pick: Pick, fate: Fate) -> Question {
    Question::Do(Deed::Each { queue: queue.into(), pick, fate })
}

fn ids(ids: &[MessageId]) -> Pick {
    Pick::Ids(ids.iter().map(ToString::to_string).collect::<BTreeSet<_>>())
}

/// Sends so many to a queue.
fn fill(rig: &mut Rig, queue: &Destination, count: i32) -> Vec<MessageId> {
    let peer = rig.connect("filler");
    let mut producer: Producer = rig.producer(&peer, queue.clone());
    let sent = numbers(0..count).iter().map(|text| rig.send(&mut producer, text)).collect();
    rig.cut(&peer);
    sent
}

/// Consumes until nothing more comes.
fn drain(rig: &mut Rig, consumer: &Consumer) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let given = rig.deliveries(consumer);
        if given.is_empty() {
            return texts;
        }
        texts.extend(given.iter().map(Delivery::text));
        rig.consume(consumer, &given);
    }
}
