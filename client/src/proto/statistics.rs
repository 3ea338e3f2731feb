//! What a connection has done, and what it has at the moment, in figures.
//!
//! One list makes the structure, the names of the metrics and the table in the documents.

use std::time::Duration;

/// Declares the figures, each with its meaning.
macro_rules! statistics {
    ($($kind:ident { $($(#[doc = $doc:literal])+ $name:ident: $type:ty,)* })*) => {
        /// What a connection has done since it was made, and what it has at the moment.
        ///
        /// From `Connection::statistics`. With the feature `metrics` the
        /// same figures go to whatever recorder the application has.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Statistics {
            $($($(#[doc = $doc])+ pub $name: $type,)*)*
        }

        const FIGURES: &[Figure] = &[
            $($(Figure {
                name: stringify!($name),
                kind: FigureKind::$kind,
                meaning: concat!($($doc),+).trim_ascii(),
                read: |statistics| statistics.$name.number(),
            },)*)*
        ];
    };
}

statistics! {
    Counter {
        /// Brokers that were tried.
        attempts: u64,
        /// Brokers that were tried and could not be used.
        failed_attempts: u64,
        /// Passes over the whole list of brokers in which none could be used.
        failed_passes: u64,
        /// Links in use that were lost or left.
        interruptions: u64,
        /// Links that were replaced, with everything restored.
        reconnects: u64,
        /// Times it began to leave a broker that served, for another one.
        moves: u64,
        /// Sessions, producers, consumers, temporary destinations and transactions restored on later links.
        restored: u64,
        /// Requests and messages sent again on a later link, because nobody knew whether the one before had them.
        replays: u64,
        /// Consumers that were not restored, or that a broker closed.
        consumers_lost: u64,
        /// Messages handed over to be sent, transactions included.
        sent: u64,
        /// Messages that the broker has confirmed one by one; those of transactions are confirmed by the commit.
        confirmed: u64,
        /// Messages that brokers dispatched to consumers, redeliveries included.
        received: u64,
        /// Those of them that somebody may have had before.
        redelivered: u64,
        /// Those of them that this connection had before, over an earlier link; they are delivered and flagged.
        duplicates: u64,
        /// Messages that were given back to the broker because they had expired.
        expired: u64,
        /// Messages that consumers gave up, so that the broker puts them into the dead letter queue.
        dead_lettered: u64,
        /// Messages whose acknowledgement was written, those of transactions included.
        acknowledged: u64,
        /// Acknowledgements of deliveries whose link was gone: the messages come again.
        stale_acks: u64,
        /// Requests that the broker refused.
        refused: u64,
        /// Requests whose time was over.
        timed_out: u64,
        /// Sends, acknowledgements and other requests that the broker may have done or not.
        unknown: u64,
        /// Commits that happened or not.
        in_doubt: u64,
        /// Commits that ended as rolled back.
        rolled_back: u64,
        /// Warnings among the events.
        warnings: u64,
    }
    Seconds {
        /// How long there was no broker, in all; what goes on at the moment included. The wait for the first one does not count.
        outage: Duration,
    }
    Gauge {
        /// 1 while a broker has accepted the login and confirmed what was restored, else 0.
        connected: u64,
        /// Brokers that are ready to take over at once.
        spares: u64,
        /// Open sessions.
        sessions: u64,
        /// Open producers.
        producers: u64,
        /// Open consumers and browsers.
        consumers: u64,
        /// Requests and messages that wait for a broker, or for its answer.
        requests: u64,
        /// Bytes of the messages among them.
        request_bytes: u64,
        /// Messages that brokers may send ahead: the prefetch of all consumers.
        prefetch: u64,
        /// Messages sent ahead that the application has not taken yet.
        waiting: u64,
        /// Messages that the application has taken and that are not settled.
        held: u64,
    }
}

/// One of the [`Statistics`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Figure {
    /// The field of [`Statistics`].
    pub name: &'static str,
    /// How it behaves.
    pub kind: FigureKind,
    /// What it says.
    pub meaning: &'static str,
    read: fn(&Statistics) -> f64,
}

/// How a figure behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FigureKind {
    /// A number of happenings, which never falls.
    Counter,
    /// A time in seconds, which never falls.
    Seconds,
    /// What there is at the moment.
    Gauge,
}

impl Figure {
    /// Its value; a time in seconds.
    #[must_use]
    pub fn read(&self, statistics: &Statistics) -> f64 {
        (self.read)(statistics)
    }

    /// The name of its metric, such as `relaismq_client_reconnects_total`. It stays what it is: a change would be
    /// one of the major version.
    #[must_use]
    pub fn metric(&self) -> String {
        let unit = match self.kind {
            FigureKind::Counter => "_total",
            FigureKind::Seconds => "_seconds",
            FigureKind::Gauge => "",
        };
        format!("relaismq_client_{}{unit}", self.name)
    }
}

impl Statistics {
    /// All figures, in order.
    #[must_use]
    pub const fn figures() -> &'static [Figure] {
        FIGURES
    }

    /// The connection has ended, and what it had with it.
    pub(crate) fn nothing_left(&mut self) {
        (self.connected, self.spares) = (0, 0);
        (self.sessions, self.producers, self.consumers) = (0, 0, 0);
        (self.requests, self.request_bytes) = (0, 0);
        (self.prefetch, self.waiting, self.held) = (0, 0, 0);
    }
}

/// A value as metrics have it.
trait Number {
    fn number(self) -> f64;
}

impl Number for u64 {
    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53, which nobody counts to")]
    fn number(self) -> f64 {
        self as f64
    }
}

impl Number for Duration {
    fn number(self) -> f64 {
        self.as_secs_f64()
    }
}
