//! Who is the master? As people and load balancers ask.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq::Connection;
use relaismq_tests::{ports, relais::Relais, server::Server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest wait for what should take a moment.
const SOON: Duration = Duration::from_secs(20);

/// A broker, and where it is looked after.
struct Watched {
    server: Server,
    openwire: u16,
    admin: u16,
}

impl Watched {
    async fn start(broker: &Relais, name: &str) -> Result<Self> {
        let (openwire, admin) = (ports::free()?, ports::free()?);
        let place = format!("127.0.0.1:{admin}");
        let broker = broker.clone().name(name).port(openwire);
        let server = broker.argument("--admin").argument(&place).start().await?;
        Ok(Self { server, openwire, admin })
    }

    /// The status of an answer.
    async fn get(&self, path: &str) -> Result<String> {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        say(self.admin, &request).await
    }
}

/// As `echo TEXT | nc 127.0.0.1 PORT`.
async fn say(port: u16, text: &str) -> Result<String> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    socket.write_all(text.as_bytes()).await?;
    let mut said = String::new();
    timeout(SOON, socket.read_to_string(&mut said)).await.context("no end of the answer")??;
    Ok(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_says_so_and_what_it_has_and_its_slave_says_that_it_waits() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broker = Relais::new().directory(folder.path());
    let mut master = Watched::start(&broker, "first").await?;
    let mut slave = Watched::start(&broker, "second").await?;
    let url = format!("tcp://127.0.0.1:{}", master.openwire);
    let connection = Connection::builder(&url).send_timeout(SOON).connect().await?;
    connection.producer("orders").build().await?.send("1").await?;
    let state = say(master.openwire, "stat\n").await?;
    for line in ["Mode: master", "Broker: first", "Connections: 1", "Queues: 1", "Messages: 1"] {
        ensure!(state.lines().any(|it| it == line), "{line} is missing in {state}");
    }
    ensure!(say(slave.openwire, "stat\n").await.is_err(), "the slave's port is open");
    let listed = master.get("/api/v1/connections").await?;
    ensure!(listed.contains(&format!("\"connector\":\"{url}\"")), "{listed}");
    ensure!(master.get("/readyz").await?.starts_with("HTTP/1.1 200"), "the master is not ready");
    let ready = slave.get("/readyz").await?;
    ensure!(ready.starts_with("HTTP/1.1 503") && ready.contains("slave"), "{ready}");
    ensure!(slave.get("/healthz").await?.starts_with("HTTP/1.1 200"), "the slave seems dead");
    connection.close().await;
    master.server.kill().await?;
    slave.server.until_ready(SOON).await?;
    ensure!(slave.get("/readyz").await?.starts_with("HTTP/1.1 200"), "the new master is not ready");
    let state = say(slave.openwire, "stat\n").await?;
    ensure!(state.contains("Broker: second\n") && state.contains("Messages: 1\n"), "{state}");
    slave.server.stop().await?;
    Ok(())
}
