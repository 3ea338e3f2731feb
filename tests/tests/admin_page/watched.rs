//! A broker, and where it is looked after.

use std::time::Duration;

use anyhow::{Result, ensure};
use relaismq::{AckMode, Connection, Message};
use relaismq_tests::{ports, relais::Relais, server::Server};

use crate::chromium::Page;

pub(crate) const SOON: Duration = Duration::from_secs(20);
pub(crate) const TOKEN: &str = "a token that nobody guesses";

/// A broker with an admin page.
pub(crate) struct Watched {
    pub(crate) server: Server,
    description: Relais,
    openwire: u16,
    admin: u16,
}

impl Watched {
    /// In memory.
    pub(crate) async fn start() -> Result<Self> {
        Self::of(&Relais::new().name("broker1")).await
    }

    /// As described, on ports of its own.
    pub(crate) async fn of(broker: &Relais) -> Result<Self> {
        let (openwire, admin) = (ports::free()?, ports::free()?);
        let place = format!("127.0.0.1:{admin}");
        let broker = broker.clone().port(openwire).argument("--admin").argument(&place);
        let description = broker.environment("RELAISMQ_ADMIN_TOKEN", TOKEN);
        Ok(Self { server: description.start().await?, description, openwire, admin })
    }

    /// The same again, after a kill.
    pub(crate) async fn start_again(&mut self) -> Result<()> {
        self.server = self.description.start().await?;
        Ok(())
    }

    /// A part of its page.
    pub(crate) async fn page(&self, part: &str) -> Result<Page> {
        Page::open(&format!("http://127.0.0.1:{}/admin/#/{part}", self.admin)).await
    }

    pub(crate) async fn client(&self) -> Result<Connection> {
        let url = format!("tcp://127.0.0.1:{}?jms.clientID=tester", self.openwire);
        Ok(Connection::builder(&url).send_timeout(SOON).request_timeout(SOON).connect().await?)
    }

    /// Sends messages to a queue, with their numbers as a property.
    pub(crate) async fn send(&self, queue: &str, bodies: &[&str]) -> Result<()> {
        let client = self.client().await?;
        let producer = client.producer(queue).build().await?;
        for (number, body) in (0..).zip(bodies) {
            producer.send(Message::text(*body).property("number", number)).await?;
        }
        client.close().await;
        Ok(())
    }

    /// Gives the first message of a queue back more often than that is allowed.
    pub(crate) async fn bury(&self, queue: &str) -> Result<()> {
        let client = self.client().await?;
        let mut never = client.options().redelivery.clone();
        never.maximum_redeliveries = Some(0);
        let mut consumer =
            client.consumer(queue).ack(AckMode::Individual).redelivery(never).build().await?;
        ensure!(consumer.receive_timeout(SOON).await?.is_some(), "nothing in {queue}");
        consumer.recover().await?;
        // Not acknowledged, it stays there.
        let dead = client.consumer("ActiveMQ.DLQ").ack(AckMode::Individual);
        let dead = dead.build().await?.receive_timeout(SOON).await?;
        ensure!(dead.is_some(), "nothing is buried");
        client.close().await;
        Ok(())
    }

    /// The bodies of all messages of a queue, taken from it.
    pub(crate) async fn take(&self, queue: &str, many: usize) -> Result<Vec<String>> {
        let client = self.client().await?;
        let mut consumer = client.consumer(queue).build().await?;
        let mut taken = Vec::new();
        while taken.len() < many {
            let message = consumer.receive_timeout(SOON).await?;
            ensure!(message.is_some(), "only {taken:?} in {queue}");
            taken.extend(message.map(|it| it.text()).transpose()?.map(|it| it.to_string()));
        }
        client.close().await;
        Ok(taken)
    }
}

/// An expression: the text of a cell, in the row that has this in it.
pub(crate) fn cell(row: &str, column: usize) -> String {
    format!(
        "[...document.querySelectorAll('tbody tr')]
            .find((it) => it.textContent.includes({row:?}))?.cells[{column}].textContent"
    )
}
