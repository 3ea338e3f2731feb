//! One broker process, and what it says of its role.

use anyhow::{Context, Result};
use tokio::process::ChildStdin;
use tokio::sync::{mpsc, watch};

use crate::chaos::ledger::Term;
use crate::proxy::Proxy;
use crate::relais::Relais;
use crate::server::{Announcement, Server};

/// What a broker is, by what it has said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chaos) enum Role {
    Master,
    Slave,
    /// Its process has ended.
    Gone,
}

/// What everybody may know of a broker.
#[derive(Clone, Copy, Debug)]
pub(in crate::chaos) struct Standing {
    pub(in crate::chaos) role: Role,
    pub(in crate::chaos) term: Term,
}

/// A place for a broker: its name, its port and the proxy before it stay when its process is
/// started again.
pub(in crate::chaos) struct Node {
    pub(in crate::chaos) name: &'static str,
    pub(in crate::chaos) port: u16,
    pub(in crate::chaos) proxy: Proxy,
    how: Relais,
    server: Option<Server>,
    /// Open as long as the process may live.
    input: Option<ChildStdin>,
    standing: watch::Sender<Standing>,
    /// Stopped by a signal.
    pub(in crate::chaos) paused: bool,
    /// What was done to it may be a reason for it to end.
    pub(in crate::chaos) may_end: bool,
}

impl Node {
    pub(super) async fn new(name: &'static str, port: u16, how: Relais) -> Result<Self> {
        let proxy = Proxy::start(&format!("127.0.0.1:{port}")).await?;
        let term = Term { broker: name, number: 0 };
        let standing = watch::Sender::new(Standing { role: Role::Gone, term });
        let how = how.port(port);
        let (server, input) = (None, None);
        Ok(Self { name, port, proxy, how, server, input, standing, paused: false, may_end: false })
    }

    /// Starts its process, which says whether it serves or waits.
    pub(in crate::chaos) async fn start(&mut self) -> Result<()> {
        let server = self.how.start().await?;
        self.started(server)
    }

    /// Starts it with this in its environment, for this time only.
    pub(in crate::chaos) async fn start_with(&mut self, name: &str, value: &str) -> Result<()> {
        let server = self.how.clone().environment(name, value).start().await?;
        self.started(server)
    }

    fn started(&mut self, mut server: Server) -> Result<()> {
        (self.paused, self.may_end) = (false, false);
        let (input, lines) = server.process().take_pipes()?;
        announced(&self.standing, server.announcement());
        tokio::spawn(follow(lines, self.standing.clone()));
        (self.server, self.input) = (Some(server), Some(input));
        Ok(())
    }

    pub(in crate::chaos) fn role(&self) -> Role {
        self.standing.borrow().role
    }

    pub(in crate::chaos) fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// The process that was started last.
    pub(super) fn server(&mut self) -> Result<&mut Server> {
        self.server.as_mut().with_context(|| format!("broker {} was never started", self.name))
    }

    pub(in crate::chaos) async fn kill(&mut self) -> Result<()> {
        self.may_end = true;
        self.server()?.kill().await?;
        self.gone().await
    }

    /// Asks it to end in order.
    pub(in crate::chaos) async fn stop(&mut self) -> Result<()> {
        self.may_end = true;
        let status = self.server()?.stop().await?;
        anyhow::ensure!(status.success(), "broker {} was asked to end: {status}", self.name);
        self.gone().await
    }

    /// Waits until its process has ended, and has nothing more to say.
    pub(in crate::chaos) async fn gone(&self) -> Result<()> {
        self.standing().wait_for(|it| it.role == Role::Gone).await?;
        Ok(())
    }

    pub(in crate::chaos) fn pause(&mut self) -> Result<()> {
        self.paused = true;
        self.server()?.pause()
    }

    pub(in crate::chaos) fn resume(&mut self) -> Result<()> {
        self.paused = false;
        self.server()?.resume()
    }

    /// What its process has logged last.
    pub(in crate::chaos) fn last_words(&mut self) -> String {
        let name = self.name;
        self.server().map_or_else(
            |error| error.to_string(),
            |server| server.process().failure(&format!("({name}) has logged")).to_string(),
        )
    }
}

async fn follow(mut lines: mpsc::Receiver<String>, standing: watch::Sender<Standing>) {
    while let Some(line) = lines.recv().await {
        if let Ok(announcement) = line.parse() {
            announced(&standing, &announcement);
        }
    }
    standing.send_modify(|it| it.role = Role::Gone);
}

fn announced(standing: &watch::Sender<Standing>, announcement: &Announcement) {
    let ready = announcement.field("role") == Some("master");
    standing.send_modify(|it| {
        it.role = if ready { Role::Master } else { Role::Slave };
        it.term.number += u64::from(ready);
    });
}
