//! A prepared branch of a distributed transaction, as bytes: what a store remembers of it under a name
//! ([`super::Change::Mark`]) until its transaction manager has decided.
//!
//! Numbers are little-endian; what is sized is its length in bytes (u32) and itself.
//! ```text
//! version u8 = 1
//! format id u32 (two's complement), global part sized, branch part sized
//! messages u32, each sized: as the store would keep it
//! taken u32, each: 1 queue: text, or 2 subscription: two texts; sequence u64
//! ```

use bytes::Bytes;
use relaismq_openwire::XaTransactionId;

use super::{
    coding::{Put, Take},
    places::{Container, SubscriptionKey},
};

const VERSION: u8 = 1;
const QUEUE: u8 = 1;
const SUBSCRIPTION: u8 = 2;

/// What is to be done if it is committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PreparedBranch {
    pub(crate) id: XaTransactionId,
    /// These are sent.
    pub(crate) messages: Vec<Bytes>,
    /// These are taken away.
    pub(crate) taken: Vec<(Container, u64)>,
}

impl PreparedBranch {
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = Vec::new();
        out.u8(VERSION);
        out.u32(self.id.format_id.cast_unsigned());
        out.sized(self.id.global_transaction_id.as_deref().unwrap_or_default());
        out.sized(self.id.branch_qualifier.as_deref().unwrap_or_default());
        put_count(&mut out, self.messages.len());
        self.messages.iter().for_each(|message| out.sized(message));
        put_count(&mut out, self.taken.len());
        for (container, sequence) in &self.taken {
            put_container(&mut out, container);
            out.u64(*sequence);
        }
        out.into()
    }

    /// Nothing if this is not what [`Self::encode`] writes.
    pub(crate) fn decode(bytes: &Bytes) -> Option<Self> {
        let mut fields = Take(bytes);
        if fields.u8()? != VERSION {
            return None;
        }
        let id = XaTransactionId {
            format_id: fields.u32()?.cast_signed(),
            global_transaction_id: Some(bytes.slice_ref(fields.sized()?)),
            branch_qualifier: Some(bytes.slice_ref(fields.sized()?)),
        };
        let messages = 0..fields.count(4)?;
        let messages =
            messages.map(|_| Some(bytes.slice_ref(fields.sized()?))).collect::<Option<_>>()?;
        let taken = 0..fields.count(13)?;
        let taken = taken.map(|_| Some((take_container(&mut fields)?, fields.u64()?)));
        let taken = taken.collect::<Option<_>>()?;
        fields.is_at_end().then_some(Self { id, messages, taken })
    }
}

/// A branch has no more than memory has room for.
fn put_count(out: &mut Vec<u8>, count: usize) {
    out.u32(u32::try_from(count).unwrap_or(u32::MAX));
}

/// Nothing else holds what outlives the process.
fn put_container(out: &mut Vec<u8>, container: &Container) {
    match container {
        Container::Subscription(key) => {
            out.u8(SUBSCRIPTION);
            out.text(&key.client_id);
            out.text(&key.name);
        }
        Container::Queue(name) => {
            out.u8(QUEUE);
            out.text(name);
        }
        Container::Subscriber(_) | Container::Topic(_) => out.u8(0),
    }
}

fn take_container(fields: &mut Take<'_>) -> Option<Container> {
    match fields.u8()? {
        QUEUE => Some(Container::Queue(fields.text()?.into())),
        SUBSCRIPTION => Some(Container::Subscription(SubscriptionKey {
            client_id: fields.text()?.into(),
            name: fields.text()?.into(),
        })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch() -> PreparedBranch {
        let key = SubscriptionKey { client_id: "c".into(), name: "n".into() };
        PreparedBranch {
            id: XaTransactionId {
                format_id: -5,
                global_transaction_id: Some(Bytes::from_static(b"global")),
                branch_qualifier: Some(Bytes::new()),
            },
            messages: vec![Bytes::from_static(b"one"), Bytes::from_static(b"two")],
            taken: vec![
                (Container::Queue("Q".into()), 7),
                (Container::Subscription(key), u64::MAX),
            ],
        }
    }

    #[test]
    fn a_branch_comes_back_as_it_was() {
        assert_eq!(PreparedBranch::decode(&branch().encode()), Some(branch()));
    }

    #[test]
    fn what_is_cut_off_changed_or_longer_is_no_branch_and_no_panic() {
        let bytes = branch().encode();
        for end in 0..bytes.len() {
            assert_eq!(PreparedBranch::decode(&bytes.slice(..end)), None, "{end}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(PreparedBranch::decode(&longer.into()), None);
        for place in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[place] ^= 0xff;
            drop(PreparedBranch::decode(&changed.into()));
        }
    }
}
