//! Sending in transactions.

use anyhow::Context;
use relaismq::{Error, Producer, TransactedSession, TransactionError};

use super::{
    counts::Fate,
    sender::{ATTEMPTS, Sender},
    source::Outgoing,
};

impl Sender {
    /// The last transaction may be smaller than the others.
    pub(super) async fn send_in_transactions(mut self) -> anyhow::Result<()> {
        let session = self.connection.transacted_session().await?;
        let target = self.shared.plan.broker.target()?;
        let producer = session.producer(target).options(self.shared.plan.options()).build().await?;
        let (mut batch, mut input) = (Vec::new(), Ok(()));
        while let Some(message) = self.next_message().await {
            match message {
                Ok(message) => batch.push(message),
                Err(error) => {
                    input = Err(error);
                    break;
                }
            }
            if batch.len() as u64 == self.shared.plan.batch {
                self.send_batch(&session, &producer, std::mem::take(&mut batch)).await?;
            }
        }
        self.send_batch(&session, &producer, batch).await?;
        input
    }

    /// Sends and commits; again, if it was rolled back.
    async fn send_batch(
        &self,
        session: &TransactedSession,
        producer: &Producer,
        batch: Vec<Outgoing>,
    ) -> anyhow::Result<()> {
        let mut outcome = attempt(session, producer, &batch).await;
        for _ in 1..ATTEMPTS {
            match &outcome {
                Err(error) if error.is_retryable() => {
                    self.shared.progress.line(&format!("{error}: sent again"));
                    undo(session, error).await;
                    outcome = attempt(session, producer, &batch).await;
                }
                _ => break,
            }
        }
        let fate = match &outcome {
            Ok(()) => Fate::Confirmed,
            Err(Error::Transaction(TransactionError::InDoubt(_))) => Fate::Unknown,
            Err(_) => Fate::NotSent,
        };
        self.shared.note(batch.len() as u64, fate);
        match outcome {
            Err(error) if fate == Fate::NotSent && !self.shared.interrupt.is_asked() => {
                Err(error).context("a transaction failed")
            }
            _ => Ok(()),
        }
    }
}

async fn attempt(
    session: &TransactedSession,
    producer: &Producer,
    batch: &[Outgoing],
) -> Result<(), Error> {
    if batch.is_empty() {
        return Ok(());
    }
    for Outgoing { message, options } in batch {
        producer.send_with(message.clone(), options).await?;
    }
    Ok(session.commit().await?)
}

/// What was rolled back has begun anew already; anything else is still open.
async fn undo(session: &TransactedSession, error: &Error) {
    if !matches!(error, Error::Transaction(TransactionError::RolledBack(_))) {
        drop(session.rollback().await);
    }
}
