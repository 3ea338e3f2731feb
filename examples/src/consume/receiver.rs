//! One receiver.

use std::sync::{PoisonError, atomic::Ordering};

use anyhow::Context;
use relaismq::{
    AckError, BodyKind, Consumer, Delivery, Received, TransactedSession, TransactionError,
};

use super::plan::{Print, Shared, Treatment};
use crate::{json_message, numbering::Number, output};

/// Receives and acknowledges.
pub(super) struct Receiver {
    consumer: Consumer,
    transacted: Option<TransactedSession>,
    shared: Shared,
    /// Messages that count: they do not come again.
    settled: u64,
    /// Messages since the last acknowledgement or commit.
    open: u64,
    last: Option<Delivery>,
}

impl Receiver {
    pub(super) const fn new(
        consumer: Consumer,
        transacted: Option<TransactedSession>,
        shared: Shared,
    ) -> Self {
        Self { consumer, transacted, shared, settled: 0, open: 0, last: None }
    }

    /// Until everything has come, nothing has for a while, or Ctrl-C.
    pub(super) async fn run(mut self) -> anyhow::Result<()> {
        let done = self.receive().await;
        // On Ctrl-C the connection may be closed over what still waits for a broker.
        let done = if self.shared.interrupt.is_asked() { Ok(()) } else { done };
        drop(self.consumer.close().await);
        done
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        let plan = self.shared.plan.clone();
        let batch = match plan.treatment {
            Treatment::Client | Treatment::Transacted => plan.batch,
            Treatment::Auto | Treatment::DupsOk | Treatment::Individual => 1,
        };
        loop {
            let is_full = plan.messages > 0 && self.settled + self.open == plan.messages;
            if is_full || self.open == batch {
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
            self.open += 1;
            self.last = Some(delivery);
            self.shared.interrupt.pause(plan.pause).await;
        }
    }

    /// `None` when it is time to end.
    async fn next(&mut self) -> anyhow::Result<Option<Delivery>> {
        let shared = self.shared.clone();
        let consumer = &mut self.consumer;
        let delivery = async {
            match shared.plan.patience {
                Some(patience) => consumer.receive_timeout(patience).await,
                None => consumer.receive().await.map(Some),
            }
        };
        match shared.interrupt.unless_asked(delivery).await {
            None => Ok(None),
            Some(delivery) => {
                let delivery = delivery?;
                shared.gave_up.fetch_or(delivery.is_none(), Ordering::Relaxed);
                Ok(delivery)
            }
        }
    }

    fn note(&self, delivery: &Delivery) -> anyhow::Result<()> {
        let number = Number::of(delivery);
        let mut tally = self.shared.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.arrived(number, delivery.redelivered());
        self.shared.progress.at(tally.received);
        drop(tally);
        if let Some(format) = self.shared.plan.print {
            let text = match format {
                Print::Text => shown(delivery, self.shared.plan.bytes_as_text),
                Print::Json => json_message::written(delivery),
            };
            output::line(&text).context("standard output")?;
        }
        Ok(())
    }

    /// Acknowledges or commits what was received since the last time.
    async fn settle(&mut self) -> anyhow::Result<()> {
        let Some(last) = self.last.take() else { return Ok(()) };
        let open = std::mem::take(&mut self.open);
        let happened = match &self.transacted {
            Some(session) => self.committed(session).await?,
            None => self.acknowledged(&last).await?,
        };
        if happened {
            self.settled += open;
        } else {
            let text = format!("{open} received messages were not acknowledged: they come again");
            self.shared.progress.line(&text);
        }
        Ok(())
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
    async fn acknowledged(&self, last: &Delivery) -> Result<bool, AckError> {
        match last.ack().await {
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

fn shown(message: &Received, bytes_as_text: bool) -> String {
    match message.kind() {
        BodyKind::Text => match message.text() {
            Ok(text) => text.to_string(),
            Err(error) => format!("({error})"),
        },
        BodyKind::Bytes if bytes_as_text => {
            let bytes = message.bytes().unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        BodyKind::Bytes => format!("({} bytes)", message.bytes().unwrap_or_default().len()),
        other => format!("({other} message)"),
    }
}
