//! Taking messages until none comes, each transaction all or nothing.

use anyhow::Context;
use futures::StreamExt;
use relaismq::{
    Connection, Consumer, Delivery, Message, TransactedSession, TransactionError,
    options::RedeliveryPolicy,
};
use tokio::time::timeout;

use super::plan::{Shared, options_of};

/// One consumer at work.
pub(super) struct Round {
    shared: Shared,
    session: TransactedSession,
    consumer: Consumer,
    /// Messages since the last commit.
    open: u64,
}

impl Round {
    pub(super) async fn begin(shared: Shared, connection: &Connection) -> anyhow::Result<Self> {
        let session = connection.transacted_session().await?;
        let consumer = session.consumer(shared.plan.broker.target()?).redelivery(for_ever());
        let consumer = match &shared.plan.selector {
            Some(selector) => consumer.selector(selector.as_str()),
            None => consumer,
        };
        let consumer = consumer.build().await?;
        Ok(Self { shared, session, consumer, open: 0 })
    }

    /// Until nothing comes, there are enough, or Ctrl-C: what was taken by then is moved.
    pub(super) async fn run(mut self) -> anyhow::Result<()> {
        while let Some(message) = self.next().await? {
            if let Err(error) = self.pass_on(&message).await {
                self.undo(error).await?;
                continue;
            }
            self.open += 1;
            if self.open == self.shared.plan.batch || self.is_enough() {
                self.commit().await?;
            }
        }
        self.commit().await?;
        drop(self.consumer.close().await);
        Ok(())
    }

    fn is_enough(&self) -> bool {
        let most = self.shared.plan.messages;
        most > 0 && self.shared.counts.all() + self.open >= most
    }

    async fn next(&mut self) -> anyhow::Result<Option<Delivery>> {
        if self.is_enough() {
            return Ok(None);
        }
        let next = timeout(self.shared.plan.patience, self.consumer.next());
        let next = self.shared.interrupt.unless_asked(next).await;
        Ok(next.and_then(Result::ok).flatten().transpose()?)
    }

    async fn pass_on(&self, message: &Delivery) -> anyhow::Result<()> {
        if let Some(target) = self.shared.plan.target(message)? {
            let options = options_of(message);
            self.session.send_with(target, Message::from(&**message), &options).await?;
        }
        Ok(())
    }

    async fn commit(&mut self) -> anyhow::Result<()> {
        let messages = std::mem::take(&mut self.open);
        if messages == 0 {
            return Ok(());
        }
        match self.session.commit().await {
            Ok(()) => {
                self.shared.progress.at(self.shared.counts.moved(messages));
                Ok(())
            }
            Err(TransactionError::InDoubt(_)) => {
                self.shared.counts.doubted(messages);
                self.shared.progress.line("a commit is in doubt: what did not happen comes again");
                Ok(())
            }
            Err(error) => self.undo(error.into()).await,
        }
    }

    /// What can be repeated is rolled back, and its messages come again; anything else ends the round.
    async fn undo(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
        self.open = 0;
        let transaction = error.downcast_ref::<TransactionError>();
        if matches!(transaction, Some(TransactionError::RolledBack(_))) {
            self.shared.progress.line(&format!("{error}: its messages come again"));
            return Ok(());
        }
        let is_retryable = transaction.is_some_and(TransactionError::is_retryable)
            || error
                .downcast_ref::<relaismq::SendError>()
                .is_some_and(relaismq::SendError::is_retryable);
        self.session.rollback().await.context("rolling back")?;
        if is_retryable && !self.shared.interrupt.is_asked() { Ok(()) } else { Err(error) }
    }
}

/// Nothing goes to a dead letter queue, or back there, because it was rolled back too often.
fn for_ever() -> RedeliveryPolicy {
    let mut policy = RedeliveryPolicy::default();
    policy.maximum_redeliveries = None;
    policy.initial_redelivery_delay = std::time::Duration::ZERO;
    policy
}
