//! One sender.

use std::{sync::atomic::Ordering, time::Duration};

use futures::StreamExt;
use relaismq::{Connection, Message, Producer, SendError, SendOptions};

use super::{Shared, counts::Fate};
use crate::{
    numbering::{NUMBER_PROPERTY, RUN_PROPERTY},
    payload::Body,
};

/// Persistent messages that wait for their confirmation at the same time.
const WINDOW: usize = 256;
/// Bytes of them.
const WINDOW_BYTES: usize = 8 * 1024 * 1024;
/// How often a message or a transaction is tried that did not reach the broker.
pub(super) const ATTEMPTS: u32 = 5;

/// Time between two tries.
const BEFORE_RETRY: Duration = Duration::from_millis(200);

/// Sends numbered messages in order.
pub(super) struct Sender {
    pub(super) shared: Shared,
    pub(super) connection: Connection,
    run: String,
    next: u64,
}

impl Sender {
    pub(super) fn new(shared: Shared, connection: Connection, thread: u32) -> Self {
        let run = format!("{}-{thread}", unique());
        Self { shared, connection, run, next: 0 }
    }

    pub(super) async fn run(self) -> anyhow::Result<()> {
        let failed = self.shared.failed.clone();
        let done = match self.shared.plan.batch {
            0 => self.send_each().await,
            _ => self.send_in_transactions().await,
        };
        failed.fetch_or(done.is_err(), Ordering::Relaxed);
        done
    }

    /// Some messages at a time wait for their confirmation. After a failure the rest of them are
    /// waited for, so that the counts are right.
    async fn send_each(self) -> anyhow::Result<()> {
        let target = self.shared.plan.broker.target()?;
        let producer = self.connection.producer(target).options(self.options()).build().await?;
        let (shared, window) = (self.shared.clone(), self.window());
        let messages = futures::stream::unfold(self, |mut sender| async move {
            let message = sender.next_message().await?;
            Some((message, sender))
        });
        let mut outcomes =
            Box::pin(messages.map(|message| send(&shared, &producer, message)).buffered(window));
        let mut done = Ok(());
        while let Some(outcome) = outcomes.next().await {
            let failure = match outcome {
                Ok(fate) => {
                    shared.note(1, fate);
                    continue;
                }
                Err(Failure::Input(error)) => error,
                Err(Failure::Send(error)) => {
                    let fate = Fate::of_failure(&error);
                    shared.note(1, fate);
                    if fate == Fate::Unknown && !shared.is_ending() {
                        continue;
                    }
                    error.into()
                }
            };
            // On Ctrl-C the connection is closed over what it still waits for: no failure.
            if !shared.interrupt.is_asked() {
                shared.failed.store(true, Ordering::Relaxed);
                done = done.and(Err(failure));
            }
        }
        done
    }

    /// With a pause between messages there is no hurry; large messages fill the window sooner.
    fn window(&self) -> usize {
        if !self.shared.plan.pause.is_zero() {
            return 1;
        }
        (WINDOW_BYTES / self.shared.plan.payload.size().max(1)).clamp(1, WINDOW)
    }

    pub(super) fn options(&self) -> SendOptions {
        let plan = &self.shared.plan;
        let options = SendOptions::default().persistent(plan.persistent).priority(plan.priority);
        match plan.time_to_live {
            Some(time) => options.time_to_live(time),
            None => options,
        }
    }

    /// `None` when it is time to end.
    pub(super) async fn next_message(&mut self) -> Option<anyhow::Result<Message>> {
        if self.next > 0 {
            self.shared.interrupt.pause(self.shared.plan.pause).await;
        }
        if self.shared.is_ending() {
            return None;
        }
        let body = match &self.shared.lines {
            Some(lines) => {
                let line = async { lines.lock().await.recv().await };
                match self.shared.interrupt.unless_asked(line).await.flatten()? {
                    Ok(line) => Body::Text(line),
                    Err(error) => return Some(Err(anyhow::anyhow!("standard input: {error}"))),
                }
            }
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
}

impl Shared {
    pub(super) fn note(&self, messages: u64, fate: Fate) {
        self.progress.at(self.counts.note(messages, fate));
    }
}

/// Why a message was not sent.
enum Failure {
    /// There is none: standard input broke.
    Input(anyhow::Error),
    Send(SendError),
}

/// Sends one message; again, if the broker does not have it and may have it later: the numbers are
/// to have no gaps.
async fn send(
    shared: &Shared,
    producer: &Producer,
    message: anyhow::Result<Message>,
) -> Result<Fate, Failure> {
    let message = message.map_err(Failure::Input)?;
    for _ in 1..ATTEMPTS {
        match producer.send(message.clone()).await {
            Err(error) if error.is_retryable() && !shared.is_ending() => {
                shared.interrupt.pause(BEFORE_RETRY).await;
            }
            outcome => return fate(outcome),
        }
    }
    fate(producer.send(message).await)
}

fn fate(outcome: Result<relaismq::Receipt, SendError>) -> Result<Fate, Failure> {
    match outcome {
        Ok(receipt) if receipt.confirmed() => Ok(Fate::Confirmed),
        Ok(_) => Ok(Fate::HandedOver),
        Err(error) => Err(Failure::Send(error)),
    }
}

/// A name for this run that no other has.
fn unique() -> String {
    let now = std::time::UNIX_EPOCH.elapsed().map(|time| time.as_nanos()).unwrap_or_default();
    format!("{:x}-{:x}", std::process::id(), now)
}
