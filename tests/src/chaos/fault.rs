//! What can be broken.

use std::fmt;

use crate::proxy::Direction;

/// Something that is broken for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The master is killed with SIGKILL.
    MasterKilled,
    /// A slave is killed with SIGKILL.
    SlaveKilled,
    /// All brokers are killed with SIGKILL and started again.
    AllKilled,
    /// The master is asked to end.
    MasterStopped,
    /// The master is stopped with SIGSTOP, and goes on with SIGCONT.
    MasterPaused,
    /// A slave likewise.
    SlavePaused,
    /// All links of clients are cut.
    LinksCut,
    /// All links of clients are cut in the middle of what goes this way.
    CutWithin(Direction),
    /// Nothing arrives that goes this way, until the links are cut.
    OneWay(Direction),
    /// Nothing moves on the links for a while; nothing is lost.
    Stalled,
    /// The next master is killed with SIGKILL at this place of its code; one of
    /// [`Fault::AT_POINTS`]. Needs a broker with fail points.
    KilledAt(&'static str),
    /// What only this mode has.
    Own(OwnFault),
}

/// What can be broken that only some kinds of store have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnFault {
    /// The lock file is deleted under the master.
    LockDeleted,
    /// The master is paused, and its lock file deleted meanwhile.
    LockDeletedInPause,
}

impl Fault {
    /// All places between receiving and confirming, and between the lock and the first client.
    pub const AT_POINTS: [Self; 12] = [
        Self::KilledAt("locked"),
        Self::KilledAt("opened"),
        Self::KilledAt("loaded"),
        Self::KilledAt("received"),
        Self::KilledAt("handed-over"),
        Self::KilledAt("before-removal"),
        Self::KilledAt("before-append"),
        Self::KilledAt("after-append"),
        Self::KilledAt("before-sync"),
        Self::KilledAt("after-sync"),
        Self::KilledAt("before-answer"),
        Self::KilledAt("before-dispatch"),
    ];

    /// Those that every mode has.
    pub(super) const OF_ALL: [Self; 13] = [
        Self::MasterKilled,
        Self::MasterKilled,
        Self::SlaveKilled,
        Self::AllKilled,
        Self::MasterStopped,
        Self::MasterPaused,
        Self::SlavePaused,
        Self::LinksCut,
        Self::CutWithin(Direction::Upstream),
        Self::CutWithin(Direction::Downstream),
        Self::OneWay(Direction::Upstream),
        Self::OneWay(Direction::Downstream),
        Self::Stalled,
    ];
}

impl Fault {
    /// Whether it keeps service away for as long as it was decided to.
    pub(super) const fn is_held(self) -> bool {
        matches!(
            self,
            Self::MasterPaused
                | Self::OneWay(_)
                | Self::Stalled
                | Self::Own(OwnFault::LockDeletedInPause)
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MasterKilled => "master killed",
            Self::SlaveKilled => "slave killed",
            Self::AllKilled => "all killed",
            Self::MasterStopped => "master asked to end",
            Self::MasterPaused => "master paused",
            Self::SlavePaused => "slave paused",
            Self::LinksCut => "links cut",
            Self::CutWithin(Direction::Upstream) => "links cut within a request",
            Self::CutWithin(Direction::Downstream) => "links cut within an answer",
            Self::OneWay(Direction::Upstream) => "requests lost",
            Self::OneWay(Direction::Downstream) => "answers lost",
            Self::Stalled => "links stalled",
            Self::KilledAt(place) => return write!(f, "killed at {place}"),
            Self::Own(OwnFault::LockDeleted) => "lock file deleted",
            Self::Own(OwnFault::LockDeletedInPause) => "lock file deleted in a pause",
        })
    }
}
