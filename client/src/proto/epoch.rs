//! Which link something belongs to.

/// Names one attempt to reach a broker, and the link that comes of it. Also called its epoch: a
/// later link has a higher number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(pub u64);
