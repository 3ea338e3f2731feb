//! Brokers of several makes, for scenarios that hold on each.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use relaismq::{Connection, ConnectionBuilder, Event, Events};
use relaismq_tests::make::Make;
use relaismq_tests::ports;
use relaismq_tests::server::Server;
use tokio::time::timeout;

/// Longest wait for something that must happen.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// Wait for something that must not happen.
pub(crate) const QUIET: Duration = Duration::from_millis(300);

/// Has each scenario, a function that takes a [`Make`], run on these makes: a module for each.
macro_rules! on_makes {
    ([$($module:ident: $make:ident),*], $scenarios:tt) => {
        $(crate::brokers::on_makes!(@ $module, $make, $scenarios);)*
    };
    (@ $module:ident, $make:ident, [$($scenario:ident),*]) => {
        mod $module { $(
            #[tokio::test]
            #[ignore = "needs ActiveMQ and Java: run tests/run"]
            async fn $scenario() -> anyhow::Result<()> {
                super::$scenario(relaismq_tests::make::Make::$make).await
            }
        )* }
    };
}

/// On all that take over from each other on a shared directory, which an Artemis backup does not.
macro_rules! on_each_broker {
    ($($scenario:ident),* $(,)?) => {
        crate::brokers::on_makes!(
            [on_activemq: FIVE, on_activemq_6: SIX, on_our_broker: Ours], [$($scenario),*]
        );
    };
}

/// On all brokers that are not our own.
macro_rules! on_each_make {
    ($($scenario:ident),* $(,)?) => {
        crate::brokers::on_each_activemq!($($scenario),*);
        crate::brokers::on_artemis!($($scenario),*);
    };
}

/// On both ActiveMQ.
macro_rules! on_each_activemq {
    ($($scenario:ident),* $(,)?) => {
        crate::brokers::on_makes!([on_activemq: FIVE, on_activemq_6: SIX], [$($scenario),*]);
    };
}

/// On Artemis, which is different in places: see `docs/interoperability.md`.
macro_rules! on_artemis {
    ($($scenario:ident),* $(,)?) => {
        crate::brokers::on_makes!([on_artemis: Artemis], [$($scenario),*]);
    };
}
pub(crate) use {on_artemis, on_each_activemq, on_each_broker, on_each_make, on_makes};

/// A master and a slave on one directory.
pub(crate) struct Two {
    pub(crate) master: Server,
    pub(crate) slave: Server,
    addresses: [String; 2],
}

impl Two {
    pub(crate) async fn start(make: Make, directory: &Path) -> Result<Self> {
        let ports = [ports::free()?, ports::free()?];
        let master = make.start_sharing("master", ports[0], directory).await?;
        ensure!(master.is_ready(), "the first broker does not serve");
        let slave = make.start_sharing("slave", ports[1], directory).await?;
        ensure!(!slave.is_ready(), "the second broker serves as well");
        Ok(Self { master, slave, addresses: ports.map(|port| format!("tcp://127.0.0.1:{port}")) })
    }

    pub(crate) fn url(&self) -> String {
        let [first, second] = &self.addresses;
        format!("failover:({first},{second})?initialReconnectDelay=10&maxReconnectDelay=100")
    }

    /// Kills the master and waits for the slave.
    pub(crate) async fn take_over(&mut self) -> Result<()> {
        self.master.kill().await?;
        self.slave.until_ready(SOON).await
    }
}

/// Our client, with limits for everything.
pub(crate) fn builder(url: &str) -> ConnectionBuilder {
    Connection::builder(url).connect_timeout(SOON).request_timeout(SOON).send_timeout(SOON)
}

/// The text messages in a queue, and how many copies of each.
pub(crate) async fn content(broker: &Server, queue: &str) -> Result<BTreeMap<String, usize>> {
    let connection = builder(&broker.url()?).connect().await?;
    count(&connection, queue).await
}

async fn count(connection: &Connection, queue: &str) -> Result<BTreeMap<String, usize>> {
    let browser = connection.browser(queue).await?;
    let messages: Vec<_> = timeout(SOON, browser.try_collect()).await??;
    let mut content = BTreeMap::new();
    for message in messages {
        *content.entry(message.text()?.to_string()).or_insert(0) += 1;
    }
    Ok(content)
}

/// Looks at a queue again and again until it holds so many messages.
pub(crate) async fn until_there(broker: &Server, queue: &str, messages: usize) -> Result<()> {
    let connection = builder(&broker.url()?).connect().await?;
    let looking = async {
        while count(&connection, queue).await?.values().sum::<usize>() < messages {}
        Ok(())
    };
    timeout(SOON, looking).await.context("the queue does not fill")?
}

/// Waits for an event.
pub(crate) async fn until(
    events: &mut Events,
    within: Duration,
    mut wanted: impl FnMut(&Event) -> bool,
) -> Result<Event> {
    let found = async {
        while let Some(event) = events.recv().await {
            if wanted(&event) {
                return Ok(event);
            }
        }
        anyhow::bail!("the connection has ended")
    };
    timeout(within, found).await.context("the event does not come")?
}

pub(crate) const fn is_interrupted(event: &Event) -> bool {
    matches!(event, Event::Interrupted { .. })
}

pub(crate) const fn is_resumed(event: &Event) -> bool {
    matches!(event, Event::Resumed { .. })
}
