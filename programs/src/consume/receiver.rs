//! One receiver.

use std::{
    collections::VecDeque,
    sync::{PoisonError, atomic::Ordering},
};

use futures::StreamExt;
use relaismq::{AckError, AckFuture, Consumer, Delivery, TransactedSession, TransactionError};
use tokio::time::{Instant, timeout_at};

use super::plan::{Shared, Treatment};
use crate::numbering::Number;

/// Acknowledgements that may be under way one by one.
const UNDER_WAY: usize = 1000;

/// Receives and acknowledges: what is printed, when it is printed, and nothing else.
pub(super) struct Receiver {
    consumer: Consumer,
    transacted: Option<TransactedSession>,
    shared: Shared,
    /// Messages that count: they do not come again.
    settled: u64,
    /// Messages since the last acknowledgement or commit.
    open: u64,
    last: Option<Delivery>,
    /// Acknowledgements one by one, oldest first.
    under_way: VecDeque<AckFuture>,
    /// No more is received then.
    end: Option<Instant>,
}

impl Receiver {
    pub(super) fn new(
        consumer: Consumer,
        transacted: Option<TransactedSession>,
        shared: Shared,
    ) -> Self {
        let under_way = VecDeque::new();
        // No overflow: durations are bounded.
        let end = shared.plan.duration.map(|duration| Instant::now() + duration);
        Self { consumer, transacted, shared, settled: 0, open: 0, last: None, under_way, end }
    }

    /// Until everything has come, nothing has for a while, or Ctrl-C.
    pub(super) async fn run(mut self) -> anyhow::Result<()> {
        match self.receive().await {
            Ok(()) => drop(self.consumer.close().await),
            // On Ctrl-C the connection may be closed over what still waits for a broker.
            Err(_) if self.shared.interrupt.is_asked() => drop(self.consumer.close().await),
            // Not closed, which would acknowledge what has failed to be printed.
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        let plan = self.shared.plan.clone();
        loop {
            let handed_over = self.settled + self.open + self.under_way.len() as u64;
            let is_full = plan.messages > 0 && handed_over == plan.messages;
            if is_full || self.open == plan.batch {
                // Rolled back, it would come again: then this is not the end.
                self.settle().await?;
            }
            if plan.messages > 0 && self.settled == plan.messages {
                return Ok(());
            }
            let Some(delivery) = self.next().await? else {
                // The last batch may be smaller.
                return self.settle().await;
            };
            self.note(&delivery)?;
            self.acknowledge(delivery).await?;
            self.shared.interrupt.pause(plan.pause).await;
        }
    }

    /// `None` when it is time to end. With automatic acknowledgement, asking for the next message
    /// acknowledges the one before.
    async fn next(&mut self) -> anyhow::Result<Option<Delivery>> {
        let shared = self.shared.clone();
        let patience = shared.plan.patience.map(|patience| Instant::now() + patience);
        let until = [patience, self.end].into_iter().flatten().min();
        let next = self.consumer.next();
        let delivery = async {
            match until {
                Some(until) => timeout_at(until, next).await.unwrap_or_default(),
                None => next.await,
            }
        };
        let delivery = shared.interrupt.unless_asked(delivery).await;
        let interrupted = delivery.is_none();
        let delivery = delivery.flatten().transpose()?;
        shared.gave_up.fetch_or(delivery.is_none() && !interrupted, Ordering::Relaxed);
        Ok(delivery)
    }

    /// A message is dealt with.
    async fn acknowledge(&mut self, delivery: Delivery) -> anyhow::Result<()> {
        match self.shared.plan.treatment {
            Treatment::Auto | Treatment::DupsOk => self.settled += 1,
            Treatment::Client | Treatment::Transacted => {
                self.open += 1;
                self.last = Some(delivery);
            }
            Treatment::Individual => {
                self.under_way.push_back(delivery.ack());
                if self.under_way.len() == UNDER_WAY {
                    self.confirm_oldest().await?;
                }
            }
        }
        Ok(())
    }

    async fn confirm_oldest(&mut self) -> anyhow::Result<()> {
        if let Some(oldest) = self.under_way.pop_front() {
            let happened = self.acknowledged(oldest).await?;
            self.count(1, happened);
        }
        Ok(())
    }

    fn note(&self, delivery: &Delivery) -> anyhow::Result<()> {
        let number = Number::of(delivery);
        let mut tally = self.shared.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.arrived(number, delivery.redelivered());
        self.shared.progress.at(tally.received);
        drop(tally);
        if let Some(format) = self.shared.plan.print {
            format.show(delivery, self.shared.plan.bytes_as_text)?;
        }
        Ok(())
    }

    /// Acknowledges or commits what was received since the last time.
    async fn settle(&mut self) -> anyhow::Result<()> {
        while !self.under_way.is_empty() {
            self.confirm_oldest().await?;
        }
        let Some(last) = self.last.take() else { return Ok(()) };
        let open = std::mem::take(&mut self.open);
        let happened = match &self.transacted {
            Some(session) => self.committed(session).await?,
            None => self.acknowledged(last.ack()).await?,
        };
        self.count(open, happened);
        Ok(())
    }

    fn count(&mut self, messages: u64, happened: bool) {
        if happened {
            self.settled += messages;
        } else {
            let text =
                format!("{messages} received messages were not acknowledged: they come again");
            self.shared.progress.line(&text);
        }
    }

    /// Whether the transaction is final; if not, its messages come again.
    async fn committed(&self, session: &TransactedSession) -> Result<bool, TransactionError> {
        match session.commit().await {
            Ok(()) => Ok(true),
            Err(TransactionError::InDoubt(_)) => {
                self.shared.progress.line("a commit is in doubt: its messages may come again");
                Ok(true)
            }
            Err(error) if error.is_retryable() => {
                if !matches!(error, TransactionError::RolledBack(_)) {
                    session.rollback().await?;
                }
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the broker need not deliver it again.
    async fn acknowledged(&self, under_way: AckFuture) -> Result<bool, AckError> {
        match under_way.await {
            Ok(()) => Ok(true),
            Err(AckError::StaleDelivery) => Ok(false),
            Err(AckError::Unknown(_)) => {
                let text = "an acknowledgement is in doubt: its messages may come again";
                self.shared.progress.line(text);
                Ok(true)
            }
            Err(error) if error.is_retryable() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
