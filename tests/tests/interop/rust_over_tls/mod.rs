//! Our client and the ssl connectors of real ActiveMQ brokers.

mod clients;
mod commands;
mod failing_over;
mod ports;
mod system;

use anyhow::{Context, Result, bail};
use relaismq::options::TlsOptions;
use relaismq::{ConnectError, Connection, ConnectionBuilder};
use relaismq_tests::activemq::{ActiveMq, Tls, Version};
use relaismq_tests::authority::Authority;
use relaismq_tests::server::Server;

use crate::brokers::SOON;

/// What a broker's certificate is for.
const ADDRESS: &[&str] = &["127.0.0.1"];
/// Both versions, each with both implementations of TLS.
const KINDS: [(Version, bool); 4] =
    [(Version::Five, false), (Version::Five, true), (Version::Six, false), (Version::Six, true)];

/// A broker with a connector of `ssl` or `nio+ssl`, and a client that trusts its CA.
struct Scene {
    authority: Authority,
    broker: Server,
    url: String,
}

impl Scene {
    /// `options` are those of the connector.
    async fn start(kind: (Version, bool), options: &str) -> Result<Self> {
        let authority = Authority::new("Test CA");
        let (version, nio) = kind;
        let tls = Tls::new(&authority.issue("broker", ADDRESS)).clients_of(&authority.file());
        let tls = if nio { tls.nio() } else { tls };
        let broker = ActiveMq::new().version(version).tls(&tls.options(options)).start().await?;
        let url = broker.url_of(if nio { "nio+ssl" } else { "ssl" })?;
        Ok(Self { authority, broker, url })
    }

    fn tls(&self) -> TlsOptions {
        TlsOptions::new().ca_file(self.authority.file())
    }

    fn builder(&self, tls: TlsOptions) -> ConnectionBuilder {
        Connection::builder(format!("failover:({})", self.url)).connect_timeout(SOON).tls(tls)
    }

    /// Sends and receives.
    async fn works(&self, tls: TlsOptions) -> Result<()> {
        let connection = self.builder(tls).connect().await?;
        connection.producer("q").build().await?.send("over TLS").await?;
        let mut consumer = connection.consumer("q").build().await?;
        let received = consumer.receive_timeout(SOON).await?.context("nothing came")?;
        assert_eq!(received.text()?, "over TLS");
        connection.close().await;
        Ok(())
    }

    /// Why the broker cannot be used as things are.
    async fn refusal(&self, tls: TlsOptions) -> Result<String> {
        refusal(self.builder(tls)).await
    }

    /// Why the broker cannot be used this time.
    async fn failure(&self, tls: TlsOptions) -> Result<String> {
        failure(&self.url, tls).await
    }
}

/// Why a broker that would be tried again could not be used.
async fn failure(url: &str, tls: TlsOptions) -> Result<String> {
    let uri = format!("failover:({url})?maxReconnectAttempts=1");
    match Connection::builder(uri).connect_timeout(SOON).tls(tls).connect().await {
        Err(ConnectError::NoBroker(brokers)) => {
            Ok(brokers.first().context("no broker")?.reason.clone())
        }
        Err(error) => bail!("for good: {error}"),
        Ok(_) => bail!("connected"),
    }
}

async fn refusal(builder: ConnectionBuilder) -> Result<String> {
    match builder.connect().await {
        Err(ConnectError::Unusable(brokers)) => {
            Ok(brokers.first().context("no broker")?.reason.clone())
        }
        Err(error) => bail!("not for good: {error}"),
        Ok(_) => bail!("connected"),
    }
}

fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is missing: {text}");
    }
}
