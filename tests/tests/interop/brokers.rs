//! Brokers of both makes, for scenarios that hold on each.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use relaismq::{Connection, ConnectionBuilder, Event, Events};
use relaismq_tests::activemq::ActiveMq;
use relaismq_tests::ports;
use relaismq_tests::relais::Relais;
use relaismq_tests::server::Server;
use tokio::time::timeout;

/// Longest wait for something that must happen.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// Wait for something that must not happen.
pub(crate) const QUIET: Duration = Duration::from_millis(300);

/// Whose broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    ActiveMq,
    Ours,
}

impl Make {
    /// With a store, since the brokers recognise what is sent again by it.
    pub(crate) async fn start(self, directory: &Path) -> Result<Server> {
        match self {
            Self::ActiveMq => ActiveMq::new().directory(directory).start().await,
            Self::Ours => Relais::new().directory(directory).start().await,
        }
    }

    async fn start_sharing(self, name: &str, port: u16, directory: &Path) -> Result<Server> {
        match self {
            Self::ActiveMq => {
                ActiveMq::new().name(name).port(port).shared_directory(directory).start().await
            }
            Self::Ours => Relais::new().name(name).port(port).directory(directory).start().await,
        }
    }
}

/// Has each scenario run on both makes.
macro_rules! on_both_brokers {
    (@ $module:ident, $make:ident, $($scenario:ident),*) => {
        mod $module { $(
            #[tokio::test]
            #[ignore = "needs ActiveMQ and Java: run tests/run"]
            async fn $scenario() -> anyhow::Result<()> {
                super::$scenario(crate::brokers::Make::$make).await
            }
        )* }
    };
    ($($scenario:ident),* $(,)?) => {
        crate::brokers::on_both_brokers!(@ on_activemq, ActiveMq, $($scenario),*);
        crate::brokers::on_both_brokers!(@ on_our_broker, Ours, $($scenario),*);
    };
}
pub(crate) use on_both_brokers;

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
    wanted: impl Fn(&Event) -> bool,
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
