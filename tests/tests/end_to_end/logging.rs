//! What an operator reads in the broker's log.

use anyhow::{Result, ensure};
use nix::sys::signal::Signal;
use relaismq::Connection;
use relaismq_tests::{raw::Raw, relais::Relais};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::hostile::serves;

/// One line with all of these.
fn has_line(log: &str, parts: &[&str]) -> bool {
    log.lines().any(|line| parts.iter().all(|part| line.contains(part)))
}

#[tokio::test]
async fn each_client_has_a_line_when_it_has_logged_in_and_one_that_says_why_it_has_gone()
-> Result<()> {
    let mut server = Relais::new().log("info").start().await?;
    let url = server.url()?;
    // Nobody wants to read of those that only look whether the port is open.
    Raw::connect(&url).await?.close_and_wait().await?;
    let orderly = format!("{url}?jms.clientID=orderly");
    let orderly = Connection::builder(&orderly).credentials("alice", "secret").connect().await?;
    let thief = Raw::logged_in(&url, "lost").await?.0;
    Raw::logged_in(&url, "lost-too").await?.0.close_and_wait().await?;
    orderly.close().await;
    let mut broken = Raw::logged_in(&url, "broken").await?.0;
    broken.write(&[0, 0, 0, 2, 200, 0]).await?;
    broken.hung_up().await?;
    thief.close_and_wait().await?;
    ensure!(server.stop().await?.success());
    let log = server.process().failure("said").to_string();
    let lines: [&[&str]; 14] = [
        &["INFO", "Using Persistence Adapter: memory"],
        &["INFO", "Apache ActiveMQ (relais) is starting"],
        &["INFO", &format!("Listening for connections at: {url}")],
        &["INFO", "Apache ActiveMQ (relais) started", "master", "term=1", &url],
        &["INFO", "client logged in", "client=\"orderly\"", "alice", "address=tcp://127.0.0.1:"],
        &["INFO", "client gone", "client=\"orderly\"", "alice", "address=tcp://", "orderly end"],
        &["INFO", "client logged in", "client=\"raw-lost\"", "address=tcp://"],
        &["INFO", "client gone", "client=\"raw-lost\"", "connection lost: closed by the client"],
        &[
            "INFO",
            "client gone",
            "client=\"raw-lost-too\"",
            "connection lost: closed by the client",
        ],
        &["INFO", "client logged in", "client=\"raw-broken\""],
        &["WARN", "client gone", "client=\"raw-broken\"", "cut off: unreadable frame"],
        &["INFO", "Apache ActiveMQ (relais) is shutting down"],
        &["INFO", "Apache ActiveMQ (relais) is shutdown, uptime"],
        &["INFO", "broker has ended in order", "SIGTERM"],
    ];
    for line in lines {
        ensure!(has_line(&log, line), "no line with {line:?}:\n{log}");
    }
    ensure!(log.lines().filter(|line| line.starts_with("  | ")).count() == 15, "{log}");
    ensure!(!log.contains("secret"), "a password in the log:\n{log}");
    Ok(())
}

#[tokio::test]
async fn a_client_with_an_id_in_use_is_told_by_whom_and_the_log_says_that_it_was_refused()
-> Result<()> {
    let mut server = Relais::new().log("info").start().await?;
    let url = server.url()?;
    let named = format!("{url}?jms.clientID=twin");
    let first = Connection::builder(&named).connect().await?;
    let Err(refused) = Connection::builder(&named).connect().await else {
        anyhow::bail!("two with one client id");
    };
    let told = "Client: twin already connected from tcp://127.0.0.1:";
    ensure!(refused.to_string().contains(told), "{refused}");
    first.close().await;
    server.stop().await?;
    let log = server.process().failure("said").to_string();
    ensure!(has_line(&log, &["WARN", "login refused", "twin", told]), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_broker_goes_on_when_its_terminal_is_closed() -> Result<()> {
    let mut server = Relais::new().start().await?;
    server.process().signal(Signal::SIGHUP)?;
    serves(&server.url()?).await?;
    ensure!(server.stop().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_probe_that_says_nothing_is_no_event_and_another_protocol_is_a_warning() -> Result<()> {
    let mut server = Relais::new().log("info").start().await?;
    let url = server.url()?;
    let address = url.trim_start_matches("tcp://").to_owned();
    drop(TcpStream::connect(&address).await?);
    let mut other = Raw::connect(&url).await?;
    other.write(b"GET / HTTP/1.1\r\n\r\n").await?;
    other.hung_up().await?;
    server.stop().await?;
    let log = server.process().failure("said").to_string();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    ensure!(warnings.len() == 1 && warnings[0].contains("GET / HTTP"), "{log}");
    Ok(())
}

trait Leave {
    async fn close_and_wait(self) -> Result<()>;
}

impl Leave for Raw {
    /// Closes this side, and waits until the broker has seen that.
    async fn close_and_wait(mut self) -> Result<()> {
        self.socket.shutdown().await?;
        self.hung_up().await
    }
}
