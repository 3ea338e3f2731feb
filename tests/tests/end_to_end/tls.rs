//! Our client and our broker over TLS: what works, what each side says when it does not, and a kill of the
//! master.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use relaismq::{
    ConnectError, Connection, Event,
    options::{TlsOptions, TlsVersion},
};
use relaismq_tests::{authority::Authority, ports, relais::Relais, server::Server};
use tempfile::TempDir;
use tokio::{net::TcpStream, time::timeout};

/// Longest wait for what should take a moment.
const SOON: Duration = Duration::from_secs(20);

/// A broker that serves by TLS, with a certificate of this CA, and accepts clients of it.
fn secured(authority: &Authority, port: u16, options: &str) -> Relais {
    let own = authority.issue("broker", &["127.0.0.1"]);
    let broker = Relais::new().log("info").listen(&format!("ssl://127.0.0.1:{port}?{options}"));
    broker
        .certificate(&own)
        .argument("--tls-trust")
        .argument(&authority.file().display().to_string())
}

fn trusting(authority: &Authority) -> TlsOptions {
    TlsOptions::new().ca_file(authority.file())
}

async fn connect(url: &str, tls: TlsOptions) -> Result<Connection> {
    let builder = Connection::builder(url).connect_timeout(SOON).send_timeout(SOON).tls(tls);
    Ok(builder.connect().await?)
}

/// Why the only broker cannot be used as things are.
async fn refusal(url: &str, tls: TlsOptions) -> Result<String> {
    let builder = Connection::builder(format!("failover:({url})")).connect_timeout(SOON).tls(tls);
    match builder.connect().await {
        Err(ConnectError::Unusable(brokers)) => {
            Ok(brokers.first().context("no broker")?.reason.clone())
        }
        Err(error) => bail!("not for good: {error}"),
        Ok(_) => bail!("connected"),
    }
}

async fn passes(connection: &Connection, text: &str) -> Result<()> {
    connection.producer("q").build().await?.send(text).await?;
    let mut consumer = connection.consumer("q").build().await?;
    let received = consumer.receive_timeout(SOON).await?.context("nothing came")?;
    ensure!(received.text()? == text);
    received.ack().await?;
    Ok(())
}

fn says(text: &str, words: &[&str]) -> Result<()> {
    words.iter().try_for_each(|word| {
        ensure!(text.contains(word), "{word:?} is missing: {text}");
        Ok(())
    })
}

#[tokio::test]
async fn messages_pass_over_tls_beside_plain_ones() -> Result<()> {
    let authority = Authority::new("Test CA");
    let broker = secured(&authority, 0, "").listen("tcp://127.0.0.1:0").start().await?;
    let (ssl, tcp) = (broker.url_of("ssl")?, broker.url_of("tcp")?);
    ensure!(broker.url()? == format!("{ssl},{tcp}"), "{}", broker.url()?);
    for version in TlsVersion::ALL {
        let tls = trusting(&authority).enabled_protocols(vec![version]);
        let connection = connect(&ssl, tls).await?;
        // Larger than what TLS takes at a time, in both directions.
        passes(&connection, &"x".repeat(3_000_000)).await?;
        connection.close().await;
    }
    passes(&connect(&tcp, TlsOptions::new()).await?, "plain").await
}

#[tokio::test]
async fn whoever_shows_a_certificate_is_its_name_in_the_log() -> Result<()> {
    let authority = Authority::new("Test CA");
    let own = authority.issue("billing", &[]);
    let mut broker = secured(&authority, 0, "wantClientAuth=true").start().await?;
    let url = format!("{}?jms.clientID=proven&jms.userName=somebody", broker.url()?);
    let tls = trusting(&authority).client_certificate(&own.certificate, &own.key);
    connect(&url, tls).await?.close().await;
    let line = "client logged in client=\"proven\" user=\"CN=billing\" address=tcp://";
    broker.process().says(line, SOON).await?;
    // Who shows none is whoever it says.
    let url = url.replace("proven", "unproven");
    connect(&url, trusting(&authority)).await?.close().await;
    broker.process().says("client=\"unproven\" user=\"somebody\"", SOON).await
}

#[tokio::test]
async fn both_sides_say_why_nobody_comes_in() -> Result<()> {
    let (authority, other) = (Authority::new("Test CA"), Authority::new("Other CA"));
    let foreign = other.issue("stranger", &[]);
    let expired = authority.issue_for_years("old", &[], 2001, 2002);
    let mut broker = secured(&authority, 0, "needClientAuth=true").start().await?;
    let url = broker.url()?;
    for version in TlsVersion::ALL {
        let tls = trusting(&authority).enabled_protocols(vec![version]);
        let said = refusal(&url, tls.clone()).await?;
        says(&said, &["wants a client certificate", "tls.certificateFile", "CN=Test CA"])?;
        broker.process().says("the client has shown no certificate", SOON).await?;
        let with_foreign = tls.clone().client_certificate(&foreign.certificate, &foreign.key);
        let said = refusal(&url, with_foreign).await?;
        says(&said, &["refused the client's certificate", "it does not know the CA"])?;
        broker.process().says("(CN=stranger) is not trusted", SOON).await?;
        let with_expired = tls.client_certificate(&expired.certificate, &expired.key);
        let said = refusal(&url, with_expired).await?;
        says(&said, &["refused the client's certificate", "it has expired"])?;
        broker.process().says("(CN=old), or one above it, expired on 2002-01-01", SOON).await?;
    }
    let plain = url.replace("ssl://", "tcp://");
    says(&refusal(&plain, TlsOptions::new()).await?, &["speaks TLS", "use ssl://"])?;
    broker.process().says("an OpenWire client without TLS", SOON).await?;
    let said = refusal(&url, trusting(&other)).await?;
    says(&said, &["its CA is CN=Test CA", "tls.caFile"])?;
    broker.process().says("does not trust the broker's certificate (unknown ca)", SOON).await
}

#[tokio::test]
async fn nothing_in_common_is_said_on_both_sides() -> Result<()> {
    let authority = Authority::new("Test CA");
    let mut broker = secured(&authority, 0, "transport.enabledProtocols=TLSv1.2").start().await?;
    let new_only = trusting(&authority).enabled_protocols(vec![TlsVersion::Tls13]);
    says(&refusal(&broker.url()?, new_only).await?, &["versions of TLS"])?;
    broker.process().says("versions of TLS that are allowed here (TLSv1.2)", SOON).await
}

#[tokio::test]
async fn a_certificate_that_is_replaced_is_used_without_a_restart() -> Result<()> {
    let (authority, other) = (Authority::new("Test CA"), Authority::new("Other CA"));
    let mut broker = secured(&authority, 0, "").start().await?;
    let url = broker.url()?;
    let before = connect(&url, trusting(&authority)).await?;
    let next = other.issue("next", &["127.0.0.1"]);
    let place = |name: &str| authority.folder().join(name);
    std::fs::copy(&next.certificate, place("broker.pem"))?;
    // In between certificate and key do not belong together: what was there before counts.
    passes(&connect(&url, trusting(&authority)).await?, "between").await?;
    broker.process().says("files have changed and cannot be used", SOON).await?;
    std::fs::copy(&next.key, place("broker.key"))?;
    passes(&connect(&url, trusting(&other)).await?, "after").await?;
    broker.process().says("files have changed and are used now", SOON).await?;
    passes(&before, "as before").await
}

/// A master and a slave on one folder.
struct Pair {
    master: Server,
    slave: Server,
    ports: [u16; 2],
    _folder: TempDir,
}

impl Pair {
    async fn start(authority: &Authority) -> Result<Self> {
        let (ports, folder) = ([ports::free()?, ports::free()?], tempfile::tempdir()?);
        let [one, two] = ports.map(|port| secured(authority, port, "").directory(folder.path()));
        let master = one.name("master").start().await?;
        let slave = two.name("slave").start().await?;
        ensure!(master.is_ready() && !slave.is_ready());
        Ok(Self { master, slave, ports, _folder: folder })
    }
}

#[tokio::test]
async fn the_slave_keeps_its_port_closed_and_takes_over_behind_tls() -> Result<()> {
    let authority = Authority::new("Test CA");
    let mut pair = Pair::start(&authority).await?;
    let [one, two] = pair.ports.map(|port| format!("ssl://127.0.0.1:{port}"));
    ensure!(TcpStream::connect(("127.0.0.1", pair.ports[1])).await.is_err(), "the slave listens");
    let connection = connect(&format!("failover:({two},{one})"), trusting(&authority)).await?;
    let mut events = connection.events();
    let producer = connection.producer("orders").build().await?;
    for number in 0..50 {
        producer.send(format!("{number}")).await?;
    }
    pair.master.kill().await?;
    pair.slave.until_ready(SOON).await?;
    let resumed = async {
        loop {
            match events.recv().await {
                Some(Event::Resumed { broker, .. }) => return Ok(broker.to_string()),
                Some(_) => {}
                None => bail!("the connection has ended"),
            }
        }
    };
    assert_eq!(timeout(SOON, resumed).await??, two);
    for number in 50..100 {
        producer.send(format!("{number}")).await?;
    }
    let mut consumer = connection.consumer("orders").build().await?;
    let mut seen = BTreeSet::new();
    while seen.len() < 100 {
        let order = consumer.receive_timeout(SOON).await?.with_context(|| format!("{seen:?}"))?;
        seen.insert(order.text()?.to_string());
        order.ack().await?;
    }
    connection.close().await;
    Ok(())
}

#[tokio::test]
async fn a_broker_whose_certificate_cannot_be_used_does_not_start() -> Result<()> {
    let broker = Relais::new().listen("ssl://127.0.0.1:0");
    let said = format!("{:#}", broker.start().await.map(drop).unwrap_err());
    says(&said, &["needs a certificate", "--tls-certificate"])?;
    let broker = broker.argument("--tls-certificate").argument("/nowhere/broker.pem");
    let said = format!("{:#}", broker.start().await.map(drop).unwrap_err());
    says(&said, &["cannot read /nowhere/broker.pem"])
}
