//! End-to-end, interoperability and crash tests, and the harness that they share.
//!
//! | module | what it starts or breaks |
//! |---|---|
//! | [`process`] | a child process with awaited output lines |
//! | [`server`] | a broker process, whoever made it |
//! | [`activemq`], [`artemis`], [`relais`] | real brokers, and our own |
//! | [`group`] | several of our own that replicate |
//! | [`make`] | any of them, for tests that hold on each |
//! | [`authority`] | certificates for tests of TLS |
//! | [`java`] | the Java programs under `tests/java`, compiled on demand |
//! | [`peer`] | a real JMS client that follows a Rust test's commands |
//! | [`suite`], [`load`] | the self-checking JMS suite and the JMS load generator |
//! | [`storm`] | kills of masters under Java consumers in transactions |
//! | [`raw`], [`attack`] | a client that speaks frame by frame, and ways to misuse that |
//! | [`siege`] | honest clients beside such misuse, and what it costs them |
//! | [`chaos`] | all of that under our own brokers, round after round, with a ledger; [`random`] is its seed |
//! | [`fault_library`] | disks that fail, or that lose what was not synced |
//! | [`clock`] | wall clocks that are apart |
//! | [`proxy`] | a TCP proxy that cuts, stalls and refuses |
//!
//! Nothing here sleeps: every wait is for an event and has a deadline.

pub mod activemq;
pub mod artemis;
pub mod attack;
// The client's own tests need the same, and no crate but this one may use others' tests.
#[allow(clippy::missing_panics_doc, reason = "a test may fail like this")]
#[path = "../../client/tests/it/tls/authority.rs"]
pub mod authority;
pub mod chaos;
pub mod clock;
pub mod fault_library;
pub mod group;
pub mod java;
pub mod load;
pub mod make;
pub mod peer;
pub mod ports;
pub mod process;
pub mod program;
pub mod proxy;
pub mod random;
pub mod raw;
pub mod relais;
pub mod server;
pub mod siege;
pub mod storm;
pub mod suite;
mod target;
