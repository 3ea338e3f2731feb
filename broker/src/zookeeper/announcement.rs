//! What a broker says of itself.

/// What a broker says of itself, for the others and for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announcement {
    /// Its name, which all brokers of a cluster share: others at the same place are not looked at.
    pub name: String,
    /// `replicatedLevelDB`'s `container`; for people only.
    pub container: Option<String>,
    /// By which Raft knows it. Never used again for an empty disk.
    pub node: u64,
    /// The cluster whose messages are on its disk; none if there is nothing yet.
    pub cluster: Option<String>,
    /// Where the others reach it: `tcp://HOST:PORT`, with the port that it really has.
    pub replication: String,
    /// Where clients reach it while it is the master: `tcp://HOST:PORT`, comma-separated.
    pub clients: String,
    /// Who of those with the newest messages is to be the master: the largest.
    pub weight: u32,
    /// The newest term it knows.
    pub term: u64,
    /// The last entry it has, in its log.
    pub position: u64,
    /// Whether it is the master.
    pub is_master: bool,
}

impl Announcement {
    /// Who is to be the master: the newest messages first, then the larger weight, then anything that is
    /// the same for all who look.
    pub(super) const fn standing(&self) -> (u64, u64, u32, u64) {
        (self.term, self.position, self.weight, u64::MAX - self.node)
    }
}
