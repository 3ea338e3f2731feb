//! One sender.

use std::{future::ready, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use relaismq::{Connection, Message, Producer, Receipt, SendError, SendOptions};
use tokio::sync::mpsc;

use super::{counts::Fate, plan::Shared, rate::Rate, source::Outgoing};
use crate::numbering::{NUMBER_PROPERTY, RUN_PROPERTY};

/// Persistent messages that wait for their confirmation at the same time.
const WINDOW: usize = 256;
/// Bytes of them.
const WINDOW_BYTES: usize = 8 * 1024 * 1024;
/// How often a message or a transaction is tried that did not reach the broker.
pub(super) const ATTEMPTS: u32 = 5;

/// Time between two tries.
const BEFORE_RETRY: Duration = Duration::from_millis(200);

/// A message's receipt, to come.
type Pending = BoxFuture<'static, Result<Receipt, SendError>>;

/// Sends numbered messages in order.
pub(super) struct Sender {
    pub(super) shared: Shared,
    pub(super) connection: Connection,
    run: String,
    next: u64,
    rate: Option<Rate>,
}

impl Sender {
    pub(super) fn new(shared: Shared, connection: Connection, thread: u32) -> Self {
        let run = format!("{}-{thread}", unique());
        let rate = shared.plan.rate.map(|messages| Rate::new(messages, shared.plan.threads));
        Self { shared, connection, run, next: 0, rate }
    }

    pub(super) async fn run(self) -> anyhow::Result<()> {
        let failed = self.shared.failed.clone();
        let done = match self.shared.plan.batch {
            0 => self.send_each().await,
            _ => self.send_in_transactions().await,
        };
        if done.is_err() {
            failed.send_replace(true);
        }
        done
    }

    async fn send_each(self) -> anyhow::Result<()> {
        let target = self.shared.plan.broker.target()?;
        let producer = self.connection.producer(target).build().await?;
        let (under_way, receipts) = mpsc::channel(self.window());
        let settling = settle(self.shared.clone(), producer.clone(), receipts);
        let (handed_over, settled) = tokio::join!(self.hand_over(&producer, under_way), settling);
        handed_over.and(settled)
    }

    /// Hands the messages over in order. As many as `under_way` takes may wait for confirmation.
    async fn hand_over(
        mut self,
        producer: &Producer,
        under_way: mpsc::Sender<(SendOptions, Pending)>,
    ) -> anyhow::Result<()> {
        while let Some(outgoing) = self.next_message().await {
            let Outgoing { message, options } = outgoing?;
            let pending = if options.persistent {
                match producer.enqueue_with(message, &options).await {
                    Ok(receipt) => receipt.boxed(),
                    Err(error) => ready(Err(error)).boxed(),
                }
            } else {
                ready(producer.send_with(message, &options).await).boxed()
            };
            if under_way.send((options, pending)).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Large messages fill the window sooner.
    fn window(&self) -> usize {
        (WINDOW_BYTES / self.shared.plan.payload.size().max(1)).clamp(1, WINDOW)
    }

    /// `None` when it is time to end.
    pub(super) async fn next_message(&mut self) -> Option<anyhow::Result<Outgoing>> {
        if self.next > 0 {
            self.shared.interrupt.pause(self.shared.plan.pause).await;
        }
        if let Some(rate) = &self.rate {
            self.shared.interrupt.pause(rate.wait(self.next)).await;
        }
        if self.shared.is_ending() {
            return None;
        }
        let outgoing = self.shared.outgoing(self.next).await?;
        Some(outgoing.map(|it| Outgoing { message: self.numbered(it.message), ..it }))
    }

    fn numbered(&mut self, message: Message) -> Message {
        let number = i64::try_from(self.next).unwrap_or(i64::MAX);
        self.next += 1;
        let message = self.shared.plan.stamp.on(message);
        message.property(RUN_PROPERTY, self.run.as_str()).property(NUMBER_PROPERTY, number)
    }
}

impl Shared {
    pub(super) fn note(&self, messages: u64, fate: Fate) {
        self.progress.at(self.counts.note(messages, fate));
    }
}

/// Notes what became of each message. After a failure the rest is waited for, so that the counts are
/// right.
async fn settle(
    shared: Shared,
    producer: Producer,
    mut receipts: mpsc::Receiver<(SendOptions, Pending)>,
) -> anyhow::Result<()> {
    let mut done = Ok(());
    while let Some((options, pending)) = receipts.recv().await {
        let outcome = insist(&shared, &producer, &options, pending.await).await;
        let fate = Fate::of(&outcome);
        shared.note(1, fate);
        // On Ctrl-C the connection may be closed over what still waits for it: no failure.
        if let Err(error) = outcome
            && fate == Fate::NotSent
            && !shared.interrupt.is_asked()
        {
            shared.failed.send_replace(true);
            done = done.and(Err(error.into()));
        }
    }
    done
}

/// Sends a message again if the broker does not have it and may have it later: the numbers are to
/// have no gaps.
async fn insist(
    shared: &Shared,
    producer: &Producer,
    options: &SendOptions,
    mut outcome: Result<Receipt, SendError>,
) -> Result<Receipt, SendError> {
    for _ in 1..ATTEMPTS {
        match outcome {
            Err(error) if error.is_retryable() && !shared.is_ending() => {
                shared.progress.line(&format!("{error}: sent again"));
                shared.interrupt.pause(BEFORE_RETRY).await;
                outcome = producer.send_with(error.into_message(), options).await;
            }
            ended => return ended,
        }
    }
    outcome
}

/// A name for this run that no other has.
fn unique() -> String {
    let now = std::time::UNIX_EPOCH.elapsed().map(|time| time.as_nanos()).unwrap_or_default();
    format!("{:x}-{:x}", std::process::id(), now)
}
