//! What can be done to a link.

use std::fmt;

use crate::proxy::{Direction, Flow, Proxy};

/// What is done to all connections of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// They are cut.
    Cut,
    /// They are cut in the middle of what goes this way.
    CutWithin(Direction),
    /// Nothing arrives that goes this way, until they are cut.
    OneWay(Direction),
    /// Nothing moves for a while; nothing is lost.
    Stalled,
}

impl Damage {
    /// Each of them.
    pub(super) const ALL: [Self; 6] = [
        Self::Cut,
        Self::CutWithin(Direction::Upstream),
        Self::CutWithin(Direction::Downstream),
        Self::OneWay(Direction::Upstream),
        Self::OneWay(Direction::Downstream),
        Self::Stalled,
    ];

    /// Begins it. `chance` is any number.
    pub(super) fn begin(self, link: &Proxy, chance: u64) {
        match self {
            Self::Cut => link.cut(),
            Self::CutWithin(direction) => link.cut_after(direction, 1 + chance % MOST_BYTES),
            Self::OneWay(direction) => link.set(direction, Flow::Swallow),
            Self::Stalled => link.stall(),
        }
    }

    /// Ends it.
    pub(super) fn end(self, link: &Proxy) {
        match self {
            Self::Cut => {}
            Self::CutWithin(direction) => link.cut_after(direction, u64::MAX / 2),
            Self::OneWay(_) => {
                link.cut();
                link.pass();
            }
            Self::Stalled => link.pass(),
        }
    }

    /// Whether some time passes before it is ended.
    pub(super) const fn lasts(self) -> bool {
        !matches!(self, Self::Cut)
    }

    /// Whether nothing gets through for as long as it lasts.
    pub(super) const fn is_held(self) -> bool {
        matches!(self, Self::OneWay(_) | Self::Stalled)
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cut => "cut",
            Self::CutWithin(Direction::Upstream) => "cut within a request",
            Self::CutWithin(Direction::Downstream) => "cut within an answer",
            Self::OneWay(Direction::Upstream) => "without requests",
            Self::OneWay(Direction::Downstream) => "without answers",
            Self::Stalled => "stalled",
        })
    }
}

/// Bytes that still pass before a link is cut.
const MOST_BYTES: u64 = 20_000;
