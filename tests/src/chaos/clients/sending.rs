//! Producers.

use std::time::Duration;

use anyhow::Result;
use relaismq::{SendOptions, SendOutcome, Target};

use super::{DEADLINE, Station, TOPIC, WHOLES, pace, topic};
use crate::chaos::ledger::Fate;

/// Sends one message after the other, and waits for each confirmation.
#[derive(Clone, Copy)]
pub(super) struct Producer {
    pub(super) destination: &'static str,
    pub(super) stream: &'static str,
    /// How long a send may take. Without it, as long as it takes: what counts is when there is service
    /// again.
    pub(super) deadline: Option<Duration>,
    /// Each message has another priority.
    pub(super) priorities: bool,
}

impl Producer {
    pub(super) async fn run(self, mut station: Station) -> Result<()> {
        let builder = relaismq::Connection::builder(&station.url).connect_timeout(DEADLINE);
        let limit = self.deadline.unwrap_or(DEADLINE);
        let connection = builder.send_timeout(limit).request_timeout(DEADLINE).connect().await?;
        let producer = connection.producer(self.target()).build().await?;
        let mut pace = pace();
        while station.sends() {
            let message = station.ledger.begin(self.stream, None);
            let sent = producer.send_with(message.message(), &self.options(&mut station)).await;
            let fate = match sent {
                Ok(_) => Fate::Confirmed,
                Err(error) if error.outcome() == SendOutcome::Unknown => Fate::Unknown,
                Err(_) => Fate::NotSent,
            };
            station.ledger.sent(&message, fate);
            if fate == Fate::Confirmed && self.deadline.is_none() {
                station.ledger.served();
            }
            pace.tick().await;
        }
        connection.close().await;
        Ok(())
    }

    fn target(self) -> Target {
        if self.destination == TOPIC { topic() } else { self.destination.into() }
    }

    fn options(self, station: &mut Station) -> SendOptions {
        let options = SendOptions::default();
        if !self.priorities {
            return options;
        }
        options.priority(u8::try_from(station.random.below(10)).unwrap_or(4))
    }
}

/// Sends a few messages in each transaction.
pub(super) async fn transactions(mut station: Station) -> Result<()> {
    let connection = station.connect().await?;
    let session = connection.transacted_session().await?;
    let producer = session.producer(WHOLES).build().await?;
    let mut pace = pace();
    while station.sends() {
        let transaction = station.ledger.begin_transaction();
        let mut sent = Vec::new();
        for _ in 0..=station.random.below(10) {
            let message = station.ledger.begin("transactions", Some(transaction));
            // What cannot be handed over is missing in the commit, which then does not happen.
            drop(producer.send(message.message()).await);
            sent.push(message);
        }
        station.conclude(&session, &sent, &[]).await?;
        pace.tick().await;
    }
    connection.close().await;
    Ok(())
}
