//! What `producer` does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use futures::StreamExt;
use relaismq::{
    Connection, Message, Producer, SendError, SendOptions, SendOutcome, Target, TransactedSession,
};
use serde_json::json;
use tokio::sync::{Mutex, mpsc};

use crate::{
    arguments::BrokerArguments,
    ending::Ending,
    interrupt::Interrupt,
    numbering::{NUMBER_PROPERTY, RUN_PROPERTY},
    payload::{Body, Payload, lines_of_standard_input},
    progress::Progress,
};

/// Everything the options say.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How to reach the broker.
    pub broker: BrokerArguments,
    /// Bodies.
    pub payload: Payload,
    /// Bodies are the lines of standard input instead.
    pub from_lines: bool,
    /// By each thread.
    pub messages: u64,
    /// Senders.
    pub threads: u32,
    /// Between two messages.
    pub pause: Duration,
    /// Delivery mode.
    pub persistent: bool,
    /// Messages in a transaction; 0 for none.
    pub batch: u64,
    /// Time until a message expires.
    pub time_to_live: Option<Duration>,
    /// `JMSXGroupID`.
    pub group: Option<String>,
    /// 0 to 9.
    pub priority: u8,
    /// Note the time of sending.
    pub timestamps: bool,
}

/// What became of the messages.
#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    confirmed: AtomicU64,
    unknown: AtomicU64,
    not_sent: AtomicU64,
}

/// Lines of standard input, shared by all senders.
type Lines = Arc<Mutex<mpsc::Receiver<std::io::Result<String>>>>;

/// What every sender needs.
#[derive(Clone)]
struct Shared {
    plan: Arc<Plan>,
    counts: Arc<Counts>,
    lines: Option<Lines>,
    interrupt: Interrupt,
    progress: Progress,
}

/// Sends, and prints the summary.
///
/// # Errors
/// When no broker can be reached, or sending fails for good.
pub async fn run(plan: Plan) -> anyhow::Result<Ending> {
    let interrupt = Interrupt::listen();
    let timestamps = plan.timestamps;
    let builder = plan.broker.builder().configure(|mut options| {
        options.producers.disable_time_stamps_by_default |= !timestamps;
        options
    });
    let connection = builder.connect().await?;
    let total = (!plan.from_lines).then(|| plan.messages * u64::from(plan.threads));
    let progress = Progress::new("sent", total);
    progress.follow(&connection);
    let shared = Shared {
        lines: plan.from_lines.then(|| Arc::new(Mutex::new(lines_of_standard_input()))),
        plan: Arc::new(plan),
        counts: Arc::default(),
        interrupt,
        progress,
    };
    let begin = now();
    let senders = (1..=shared.plan.threads)
        .map(|thread| tokio::spawn(Sender::new(shared.clone(), connection.clone(), thread).run()));
    let mut failure = None;
    for sender in senders.collect::<Vec<_>>() {
        if let Err(error) = sender.await.context("a sender failed")? {
            failure = Some(error);
        }
    }
    connection.close().await;
    shared.progress.finish();
    shared.report(begin.elapsed());
    match failure {
        Some(error) => Err(error),
        None if shared.interrupt.is_asked() => Ok(Ending::Interrupted),
        None => Ok(Ending::Done),
    }
}

impl Shared {
    #[expect(clippy::print_stdout, clippy::print_stderr, reason = "the program's result")]
    fn report(&self, elapsed: Duration) {
        let [sent, confirmed, unknown, not_sent] = [
            &self.counts.sent,
            &self.counts.confirmed,
            &self.counts.unknown,
            &self.counts.not_sent,
        ]
        .map(|count| count.load(Ordering::Relaxed));
        let elapsed_s = elapsed.as_secs_f64();
        if self.plan.broker.json {
            let summary = json!({ "sent": sent, "confirmed": confirmed, "unknown": unknown,
                "not_sent": not_sent, "elapsed_s": elapsed_s });
            println!("{summary}");
        }
        eprintln!(
            "sent {sent}, confirmed {confirmed}, unknown {unknown}, not sent {not_sent} in {elapsed_s:.3} s"
        );
    }
}

struct Sender {
    shared: Shared,
    connection: Connection,
    run: String,
    next: u64,
}

impl Sender {
    fn new(shared: Shared, connection: Connection, thread: u32) -> Self {
        let run = format!("{}-{thread}", uuid());
        Self { shared, connection, run, next: 0 }
    }

    async fn run(self) -> anyhow::Result<()> {
        let target = self.shared.plan.broker.target()?;
        if self.shared.plan.batch > 0 {
            return self.send_in_transactions(target).await;
        }
        let producer = self.connection.producer(target).options(self.options()).build().await?;
        // A few persistent sends at a time wait for their confirmation.
        let window = if self.shared.plan.pause.is_zero() { 32 } else { 1 };
        let counts = self.shared.counts.clone();
        let progress = self.shared.progress.clone();
        let messages = futures::stream::unfold(self, |mut sender| async move {
            let message = sender.next_message().await?;
            Some((message, sender))
        });
        let mut outcomes =
            Box::pin(messages.map(|message| send(&producer, message)).buffered(window));
        while let Some(outcome) = outcomes.next().await {
            counts.note(&outcome);
            progress.at(counts.sent.load(Ordering::Relaxed));
            if let Err(error) = outcome
                && !error.is_retryable()
                && error.outcome() != SendOutcome::Unknown
            {
                return Err(error.into());
            }
        }
        Ok(())
    }

    fn options(&self) -> SendOptions {
        let plan = &self.shared.plan;
        let options = SendOptions::default().persistent(plan.persistent).priority(plan.priority);
        match plan.time_to_live {
            Some(time) => options.time_to_live(time),
            None => options,
        }
    }

    async fn next_message(&mut self) -> Option<anyhow::Result<Message>> {
        if self.shared.interrupt.is_asked() {
            return None;
        }
        if self.next > 0 && !self.shared.plan.pause.is_zero() {
            let pause = tokio::time::Instant::now() + self.shared.plan.pause;
            tokio::time::sleep_until(pause).await;
        }
        let body = match &self.shared.lines {
            Some(lines) => match lines.lock().await.recv().await? {
                Ok(line) => Body::Text(line),
                Err(error) => return Some(Err(error.into())),
            },
            None if self.next < self.shared.plan.messages => {
                self.shared.plan.payload.body(self.next)
            }
            None => return None,
        };
        Some(Ok(self.numbered(body)))
    }

    fn numbered(&mut self, body: Body) -> Message {
        let message = match body {
            Body::Text(text) => Message::text(text),
            Body::Bytes(bytes) => Message::bytes(bytes),
        };
        let number = i64::try_from(self.next).unwrap_or(i64::MAX);
        self.next += 1;
        let message =
            message.property(RUN_PROPERTY, self.run.as_str()).property(NUMBER_PROPERTY, number);
        match &self.shared.plan.group {
            Some(group) => message.group(group.as_str()),
            None => message,
        }
    }

    async fn send_in_transactions(mut self, target: Target) -> anyhow::Result<()> {
        let session = self.connection.transacted_session().await?;
        let producer = session.producer(target).options(self.options()).build().await?;
        let mut open = 0;
        while let Some(message) = self.next_message().await {
            producer.send(message?).await?;
            open += 1;
            if open == self.shared.plan.batch {
                self.commit(&session, std::mem::take(&mut open)).await?;
            }
        }
        // The last one may be smaller.
        self.commit(&session, open).await
    }

    async fn commit(&self, session: &TransactedSession, messages: u64) -> anyhow::Result<()> {
        if messages == 0 {
            return Ok(());
        }
        let counts = &self.shared.counts;
        counts.sent.fetch_add(messages, Ordering::Relaxed);
        let committed = session.commit().await;
        let count = match &committed {
            Ok(()) => &counts.confirmed,
            Err(relaismq::TransactionError::InDoubt) => &counts.unknown,
            Err(_) => &counts.not_sent,
        };
        count.fetch_add(messages, Ordering::Relaxed);
        self.shared.progress.at(counts.sent.load(Ordering::Relaxed));
        match committed {
            Err(relaismq::TransactionError::InDoubt) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

async fn send(producer: &Producer, message: anyhow::Result<Message>) -> Result<bool, SendError> {
    match message {
        Ok(message) => producer.send(message).await.map(|receipt| receipt.confirmed()),
        // Standard input broke: the stream ends after it.
        Err(_) => Ok(false),
    }
}

impl Counts {
    fn note(&self, outcome: &Result<bool, SendError>) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let count = match outcome {
            Ok(true) => &self.confirmed,
            // Handed over without confirmation: what became of it is not known.
            Ok(false) => &self.unknown,
            Err(error) if error.outcome() == SendOutcome::Unknown => &self.unknown,
            Err(_) => &self.not_sent,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

#[expect(clippy::disallowed_methods, reason = "the program shows how long it took")]
fn now() -> Instant {
    Instant::now()
}

/// A name for this run that no other has.
fn uuid() -> String {
    let now = std::time::UNIX_EPOCH.elapsed().map(|time| time.as_nanos()).unwrap_or_default();
    format!("{:x}-{:x}", std::process::id(), now)
}
