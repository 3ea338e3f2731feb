//! The changes in a record's body, and how they are read.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::numbers::{Numbers, take_number};
use super::seeds::{Seeds, trusted};
use super::table::Place;
use crate::model::coding::{Put, Take};
use crate::model::{Container, SubscriptionKey, SubscriptionRecord};

/// One change as it stands in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store::file) enum Logged<'a> {
    Add(Stored<'a>),
    /// A message copied from an older segment, and whether it may have been given out.
    Move(Stored<'a>, bool),
    Remove {
        container: u32,
        sequence: u64,
    },
    Offer {
        container: u32,
        first: u64,
        last: u64,
    },
    Name(u32, Container),
    Declare(u32),
    Subscribe(u32, Subscription),
    Drop(u32),
    /// A message of a topic, added before, is in the backlogs of these subscriptions.
    Give {
        topic: u32,
        sequence: u64,
        to: Numbers<'a>,
    },
    /// These subscriptions are done with these messages of a topic.
    Take {
        topic: u32,
        first: u64,
        last: u64,
        from: Numbers<'a>,
    },
    /// As [`Self::Offer`], of what these subscriptions have.
    OfferEach {
        first: u64,
        last: u64,
        to: Numbers<'a>,
    },
    Producer(&'a str, i64),
    Forget(&'a str),
    /// To be remembered under a name.
    Mark(&'a str, &'a [u8]),
}

/// A message in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct Stored<'a> {
    pub(in crate::store::file) container: u32,
    pub(in crate::store::file) sequence: u64,
    /// Where the change begins in the body.
    pub(in crate::store::file) at: u32,
    pub(in crate::store::file) blob: &'a [u8],
}

impl Stored<'_> {
    /// Where it lies in a segment in which the body begins there.
    pub(in crate::store::file) fn place(&self, body_at: u32) -> Place {
        let len = u32::try_from(self.blob.len()).unwrap_or(u32::MAX);
        Place { sequence: self.sequence, offset: body_at.saturating_add(self.at), len }
    }
}

/// A [`SubscriptionRecord`] without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct Subscription {
    pub(in crate::store::file) topic: String,
    pub(in crate::store::file) selector: Option<String>,
    pub(in crate::store::file) no_local: bool,
}

impl Subscription {
    pub(in crate::store::file) fn of(record: &SubscriptionRecord) -> Self {
        let SubscriptionRecord { topic, selector, no_local, .. } = record.clone();
        Self { topic, selector, no_local }
    }

    pub(in crate::store::file) fn record(&self, key: SubscriptionKey) -> SubscriptionRecord {
        let Self { topic, selector, no_local } = self.clone();
        SubscriptionRecord { key, topic, selector, no_local }
    }

    pub(in crate::store::file) fn encode(&self, out: &mut impl Put) {
        out.text(&self.topic);
        out.u8(self.selector.is_some().into());
        out.text(self.selector.as_deref().unwrap_or_default());
        out.u8(self.no_local.into());
    }

    pub(in crate::store::file) fn decode(fields: &mut Take<'_>) -> Option<Self> {
        let topic = fields.text()?.to_owned();
        let has_selector = fields.flag()?;
        let selector = Some(fields.text()?.to_owned()).filter(|_| has_selector);
        Some(Self { topic, selector, no_local: fields.flag()? })
    }
}

/// What stands before a message's blob.
pub(in crate::store::file) struct Head {
    kind: u8,
    pub(in crate::store::file) container: u32,
    pub(in crate::store::file) sequence: u64,
    pub(in crate::store::file) len: u32,
    hash: u64,
}

/// Hash of a message's blob.
pub(super) fn blob_hash(blob: &[u8], container: u32, sequence: u64, seeds: Seeds) -> u64 {
    xxh3_64_with_seed(blob, seeds.blob(container, sequence))
}

impl Head {
    pub(in crate::store::file) const LEN: usize = 25;

    pub(super) fn encode(
        kind: u8,
        container: u32,
        sequence: u64,
        len: u32,
        hash: u64,
    ) -> [u8; Self::LEN] {
        let mut out = [kind; Self::LEN];
        let fields: [&[u8]; 4] = [
            &container.to_le_bytes(),
            &sequence.to_le_bytes(),
            &len.to_le_bytes(),
            &hash.to_le_bytes(),
        ];
        let rest = out.iter_mut().skip(1);
        rest.zip(fields.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        out
    }

    fn decode(fields: &mut Take<'_>) -> Option<Self> {
        let kind = fields.u8().filter(|kind| (ADD..=MOVE_MARKED).contains(kind))?;
        Some(Self {
            kind,
            container: fields.u32()?,
            sequence: fields.u64()?,
            len: fields.u32()?,
            hash: fields.u64()?,
        })
    }

    /// The message at the beginning of these bytes. `None` if it is not as it was written.
    pub(in crate::store::file) fn read(bytes: &[u8], seeds: Seeds) -> Option<(Self, &[u8])> {
        let mut fields = Take(bytes);
        let head = Self::decode(&mut fields)?;
        let blob = fields.bytes(usize::try_from(head.len).ok()?)?;
        head.fits(blob, seeds).then_some((head, blob))
    }

    fn fits(&self, blob: &[u8], seeds: Seeds) -> bool {
        trusted(self.hash == blob_hash(blob, self.container, self.sequence, seeds))
    }
}

/// The byte that says what kind of container it is.
pub(in crate::store::file) const fn kind_of(container: &Container) -> u8 {
    match container {
        Container::Queue(_) => QUEUE,
        Container::Subscription(_) => BACKLOG,
        Container::Subscriber(_) => SUBSCRIBER,
        Container::Topic(_) => TOPIC,
    }
}

pub(in crate::store::file) fn put_name(out: &mut impl Put, container: &Container) {
    match container {
        Container::Queue(name) | Container::Topic(name) => out.text(name),
        Container::Subscription(key) => {
            out.text(&key.client_id);
            out.text(&key.name);
        }
        Container::Subscriber(number) => out.u64(*number),
    }
}

pub(in crate::store::file) fn take_name(kind: u8, fields: &mut Take<'_>) -> Option<Container> {
    match kind {
        QUEUE => Some(Container::Queue(fields.text()?.into())),
        TOPIC => Some(Container::Topic(fields.text()?.into())),
        BACKLOG => Some(Container::Subscription(SubscriptionKey {
            client_id: fields.text()?.into(),
            name: fields.text()?.into(),
        })),
        SUBSCRIBER => Some(Container::Subscriber(fields.u64()?)),
        _ => None,
    }
}

/// Whether a body is as it was written.
pub(in crate::store::file) fn is_whole(body: &[u8], hash: u64, seeds: Seeds) -> bool {
    let mut found = seeds.body();
    let mut rest = Take(body);
    while !rest.is_at_end() {
        let before = rest.0;
        let Some(logged) = next(body, &mut rest, Some(seeds)) else { return false };
        let covered = match logged {
            Logged::Add(_) | Logged::Move(..) => Head::LEN,
            _ => before.len() - rest.0.len(),
        };
        found.update(before.get(..covered).unwrap_or_default());
    }
    trusted(found.digest() == hash)
}

/// The changes of a body that is whole.
pub(in crate::store::file) fn changes(body: &[u8]) -> impl Iterator<Item = Logged<'_>> {
    let mut rest = Take(body);
    std::iter::from_fn(move || next(body, &mut rest, None))
}

/// Checks the blob if seeds are given.
fn next<'a>(body: &[u8], rest: &mut Take<'a>, check: Option<Seeds>) -> Option<Logged<'a>> {
    let at = u32::try_from(body.len() - rest.0.len()).ok()?;
    if *rest.0.first()? > MOVE_MARKED {
        return record_change(rest.u8()?, rest);
    }
    let head = Head::decode(rest)?;
    let blob = rest.bytes(usize::try_from(head.len).ok()?)?;
    if check.is_some_and(|seeds| !head.fits(blob, seeds)) {
        return None;
    }
    let stored = Stored { container: head.container, sequence: head.sequence, at, blob };
    Some(match head.kind {
        ADD => Logged::Add(stored),
        moved => Logged::Move(stored, moved == MOVE_MARKED),
    })
}

fn record_change<'a>(kind: u8, fields: &mut Take<'a>) -> Option<Logged<'a>> {
    Some(match kind {
        REMOVE => Logged::Remove { container: fields.u32()?, sequence: fields.u64()? },
        OFFER => {
            Logged::Offer { container: fields.u32()?, first: fields.u64()?, last: fields.u64()? }
        }
        GIVE => Logged::Give {
            topic: take_container(fields)?,
            sequence: take_number(fields)?,
            to: Numbers::take(fields)?,
        },
        TAKE => {
            let topic = take_container(fields)?;
            let (first, last) = take_range(fields)?;
            Logged::Take { topic, first, last, from: Numbers::take(fields)? }
        }
        OFFER_EACH => {
            let (first, last) = take_range(fields)?;
            Logged::OfferEach { first, last, to: Numbers::take(fields)? }
        }
        QUEUE | BACKLOG | SUBSCRIBER | TOPIC => {
            Logged::Name(fields.u32()?, take_name(kind, fields)?)
        }
        DECLARE => Logged::Declare(fields.u32()?),
        SUBSCRIBE => Logged::Subscribe(fields.u32()?, Subscription::decode(fields)?),
        DROP => Logged::Drop(fields.u32()?),
        PRODUCER => Logged::Producer(fields.text()?, i64::from_le_bytes(fields.array()?)),
        FORGET => Logged::Forget(fields.text()?),
        MARK => Logged::Mark(fields.text()?, fields.sized()?),
        _ => return None,
    })
}

fn take_container(fields: &mut Take<'_>) -> Option<u32> {
    u32::try_from(take_number(fields)?).ok()
}

/// The first, and how far from it the last is.
fn take_range(fields: &mut Take<'_>) -> Option<(u64, u64)> {
    let first = take_number(fields)?;
    Some((first, first.checked_add(take_number(fields)?)?))
}

pub(super) const ADD: u8 = 1;
pub(super) const MOVE: u8 = 2;
pub(super) const MOVE_MARKED: u8 = 3;
pub(super) const REMOVE: u8 = 4;
pub(super) const OFFER: u8 = 5;
pub(super) const QUEUE: u8 = 6;
pub(super) const BACKLOG: u8 = 7;
pub(super) const DECLARE: u8 = 8;
pub(super) const SUBSCRIBE: u8 = 9;
pub(super) const DROP: u8 = 10;
pub(super) const PRODUCER: u8 = 11;
pub(super) const FORGET: u8 = 12;
pub(super) const SUBSCRIBER: u8 = 13;
pub(super) const TOPIC: u8 = 14;
pub(super) const GIVE: u8 = 15;
pub(super) const TAKE: u8 = 16;
pub(super) const OFFER_EACH: u8 = 17;
pub(super) const MARK: u8 = 18;
