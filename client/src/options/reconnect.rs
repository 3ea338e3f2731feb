//! How a lost connection is re-established.

use std::path::PathBuf;
use std::time::Duration;

use super::BrokerAddress;

super::options! {
    /// When, how often and in which order brokers are tried.
    ///
    /// A *pass* tries every known broker once; it has failed when all of them have. Delays and limits
    /// are about passes, not about single TCP connects. Option names and defaults are those of
    /// ActiveMQ's `FailoverTransport`.
    ///
    /// Within a pass attempts begin 250 ms apart, or at once when one fails, and go on side by side;
    /// the broker that answers first is logged in to, and the others are hung up. A broker that keeps
    /// us waiting is tried last the next time, and brokers that have failed meanwhile are tried again
    /// without waiting for it. A login without an answer is left after a second if another broker is
    /// ready (after two the next time, then four, for brokers that are slow at that). Only one login
    /// is under way at a time. A broker that refuses the login is left alone for one second, then two,
    /// then four, up to [`max_reconnect_delay`](Self::max_reconnect_delay).
    pub struct ReconnectOptions {
        /// First term of the delay series. Default 10 ms (ActiveMQ `FailoverTransport`).
        ///
        /// It is spent before the first pass after a lost connection. Zero means: that first pass
        /// starts at once, and later terms grow from a floor of 10 ms, so that zero is never a busy
        /// loop.
        initial_reconnect_delay: Duration = Duration::from_millis(10),
        /// Largest term of the series. Default 30 s (ActiveMQ `FailoverTransport`).
        ///
        /// Has no effect when [`use_exponential_back_off`](Self::use_exponential_back_off) is off.
        max_reconnect_delay: Duration = Duration::from_secs(30),
        /// Whether each term is the previous one times
        /// [`reconnect_delay_exponent`](Self::reconnect_delay_exponent). Default true (ActiveMQ
        /// `FailoverTransport`). Off: every term is the initial one.
        use_exponential_back_off: bool = true,
        /// Multiplier of the series, at least 1; ActiveMQ calls it an exponent. Default 2.0
        /// (ActiveMQ `FailoverTransport`).
        reconnect_delay_exponent: f64 = 2.0,
        /// First term of the series until the first success, when it should differ from
        /// [`initial_reconnect_delay`](Self::initial_reconnect_delay). Default: it does not differ
        /// (ActiveMQ `FailoverTransport`, where 10 means the same).
        reconnect_delay: Option<Duration> = None,
        /// Failed passes in a row before the connection fails for good. Default none: try for ever
        /// (ActiveMQ `FailoverTransport`, where -1 means none).
        ///
        /// `Some(0)`: one pass at the start, and no reconnect after a loss.
        max_reconnect_attempts: Option<u32> = None,
        /// Replaces [`max_reconnect_attempts`](Self::max_reconnect_attempts) until the first
        /// success. Default none: it does not replace it (ActiveMQ `FailoverTransport`, -1).
        /// `Some(0)` and `Some(1)` both mean one pass.
        startup_max_reconnect_attempts: Option<u32> = None,
        /// How long a caller may wait for a connection. Default none (ActiveMQ `FailoverTransport`,
        /// where -1 and 0 mean none). The connection itself goes on trying.
        timeout: Option<Duration> = None,
        /// Whether each pass begins its attempts in random order. Default true (ActiveMQ
        /// `FailoverTransport`). The broker that failed last comes last either way, but for those
        /// that kept us waiting when they were tried last. Off: the first in order is used if it
        /// answers within 250 ms.
        randomize: bool = true,
        /// Warn about the first failed pass and about every n-th. Default 10; none: never warn
        /// (ActiveMQ `FailoverTransport`, where 0 and less mean never).
        warn_after_reconnect_attempts: Option<u32> = Some(10),
        /// Whether broker lists sent by the broker are used. Default true (ActiveMQ
        /// `FailoverTransport`). They are added to the configured brokers and never replace them.
        update_uris_supported: bool = true,
        /// Whether the brokers of [`priority_uris`](Self::priority_uris) are preferred: each pass begins
        /// with them, unless one is the one that failed last, and while another broker serves, the client
        /// goes back as soon as one of them is up. Default false (ActiveMQ `FailoverTransport`).
        priority_backup: bool = false,
        /// The preferred brokers. Default empty: the first configured one (ActiveMQ
        /// `FailoverTransport`). Those that are not configured are added to the configured ones.
        priority_uris: Vec<BrokerAddress> = Vec::new(),
        /// Whether spares are kept: sockets to other brokers, open and introduced but not logged in, of
        /// which one takes over at once when the link is lost. Default false (ActiveMQ
        /// `FailoverTransport`).
        backup: bool = false,
        /// How many spares. Default 1 (ActiveMQ `FailoverTransport`). Spares for a preferred broker, or
        /// for one that the client is sent to, come on top if there is no room.
        backup_pool_size: u32 = 1,
        /// Whether the client goes where its broker sends it: `reconnectTo`, and a list of brokers to be
        /// spread over. Default true (ActiveMQ `FailoverTransport`). Only to brokers that it may know,
        /// see [`update_uris_supported`](Self::update_uris_supported).
        reconnect_supported: bool = true,
        /// Whether the client moves to the first broker of the file at
        /// [`update_uris_url`](Self::update_uris_url), or to any of them with
        /// [`randomize`](Self::randomize), when that has changed while a broker serves; it is read every
        /// 30 s then. Default true (ActiveMQ `FailoverTransport`, which reads it again only while it
        /// looks for brokers).
        rebalance_update_uris: bool = true,
        /// How long a broker must have served before the client moves to another one by itself. Default
        /// 10 s; ActiveMQ has none, and no URI option exists. A move to a broker that then refuses the
        /// login is not tried again for a minute, then two, then four, up to an hour.
        dwell_time: Duration = Duration::from_secs(10),
        /// How long a client id that another connection uses is waited for, before that counts as a refused
        /// login. Default zero: not at all, as in ActiveMQ; no URI option exists.
        ///
        /// A program that was killed and is started again may find the id in use until the broker
        /// notices that the socket of the program before is dead, after its `maxInactivityDuration` (30 s)
        /// and up to half of it more. The broker is asked once a second. The time for connecting in all
        /// ([`Timeouts::connect`](super::Timeouts::connect), 30 s) must be longer.
        client_id_wait: Duration = Duration::ZERO,
        /// How long a move waits for the application to be done with the messages that it has, while it
        /// is given no others. Default 5 s; ActiveMQ does not wait, and no URI option exists. What it still
        /// has then is delivered again by the next broker.
        drain_time: Duration = Duration::from_secs(5),
        /// File with addresses of further brokers, with commas between them or on lines of their own,
        /// read before each pass. Default none (ActiveMQ `FailoverTransport`, which also reads from the
        /// web). They are added to the configured brokers.
        update_uris_url: Option<PathBuf> = None,
        /// Whether delays are drawn at random between the floor and the term of the series ("full
        /// jitter"), so that many clients of a restarted broker do not return all at once. Default
        /// true; ActiveMQ has none, and no URI option exists. Off: the terms themselves, for tests.
        jitter: bool = true,
        /// How long a connection that answers no request must last, from the answered login, before
        /// its loss starts the delay series from its first term again. Default 10 s; ActiveMQ has
        /// none, and no URI option exists.
        healthy_period: Duration = Duration::from_secs(10),
    }
}

impl ReconnectOptions {
    /// No reconnect at all: what a plain `tcp://host:port` without `failover:` asks for.
    #[must_use]
    pub fn never() -> Self {
        Self::default().max_reconnect_attempts(Some(0))
    }
}
