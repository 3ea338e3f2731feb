//! A server's process: started, listened to, ended or killed.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, bail, ensure};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{Instant, timeout, timeout_at},
};

/// A child process with its standard output read line by line. Killed when dropped, with all that it has
/// started; and it ends by itself when its standard input does, should this process not get as far as
/// that. Ctrl-C on the terminal is not for it.
#[derive(Debug)]
pub struct ServerProcess {
    what: &'static str,
    child: Child,
    lines: Option<Lines<BufReader<ChildStdout>>>,
}

impl ServerProcess {
    /// Starts `command`; `what` it is, errors say.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(what: &'static str, mut command: Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.as_std().get_program()))?;
        let stdout = child.stdout.take().context("a server without standard output")?;
        Ok(Self { what, child, lines: Some(BufReader::new(stdout).lines()) })
    }

    /// Waits for a line that begins with `word`; other lines are passed over.
    ///
    /// # Errors
    /// When the process ends first or the time is over.
    pub async fn announces(&mut self, word: &str, within: Duration) -> anyhow::Result<String> {
        self.line(|line| line.starts_with(word), word, within).await
    }

    /// Waits for a line that has these words in it; other lines are passed over.
    ///
    /// # Errors
    /// When the process ends first or the time is over.
    pub async fn says(&mut self, words: &str, within: Duration) -> anyhow::Result<String> {
        self.line(|line| line.contains(words), words, within).await
    }

    async fn line(
        &mut self,
        is_it: impl Fn(&str) -> bool,
        words: &str,
        within: Duration,
    ) -> anyhow::Result<String> {
        let what = self.what;
        let lines = self.lines.as_mut().context("nobody listens to it any more")?;
        let deadline = Instant::now() + within;
        let mut last = String::new();
        loop {
            match timeout_at(deadline, lines.next_line()).await {
                Ok(line) => match line? {
                    Some(line) if is_it(&line) => return Ok(line),
                    Some(line) => last = line,
                    None => bail!("{what} ended instead of announcing \"{words}\"; {last}"),
                },
                Err(_) => bail!("{what} did not announce \"{words}\" within {within:?}; {last}"),
            }
        }
    }

    /// Nobody listens from now on to what it says.
    pub fn ignore(&mut self) {
        if let Some(mut lines) = self.lines.take() {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        }
    }

    /// Ends its standard input, and waits until it has ended in order.
    ///
    /// # Errors
    /// When it does not, or not in time.
    pub async fn end(mut self, within: Duration) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        let ended = timeout(within, self.child.wait()).await;
        let status = ended.with_context(|| format!("{} does not end", self.what))??;
        ensure!(status.success(), "{} ended with {status}", self.what);
        Ok(())
    }

    /// SIGKILL: no chance to tidy up.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.kill_all();
        self.child.kill().await.with_context(|| format!("cannot kill {}", self.what))
    }

    /// It, and what it has started. Harmless when all have ended.
    fn kill_all(&self) {
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            killpg(Pid::from_raw(id), Signal::SIGKILL).ok();
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill_all();
    }
}
