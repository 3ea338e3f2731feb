//! A broker process: started, listened to, killed.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{Instant, timeout_at},
};

/// A child process with its standard output read line by line. Killed when dropped; and it ends by
/// itself when its standard input does, should this process not get as far as that. Ctrl-C on the
/// terminal is not for it.
#[derive(Debug)]
pub struct BrokerProcess {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl BrokerProcess {
    /// Starts `command`.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.as_std().get_program()))?;
        let stdout = child.stdout.take().context("a broker without standard output")?;
        Ok(Self { child, lines: BufReader::new(stdout).lines() })
    }

    /// Waits for a line that begins with `word`; other lines are passed over.
    ///
    /// # Errors
    /// When the process ends first or the time is over.
    pub async fn announces(&mut self, word: &str, within: Duration) -> anyhow::Result<String> {
        let deadline = Instant::now() + within;
        loop {
            match timeout_at(deadline, self.lines.next_line()).await {
                Ok(line) => match line? {
                    Some(line) if line.starts_with(word) => return Ok(line),
                    Some(_) => {}
                    None => bail!("a broker ended instead of announcing \"{word}\""),
                },
                Err(_) => bail!("a broker did not announce \"{word}\" within {within:?}"),
            }
        }
    }

    /// SIGKILL: no chance to tidy up.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("cannot kill a broker")
    }
}
