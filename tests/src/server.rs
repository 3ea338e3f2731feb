//! A broker running as a process of its own, whoever made it.

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::Signal;

use crate::process::Process;

/// A broker process that has said whether it serves or waits.
#[derive(Debug)]
pub struct Server {
    process: Process,
    state: Announcement,
}

impl Server {
    /// Waits for the first announcement of a process just started.
    ///
    /// # Errors
    /// When the process ends, says something else, or says nothing within [`START_DEADLINE`].
    pub async fn from_process(mut process: Process) -> Result<Self> {
        let state = process.line(START_DEADLINE).await?.parse()?;
        Ok(Self { process, state })
    }

    /// Whether it serves. A slave waits for its master's lock and does not.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state.ready
    }

    /// What it announced.
    #[must_use]
    pub fn announcement(&self) -> &Announcement {
        &self.state
    }

    /// The address for OpenWire clients, such as `tcp://127.0.0.1:61616`.
    ///
    /// # Errors
    /// When it is still waiting.
    pub fn url(&self) -> Result<String> {
        self.url_of("openwire")
    }

    /// The address for another protocol's clients, or for those of `tcp` or `ssl`, if there are both.
    ///
    /// # Errors
    /// When it is still waiting or has no such connector.
    pub fn url_of(&self, protocol: &str) -> Result<String> {
        ensure!(self.state.ready, "the broker waits and has no address yet");
        let url = self.state.fields.get(protocol).cloned().or_else(|| self.openwire_over(protocol));
        url.with_context(|| format!("no {protocol} connector: {:?}", self.state))
    }

    /// Of several OpenWire addresses the one with this scheme, `tcp` or `ssl`.
    fn openwire_over(&self, scheme: &str) -> Option<String> {
        let mut urls = self.state.fields.get("openwire")?.split(',');
        urls.find(|url| url.split_once("://").is_some_and(|(it, _)| it == scheme))
            .map(str::to_owned)
    }

    /// Waits until a slave has taken over.
    ///
    /// # Errors
    /// When it does not within the time given.
    pub async fn until_ready(&mut self, within: Duration) -> Result<()> {
        while !self.state.ready {
            self.state = self.process.line(within).await?.parse()?;
        }
        Ok(())
    }

    /// Waits until a master has lost its lock and waits as a slave again.
    ///
    /// # Errors
    /// When it does not within the time given.
    pub async fn until_waiting(&mut self, within: Duration) -> Result<()> {
        while self.state.ready {
            self.state = self.process.line(within).await?.parse()?;
        }
        Ok(())
    }

    /// Kills it with `SIGKILL`, as a crash would, and waits until it is gone.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await
    }

    /// Ends it in good order.
    ///
    /// # Errors
    /// When it has not ended within [`STOP_DEADLINE`].
    pub async fn stop(&mut self) -> Result<ExitStatus> {
        self.process.terminate(STOP_DEADLINE).await
    }

    /// Stops it in its tracks, as a long pause of its machine would.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pause(&self) -> Result<()> {
        self.process.signal(Signal::SIGSTOP)
    }

    /// Lets a paused one run on.
    ///
    /// # Errors
    /// When it has ended.
    pub fn resume(&self) -> Result<()> {
        self.process.signal(Signal::SIGCONT)
    }

    /// The process itself.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

/// A line such as `ready name=a role=master openwire=tcp://127.0.0.1:61616`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    ready: bool,
    fields: BTreeMap<String, String>,
}

impl Announcement {
    /// One of the line's fields.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

impl FromStr for Announcement {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let mut words = line.split_whitespace();
        let ready = match words.next() {
            Some("ready") => true,
            Some("waiting") => false,
            _ => bail!("neither ready nor waiting: {line}"),
        };
        let pairs = words.filter_map(|word| word.split_once('='));
        let fields = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self { ready, fields })
    }
}

/// How long a broker may take from its start to its first announcement.
pub const START_DEADLINE: Duration = Duration::from_secs(60);

/// How long a broker may take to end in good order.
pub const STOP_DEADLINE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_has_a_state_and_fields() {
        let line = "ready name=a role=master openwire=tcp://127.0.0.1:61616";
        let ready: Announcement = line.parse().unwrap();
        assert!(ready.ready);
        assert_eq!(ready.field("openwire"), Some("tcp://127.0.0.1:61616"));
        let waiting: Announcement = "waiting name=b role=slave lock=/tmp/lock".parse().unwrap();
        assert!(!waiting.ready);
        assert_eq!(waiting.field("role"), Some("slave"));
    }

    #[test]
    fn anything_else_is_no_announcement() {
        assert!("".parse::<Announcement>().is_err());
        assert!("error: address in use".parse::<Announcement>().is_err());
    }
}
