//! Our client, and servers that are no brokers.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use relaismq::{ConnectError, Connection, Event, State};
use relaismq_tests::ports;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{Instant, timeout},
};

/// Longest wait for anything that has to happen.
const SOON: Duration = Duration::from_secs(20);
/// What an application gives a connection here.
const LIMIT: Duration = Duration::from_millis(1500);
/// How long a connection with nobody on the other side may take to close.
const AT_ONCE: Duration = Duration::from_millis(100);

/// What a server does to its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    SaysNothing,
    Answers(&'static [u8]),
    Closes,
    Refuses,
    /// Sends a frame's size and never the frame.
    Promises,
}

impl Manner {
    /// Whether it is another protocol, and so would be no broker the next time either.
    fn is_another_protocol(self) -> bool {
        matches!(self, Self::Answers([b'H', ..] | [0x15, ..]))
    }
}

const MANNERS: [(Manner, &str); 7] = [
    (Manner::SaysNothing, "no WireFormatInfo"),
    (Manner::Answers(&[0xff; 64]), "length"),
    (Manner::Answers(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"), "HTTP"),
    (Manner::Answers(b"\x15\x03\x01\x00\x02\x02\x28"), "TLS"),
    (Manner::Closes, "closed"),
    (Manner::Refuses, "refused"),
    (Manner::Promises, ""),
];

/// A server in some manner, ended when dropped.
struct Server {
    port: u16,
    task: Option<JoinHandle<()>>,
}

impl Server {
    async fn start(manner: Manner) -> Result<Self> {
        let port = ports::free()?;
        if manner == Manner::Refuses {
            return Ok(Self { port, task: None });
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(treat(socket, manner));
            }
        });
        Ok(Self { port, task: Some(task) })
    }

    fn url(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Ends when the client goes.
async fn treat(mut socket: TcpStream, manner: Manner) {
    let said = match manner {
        Manner::SaysNothing | Manner::Refuses => Ok(()),
        Manner::Closes => socket.shutdown().await,
        Manner::Answers(bytes) => socket.write_all(bytes).await,
        Manner::Promises => socket.write_all(&[0x06, 0x40, 0, 0]).await,
    };
    let mut ignored = [0; 4096];
    while said.is_ok() && matches!(socket.read(&mut ignored).await, Ok(1..)) {}
}

async fn failure(uri: &str) -> Result<ConnectError> {
    let begun = Instant::now();
    let connecting = Connection::builder(uri).connect_timeout(LIMIT).connect();
    let Err(error) = timeout(SOON, connecting).await.context("connect() has no end")? else {
        bail!("connected to {uri}")
    };
    let taken = begun.elapsed();
    ensure!(taken < LIMIT + Duration::from_millis(500), "{taken:?} for a limit of {LIMIT:?}");
    Ok(error)
}

#[tokio::test]
async fn connecting_to_what_is_no_broker_fails_in_time_and_says_why() -> Result<()> {
    for (manner, reason) in MANNERS {
        let server = Server::start(manner).await?;
        let uri = format!("failover:({})?maxReconnectDelay=100", server.url());
        let error = failure(&uri).await.with_context(|| format!("{manner:?}"))?;
        let said = error.to_string();
        ensure!(said.contains(&server.url()), "{manner:?}: {said}");
        ensure!(said.contains(reason), "{manner:?}: {said}");
        ensure!(error.is_retryable() != manner.is_another_protocol(), "{manner:?}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_plain_uri_says_at_once_what_is_wrong_with_its_only_server() -> Result<()> {
    for (manner, reason) in MANNERS {
        let server = Server::start(manner).await?;
        let error = failure(&server.url()).await.with_context(|| format!("{manner:?}"))?;
        let said = error.to_string();
        ensure!(said.contains(&server.url()) && said.contains(reason), "{manner:?}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn an_error_about_several_servers_names_each_with_its_own_reason() -> Result<()> {
    let mut servers = Vec::new();
    let quick = |manner| !matches!(manner, Manner::SaysNothing | Manner::Promises);
    for (manner, reason) in MANNERS.iter().filter(|(manner, _)| quick(*manner)) {
        servers.push((Server::start(*manner).await?, *reason));
    }
    let urls: Vec<_> = servers.iter().map(|(server, _)| server.url()).collect();
    let uri = format!("failover:({})?maxReconnectDelay=100", urls.join(","));
    let said = failure(&uri).await?.to_string();
    for (server, reason) in &servers {
        let after = said.split(&server.url()).nth(1).with_context(|| said.clone())?;
        let own = after.split("tcp://").next().unwrap_or_default();
        ensure!(own.contains(reason), "{} should be {reason}: {said}", server.url());
    }
    Ok(())
}

/// How far a connection has come before it is closed.
async fn until_tried(connection: &Connection, manner: Manner) -> Result<()> {
    let mut events = connection.events();
    let quiet = matches!(manner, Manner::SaysNothing | Manner::Promises);
    let tried = async {
        while let Some(event) = events.recv().await {
            match event {
                Event::Connecting { .. } if quiet => return Ok(()),
                Event::Failed { .. } | Event::Waiting { .. } => return Ok(()),
                Event::Connected { .. } => bail!("connected to {manner:?}"),
                _ => {}
            }
        }
        bail!("the connection ended by itself")
    };
    timeout(SOON, tried).await.context("nothing was tried")?
}

#[tokio::test]
async fn closing_takes_no_time_whatever_the_server_does() -> Result<()> {
    // Another protocol ends the connection by itself.
    for (manner, _) in MANNERS.into_iter().filter(|(manner, _)| !manner.is_another_protocol()) {
        let server = Server::start(manner).await?;
        let uri = format!("failover:({})", server.url());
        let connection = Connection::builder(&uri).connect_in_background()?;
        until_tried(&connection, manner).await.with_context(|| format!("{manner:?}"))?;
        let begun = Instant::now();
        timeout(SOON, connection.close()).await.context("close() has no end")?;
        let taken = begun.elapsed();
        ensure!(taken < AT_ONCE, "{manner:?}: {taken:?}");
        ensure!(matches!(connection.state(), State::Closed { reason: None }), "{manner:?}");
    }
    Ok(())
}

#[tokio::test]
async fn closing_ends_what_waits_for_a_broker() -> Result<()> {
    let server = Server::start(Manner::SaysNothing).await?;
    let uri = format!("failover:({})", server.url());
    let connection = Connection::builder(&uri).connect_in_background()?;
    let waiting = connection.clone();
    let sending = tokio::spawn(async move { waiting.producer("q").build().await.map(drop) });
    until_tried(&connection, Manner::SaysNothing).await?;
    connection.close().await;
    let ended = timeout(AT_ONCE, sending).await.context("it still waits")??;
    ensure!(ended.is_err(), "a producer without a broker");
    Ok(())
}
