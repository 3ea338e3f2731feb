//! The whole contract of the failover core on one page: what goes in, what comes out.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use relaismq_openwire::{Agreed, Command, Destination, Message, MessageId, destination::Kind};

use super::event::Event;
pub(crate) use super::failure::Failure;
pub(crate) use super::failure::UNSENDABLE_CLASS;
use super::statistics::Statistics;
pub use super::{epoch::Epoch, failure::Doubt};
use crate::options::{Endpoint, RedeliveryPolicy};

/// The two clocks, read by the driver.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// Never goes back.
    pub(crate) instant: Instant,
    /// Milliseconds since 1970, for timestamps and expiry.
    pub(crate) unix_ms: i64,
}

/// Longer than anybody waits, and no overflow when added to any clock.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl Now {
    /// The end of a time that begins now, however long: applications write `Duration::MAX` for ever.
    pub(crate) fn after(self, time: Duration) -> Instant {
        self.instant.checked_add(time).unwrap_or_else(|| self.instant + FOR_EVER)
    }
}

/// Names one request; its answer quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RequestId(pub(crate) u64);

/// Names a session of this connection: `SessionId.value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionKey(pub(crate) i64);

/// Names a producer of this connection: `ProducerId.value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ProducerKey(pub(crate) i64);

/// Names a consumer of this connection: `ConsumerId.value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConsumerKey(pub(crate) i64);

/// What happens to the core.
#[derive(Debug)]
pub(crate) enum Input {
    /// The socket of an attempt is open.
    Dialled(Epoch),
    /// The socket of an attempt could not be opened.
    DialFailed(Epoch, String),
    /// A command arrived.
    Received(Epoch, Command),
    /// Bytes arrived that are no whole frame yet: the peer is alive.
    Heard(Epoch),
    /// The broker of an attempt cannot be used, and trying again would not change that: a certificate, a
    /// file or a port is wrong.
    Unusable(Epoch, String),
    /// The peer's machine took bytes that were sent.
    Taken(Epoch),
    /// The link broke: closed by the peer, a socket error, an unreadable frame.
    Lost(Epoch, String),
    /// Somebody wants something. `id` is `None` if nobody waits for the answer.
    Submit {
        /// To quote.
        id: Option<RequestId>,
        /// What.
        request: Request,
        /// When the waiting ends, with [`Failure::TimedOut`].
        deadline: Option<Instant>,
    },
    /// What [`Output::ReadList`] asked for: the text of the file, or why it cannot be read.
    ListRead(Result<String, String>),
    /// Whoever waited for this answer has gone. What has not been written is never written.
    Cancel(RequestId),
}

/// How a session treats what its consumers take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionMode {
    /// Acknowledged as taken; see [`Request::Consumed`].
    Auto,
    /// Acknowledged on request, everything taken so far.
    Client,
    /// As `Auto`; the broker may deliver again after a failure.
    DupsOk,
    /// Acknowledged on request, message by message.
    Individual,
    /// In transactions.
    Transacted,
}

/// What a consumer wants.
#[derive(Clone, Debug)]
pub(crate) struct ConsumerSpec {
    /// Queue or topic, perhaps a pattern or a composite.
    pub(crate) destination: Destination,
    /// JMS selector.
    pub(crate) selector: Option<String>,
    /// Messages in flight; 0 = each is asked for with [`Request::Pull`].
    pub(crate) prefetch: u16,
    /// For slow topic consumers; 0 = no limit.
    pub(crate) maximum_pending: i32,
    /// Name of a durable subscription.
    pub(crate) durable: Option<String>,
    /// Look only.
    pub(crate) browser: bool,
    /// Leave out what this connection published.
    pub(crate) no_local: bool,
    /// All messages of the queue.
    pub(crate) exclusive: bool,
    /// What a topic kept from before.
    pub(crate) retroactive: bool,
    /// Hint to the broker.
    pub(crate) dispatch_async: bool,
    /// Priority among consumers.
    pub(crate) priority: i8,
    /// What has expired is given back to the broker instead of being delivered.
    pub(crate) check_expiry: bool,
    /// The broker confirms what the application acknowledges (`Client`, `Individual`). If not, it is
    /// handed over, and nobody hears what becomes of it.
    pub(crate) confirm_acks: bool,
    /// What happens after a rollback.
    pub(crate) redelivery: RedeliveryPolicy,
}

/// What can be asked for.
#[derive(Debug)]
pub(crate) enum Request {
    /// Answered when the broker has accepted the login.
    Connect,
    /// A new session. [`Answer::Session`].
    OpenSession(SessionMode),
    /// Ends a session with everything in it.
    CloseSession(SessionKey),
    /// A new producer; without destination each message names its own. [`Answer::Producer`].
    OpenProducer {
        /// Its session.
        session: SessionKey,
        /// Where it sends.
        destination: Option<Destination>,
        /// Hint to the broker for what it sends.
        dispatch_async: bool,
    },
    /// Ends a producer, when its last message is settled.
    CloseProducer(ProducerKey),
    /// A new consumer. [`Answer::Consumer`].
    OpenConsumer {
        /// Its session.
        session: SessionKey,
        /// What it wants.
        spec: Box<ConsumerSpec>,
    },
    /// Ends a consumer. What it took and did not acknowledge goes back to the broker; what it took in
    /// a transaction stays part of that, with which it closes.
    CloseConsumer(ConsumerKey),
    /// Sends a message; ids are filled in here. [`Answer::Sent`].
    Send {
        /// By whom.
        producer: ProducerKey,
        /// What; must have a destination unless the producer has one.
        message: Arc<Message>,
        /// How long it is of use from now on; `None` for ever.
        time_to_live: Option<Duration>,
        /// Note the time of sending in it.
        stamp: bool,
        /// Wait for the broker's confirmation. Inside a transaction nothing is confirmed before the
        /// commit.
        confirm: bool,
    },
    /// The application has been given deliveries up to this number, and may not be done with the last.
    Seen {
        /// By whom.
        consumer: ConsumerKey,
        /// Epoch of the delivery.
        epoch: Epoch,
        /// [`Delivery::number`].
        through: u64,
    },
    /// These deliveries expired before the application took them, and are not given to it.
    Expired {
        /// Whose.
        consumer: ConsumerKey,
        /// Epoch and [`Delivery::number`] of each.
        deliveries: Vec<(Epoch, u64)>,
    },
    /// The application is done with deliveries up to this number. Acknowledged in `Auto` and `DupsOk`
    /// sessions, part of the transaction in `Transacted` ones; noted in others.
    Consumed {
        /// By whom.
        consumer: ConsumerKey,
        /// Epoch of the delivery.
        epoch: Epoch,
        /// [`Delivery::number`].
        through: u64,
    },
    /// `Client`: everything taken so far; `Individual`: this delivery. Answered when the broker has
    /// confirmed it ([`ConsumerSpec::confirm_acks`]), else when it is handed over; it goes on even if
    /// it is cancelled or its time is up.
    Acknowledge {
        /// Whose.
        consumer: ConsumerKey,
        /// Epoch of the delivery.
        epoch: Epoch,
        /// [`Delivery::number`].
        number: u64,
    },
    /// The application gives one delivery back: it comes again by the redelivery policy or, with a cause,
    /// goes to the dead letter queue at once. In `Client` sessions this covers everything the consumer took
    /// and nobody acknowledged. Answered when the broker has confirmed what goes to the dead letter queue.
    Reject {
        /// Whose.
        consumer: ConsumerKey,
        /// Epoch of the delivery.
        epoch: Epoch,
        /// [`Delivery::number`].
        number: u64,
        /// Why it is not to be delivered again.
        dead: Option<String>,
    },
    /// What was taken and not acknowledged is delivered again, by the redelivery policy.
    /// In `Individual` sessions `only` names one delivery.
    Recover {
        /// Whose consumers.
        session: SessionKey,
        /// Only this delivery of this consumer.
        only: Option<(ConsumerKey, u64)>,
    },
    /// Ends the transaction, whatever the answer; the next one begins by itself. If it cannot be
    /// written in time, that is a [`Failure::TransactionRolledBack`].
    Commit(SessionKey),
    /// Undoes the transaction; what was taken is delivered again by the redelivery policy.
    Rollback(SessionKey),
    /// One message for a consumer with prefetch 0. [`Answer::Pulled`].
    Pull {
        /// By whom.
        consumer: ConsumerKey,
        /// How long to wait; `None` for ever, zero for not at all.
        wait: Option<Duration>,
    },
    /// A new temporary destination. [`Answer::Temporary`].
    CreateTemporary(Kind),
    /// Deletes a destination.
    DeleteDestination(Destination),
    /// Deletes a durable subscription.
    Unsubscribe(String),
    /// Do not wait for the next attempt.
    ReconnectNow,
    /// Consumers get nothing more, and what the application has or waits for comes to its end; not after
    /// `limit`. [`Answer::Drained`].
    Drain {
        /// How long that may take.
        limit: Duration,
    },
    /// A [`Request::Close`] follows, behind what was handed over before. From here on a broker that
    /// gives no sign of life for longer than it usually takes to answer is not waited for: then the
    /// connection ends at once. Not while it may have to read what nobody waits for.
    Leave,
    /// What has happened and what there is. [`Answer::Statistics`], also after the end.
    Statistics,
    /// Ends the connection in order; at the deadline without, or when the broker gives no sign of life
    /// for longer than it usually takes to answer. That counts only when it is known to have read all
    /// messages whose confirmation nobody waits for.
    Close,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// Done.
    Done,
    /// A session.
    Session(SessionKey),
    /// A producer.
    Producer(ProducerKey),
    /// A consumer; deliveries follow.
    Consumer(ConsumerKey),
    /// A temporary destination.
    Temporary(Destination),
    /// A message was sent.
    Sent {
        /// Its id.
        message_id: MessageId,
        /// The broker said that it has it.
        confirmed: bool,
    },
    /// True if a message was delivered.
    Pulled(bool),
    /// True if everything has come to its end.
    Drained(bool),
    /// In figures.
    Statistics(Box<Statistics>),
}

/// A message for a consumer.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// Counts what this consumer got on this epoch; order of dispatch.
    pub(crate) number: u64,
    /// Link that it came by.
    pub(crate) epoch: Epoch,
    /// The message.
    pub(crate) message: Arc<Message>,
    /// Deliveries before this one, by all accounts.
    pub(crate) redelivery_counter: i32,
    /// The application, or another one, may have seen it before.
    pub(crate) redelivered: bool,
}

/// What the core wants done, in this order.
#[derive(Debug)]
pub(crate) enum Output {
    /// Read a broker list from this file; [`Input::ListRead`] is due soon, whatever happens.
    ReadList(PathBuf),
    /// Open a socket.
    Dial(Epoch, Box<Endpoint>),
    /// Send a command.
    Send(Epoch, Command),
    /// From here on, frames of this link are in the agreed format.
    Agree(Epoch, Box<Agreed>),
    /// Close the socket after writing what was sent.
    HangUp(Epoch),
    /// A request is finished.
    Answer(RequestId, Result<Answer, Failure>),
    /// A message for a consumer.
    Deliver(ConsumerKey, Delivery),
    /// Deliveries that come again, before everything that waits; the consumer may go on.
    Redeliver(ConsumerKey, Vec<Delivery>),
    /// Give the consumer nothing more until [`Output::Redeliver`], and tell with [`Request::Seen`] what it
    /// was given.
    Hold(ConsumerKey),
    /// What waits for the consumer is void: it belongs to a link that is gone.
    Discard(ConsumerKey),
    /// A browser has seen everything.
    EndOfBrowse(ConsumerKey),
    /// The broker closed the consumer, or would not have it back.
    ConsumerEnded(ConsumerKey, Failure),
    /// Tell the application.
    Notify(Event),
    /// The connection has ended: nothing follows but the refusal of what is asked for afterwards.
    Ended(Failure),
}
