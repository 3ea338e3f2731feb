//! One sender.

use std::{future::ready, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use relaismq::{Connection, Message, Producer, Receipt, SendError, SendOptions};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use super::{counts::Fate, plan::Shared, source::Outgoing};
use crate::{
    numbering::{NUMBER_PROPERTY, RUN_PROPERTY, unique},
    rate::Rate,
};

/// Persistent messages that wait for their confirmation at the same time.
const WINDOW: usize = 256;
/// Bytes of them.
const WINDOW_BYTES: usize = 8 * 1024 * 1024;
/// How often a message or a transaction is tried that did not reach the broker.
pub(super) const ATTEMPTS: u32 = 5;

/// Time between two tries.
const BEFORE_RETRY: Duration = Duration::from_millis(200);

/// A message under way.
struct UnderWay {
    options: SendOptions,
    begin: Instant,
    receipt: BoxFuture<'static, Result<Receipt, SendError>>,
}

/// Sends numbered messages in order.
pub(super) struct Sender {
    pub(super) shared: Shared,
    pub(super) connection: Connection,
    run: String,
    next: u64,
    rate: Option<Rate>,
    end: Option<Instant>,
}

impl Sender {
    pub(super) fn new(shared: Shared, connection: Connection, thread: u32) -> Self {
        let run = format!("{}-{thread}", unique());
        let rate = shared.plan.rate.map(|messages| Rate::new(messages, shared.plan.threads));
        // No overflow: durations are bounded.
        let end = shared.plan.duration.map(|duration| Instant::now() + duration);
        Self { shared, connection, run, next: 0, rate, end }
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
        under_way: mpsc::Sender<UnderWay>,
    ) -> anyhow::Result<()> {
        while let Some(outgoing) = self.next_message().await {
            let Outgoing { message, options } = outgoing?;
            let begin = Instant::now();
            let receipt = if options.persistent {
                match producer.enqueue_with(message, &options).await {
                    Ok(receipt) => receipt.boxed(),
                    Err(error) => ready(Err(error)).boxed(),
                }
            } else {
                ready(producer.send_with(message, &options).await).boxed()
            };
            if under_way.send(UnderWay { options, begin, receipt }).await.is_err() {
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
        let outgoing = match self.end {
            Some(end) => timeout_at(end, self.outgoing()).await.unwrap_or_default()?,
            None => self.outgoing().await?,
        };
        Some(outgoing.map(|it| Outgoing { message: self.stamped(it.message), ..it }))
    }

    async fn outgoing(&self) -> Option<anyhow::Result<Outgoing>> {
        if self.next > 0 {
            self.shared.interrupt.pause(self.shared.plan.pause).await;
        }
        if let Some(rate) = &self.rate {
            self.shared.interrupt.pause(rate.wait(self.next)).await;
        }
        if self.shared.is_ending() {
            return None;
        }
        self.shared.outgoing(self.next).await
    }

    fn stamped(&mut self, message: Message) -> Message {
        let number = i64::try_from(self.next).unwrap_or(i64::MAX);
        self.next += 1;
        let message = self.shared.plan.stamp.on(message);
        if !self.shared.plan.numbered {
            return message;
        }
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
    mut receipts: mpsc::Receiver<UnderWay>,
) -> anyhow::Result<()> {
    let mut done = Ok(());
    while let Some(UnderWay { options, begin, receipt }) = receipts.recv().await {
        let outcome = insist(&shared, &producer, &options, receipt.await).await;
        let fate = Fate::of(&outcome);
        shared.note(1, fate);
        if fate == Fate::Confirmed {
            shared.counts.latency.note(begin.elapsed());
        }
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
