//! What `consumer` does.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use relaismq::{AckMode, BodyKind, Connection, Consumer, Delivery, Received, TransactedSession};
use serde_json::json;

use crate::{
    arguments::BrokerArguments,
    ending::Ending,
    interrupt::Interrupt,
    numbering::{NUMBER_PROPERTY, Number, RUN_PROPERTY, Tally},
    progress::Progress,
};

/// How messages are acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Treatment {
    /// As they are received
    #[value(name = "AUTO_ACKNOWLEDGE", alias = "auto")]
    Auto,
    /// In batches of --batchSize
    #[value(name = "CLIENT_ACKNOWLEDGE", alias = "client")]
    Client,
    /// As they are received, lazily
    #[value(name = "DUPS_OK_ACKNOWLEDGE", alias = "dups_ok")]
    DupsOk,
    /// One by one
    #[value(name = "INDIVIDUAL_ACKNOWLEDGE", alias = "individual")]
    Individual,
    /// In transactions of --batchSize
    #[value(skip)]
    Transacted,
}

/// Everything the options say.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How to reach the broker.
    pub broker: BrokerArguments,
    /// By each thread; 0 for all there are.
    pub messages: u64,
    /// Receivers.
    pub threads: u32,
    /// Between two messages.
    pub pause: Duration,
    /// Durable subscriptions.
    pub durable: bool,
    /// How to acknowledge.
    pub treatment: Treatment,
    /// Messages acknowledged together.
    pub batch: u64,
    /// JMS client id.
    pub client_id: Option<String>,
    /// Bytes messages are text.
    pub bytes_as_text: bool,
    /// JMS selector.
    pub selector: Option<String>,
    /// Print bodies.
    pub print: bool,
    /// Time without any message after which to give up.
    pub patience: Option<Duration>,
}

#[derive(Clone)]
struct Shared {
    plan: Arc<Plan>,
    tally: Arc<Mutex<Tally>>,
    interrupt: Interrupt,
    progress: Progress,
}

/// Receives, and prints the summary.
///
/// # Errors
/// When no broker can be reached, or receiving fails for good.
pub async fn run(plan: Plan) -> anyhow::Result<Ending> {
    let interrupt = Interrupt::listen();
    let builder = plan.broker.builder();
    let builder = match &plan.client_id {
        Some(client_id) => builder.client_id(client_id.as_str()),
        None => builder,
    };
    let connection = builder.connect().await?;
    let total = (plan.messages > 0).then(|| plan.messages * u64::from(plan.threads));
    let progress = Progress::new("received", total);
    progress.follow(&connection);
    let shared = Shared { plan: Arc::new(plan), tally: Arc::default(), interrupt, progress };
    let begin = now();
    let receivers: Vec<_> = (1..=shared.plan.threads)
        .map(|thread| tokio::spawn(receive(shared.clone(), connection.clone(), thread)))
        .collect();
    let mut timed_out = false;
    for receiver in receivers {
        timed_out |= receiver.await.context("a receiver failed")??;
    }
    connection.close().await;
    shared.progress.finish();
    let tally = shared.tally.lock().unwrap_or_else(PoisonError::into_inner).clone();
    report(&shared.plan, &tally, begin.elapsed());
    Ok(match () {
        () if tally.missing() > 0 || tally.unflagged_duplicates > 0 => Ending::Incomplete,
        () if shared.interrupt.is_asked() => Ending::Interrupted,
        () if timed_out && shared.plan.messages > 0 => Ending::TimedOut,
        () => Ending::Done,
    })
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the program's result")]
fn report(plan: &Plan, tally: &Tally, elapsed: Duration) {
    let elapsed_s = elapsed.as_secs_f64();
    let Tally { received, redelivered, duplicates, .. } = *tally;
    let missing = tally.missing();
    if plan.broker.json {
        let summary = json!({ "received": received, "redelivered": redelivered,
            "duplicates": duplicates, "missing": missing, "elapsed_s": elapsed_s });
        println!("{summary}");
    }
    eprintln!(
        "received {received}, redelivered {redelivered}, duplicates {duplicates}, missing {missing} in \
         {elapsed_s:.3} s"
    );
}

/// One receiver; true if it gave up waiting.
async fn receive(shared: Shared, connection: Connection, thread: u32) -> anyhow::Result<bool> {
    let plan = shared.plan.clone();
    let target = plan.broker.target()?;
    let transacted = match plan.treatment {
        Treatment::Transacted => Some(connection.transacted_session().await?),
        _ => None,
    };
    let mut builder = match &transacted {
        Some(session) => session.consumer(target),
        None => connection.consumer(target).ack(mode(plan.treatment)),
    };
    if plan.durable {
        builder = builder.durable(format!("consumer-{thread}"));
    }
    if let Some(selector) = &plan.selector {
        builder = builder.selector(selector.as_str());
    }
    let receiver = Receiver { consumer: builder.build().await?, transacted, shared };
    receiver.run().await
}

const fn mode(treatment: Treatment) -> AckMode {
    match treatment {
        Treatment::Auto | Treatment::Transacted => AckMode::Auto,
        Treatment::Client => AckMode::Client,
        Treatment::DupsOk => AckMode::DupsOk,
        Treatment::Individual => AckMode::Individual,
    }
}

struct Receiver {
    consumer: Consumer,
    transacted: Option<TransactedSession>,
    shared: Shared,
}

impl Receiver {
    async fn run(mut self) -> anyhow::Result<bool> {
        let plan = self.shared.plan.clone();
        let mut received = 0;
        let mut last: Option<Delivery> = None;
        let gave_up = loop {
            if plan.messages > 0 && received == plan.messages {
                break false;
            }
            let Some(delivery) = self.next().await? else {
                break !self.shared.interrupt.is_asked();
            };
            received += 1;
            self.note(&delivery);
            if plan.treatment == Treatment::Individual {
                // A link that broke meanwhile is no loss: the message comes again.
                drop(delivery.ack().await);
            }
            last = Some(delivery);
            if received % plan.batch == 0 {
                self.settle(last.take()).await?;
            }
            if !plan.pause.is_zero() {
                tokio::time::sleep_until(tokio::time::Instant::now() + plan.pause).await;
            }
        };
        // The last batch may be smaller.
        self.settle(last).await?;
        self.consumer.close().await?;
        Ok(gave_up)
    }

    /// `None` when it is time to end.
    async fn next(&mut self) -> anyhow::Result<Option<Delivery>> {
        let patience = self.shared.plan.patience;
        let mut interrupt = self.shared.interrupt.clone();
        let consumer = &mut self.consumer;
        let delivery = async {
            match patience {
                Some(patience) => consumer.receive_timeout(patience).await,
                None => consumer.receive().await.map(Some),
            }
        };
        tokio::select! {
            delivery = delivery => Ok(delivery?),
            () = interrupt.asked() => Ok(None),
        }
    }

    #[expect(clippy::print_stdout, reason = "bodies go to standard output")]
    fn note(&self, delivery: &Delivery) {
        let run = delivery.property::<String>(RUN_PROPERTY);
        let number = run.zip(delivery.property::<i64>(NUMBER_PROPERTY));
        let number = number.map(|(run, number)| Number { run, number: number.unsigned_abs() });
        let mut tally = self.shared.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.arrived(number, delivery.redelivered());
        self.shared.progress.at(tally.received);
        drop(tally);
        if self.shared.plan.print {
            println!("{}", shown(delivery, self.shared.plan.bytes_as_text));
        }
    }

    /// Acknowledges or commits what was received since the last time.
    async fn settle(&self, last: Option<Delivery>) -> anyhow::Result<()> {
        let Some(last) = last else { return Ok(()) };
        match &self.transacted {
            Some(session) => match session.commit().await {
                Ok(()) => Ok(()),
                // Its messages come again, flagged.
                Err(error) => {
                    self.shared.progress.line(&format!("transaction: {error}"));
                    Ok(())
                }
            },
            None if self.shared.plan.treatment == Treatment::Client => {
                drop(last.ack().await);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn shown(message: &Received, bytes_as_text: bool) -> String {
    match message.kind() {
        BodyKind::Text => message.text().map(|text| text.to_string()).unwrap_or_default(),
        BodyKind::Bytes if bytes_as_text => {
            let bytes = message.bytes().unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        BodyKind::Bytes => format!("({} bytes)", message.bytes().unwrap_or_default().len()),
        other => format!("({other:?} message)"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the program shows how long it took")]
fn now() -> Instant {
    Instant::now()
}
