//! What a broker says of itself.

/// What a broker says of itself, for the others and for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announcement {
    /// Its name, which all brokers of a cluster share: others at the same place are not looked at.
    pub name: String,
    /// `replicatedLevelDB`'s `container`; for people only.
    pub container: Option<String>,
    /// Its name among the others; no two have the same.
    pub member: String,
    /// By which Raft knows it. Never used again for an empty disk.
    pub node: u64,
    /// Where the others reach it: `tcp://HOST:PORT`, with the port that it really has.
    pub replication: String,
    /// Where clients reach it while it is the master: `tcp://HOST:PORT`, comma-separated.
    pub clients: String,
    /// Who of those with the newest messages is to be the master: the largest.
    pub weight: u32,
    /// The newest term it knows.
    pub term: u64,
    /// The last entry of its log, as it was some seconds ago.
    pub position: u64,
    /// Whether it is the master.
    pub is_master: bool,
}
