//! What can be broken.

use std::fmt;

use super::damage::Damage;

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
    /// All links of clients.
    Links(Damage),
    /// The next master is killed with SIGKILL at this place of its code; one of
    /// [`Mode::fail_points`](super::Mode::fail_points). Needs a broker with fail points.
    KilledAt(&'static str),
    /// The wall clocks of some brokers jump by minutes. Needs [`Chaos::clocks`](super::Chaos::clocks).
    ClocksJump,
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
    /// The database's server is ended, which cuts all connections to it, and started again.
    DatabaseRestarted,
    /// One broker's link to the database.
    DatabaseLink(Damage),
    /// Another program locks the database's file for a while.
    DatabaseLocked,
}

impl OwnFault {
    /// Those of database servers.
    pub(super) const OF_SERVERS: [Self; 8] = [
        Self::DatabaseRestarted,
        Self::DatabaseRestarted,
        Self::DatabaseLink(Damage::ALL[0]),
        Self::DatabaseLink(Damage::ALL[1]),
        Self::DatabaseLink(Damage::ALL[2]),
        Self::DatabaseLink(Damage::ALL[3]),
        Self::DatabaseLink(Damage::ALL[4]),
        Self::DatabaseLink(Damage::ALL[5]),
    ];
}

impl Fault {
    /// Places between receiving and confirming, and between the lock and the first client.
    pub(super) const AT_POINTS: [Self; 8] = [
        Self::KilledAt("locked"),
        Self::KilledAt("opened"),
        Self::KilledAt("loaded"),
        Self::KilledAt("received"),
        Self::KilledAt("handed-over"),
        Self::KilledAt("before-removal"),
        Self::KilledAt("before-answer"),
        Self::KilledAt("before-dispatch"),
    ];

    /// Those that only the file store has.
    pub(super) const AT_POINTS_OF_FILES: [Self; 7] = [
        Self::KilledAt("before-append"),
        Self::KilledAt("after-append"),
        Self::KilledAt("before-sync"),
        Self::KilledAt("after-sync"),
        Self::KilledAt("checkpoint-written"),
        Self::KilledAt("checkpoint-synced"),
        Self::KilledAt("checkpoint-renamed"),
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
        Self::Links(Damage::ALL[0]),
        Self::Links(Damage::ALL[1]),
        Self::Links(Damage::ALL[2]),
        Self::Links(Damage::ALL[3]),
        Self::Links(Damage::ALL[4]),
        Self::Links(Damage::ALL[5]),
    ];
}

impl Fault {
    /// Whether it keeps service away for as long as it was decided to.
    pub(super) const fn is_held(self) -> bool {
        match self {
            Self::MasterPaused
            | Self::Own(OwnFault::LockDeletedInPause | OwnFault::DatabaseLocked) => true,
            Self::Links(damage) | Self::Own(OwnFault::DatabaseLink(damage)) => damage.is_held(),
            _ => false,
        }
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
            Self::Links(damage) => return write!(f, "links {damage}"),
            Self::KilledAt(place) => return write!(f, "killed at {place}"),
            Self::ClocksJump => "clocks jump",
            Self::Own(OwnFault::LockDeleted) => "lock file deleted",
            Self::Own(OwnFault::LockDeletedInPause) => "lock file deleted in a pause",
            Self::Own(OwnFault::DatabaseRestarted) => "database restarted",
            Self::Own(OwnFault::DatabaseLocked) => "database locked",
            Self::Own(OwnFault::DatabaseLink(damage)) => {
                return write!(f, "database link {damage}");
            }
        })
    }
}
