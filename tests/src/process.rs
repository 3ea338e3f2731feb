//! A child process whose output lines are awaited with a deadline.

use std::collections::VecDeque;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A running child process. Dropping it kills it.
///
/// Its standard input stays open until the drop, which programs of ours take as the sign to end, so
/// that they do not outlive a test process that was killed itself.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
    errors: ErrorTail,
    errors_read: JoinHandle<()>,
}

impl Process {
    /// Starts a command. `name` is what error messages call it.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(name: &str, mut command: Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.kill_on_drop(true).spawn().with_context(|| format!("cannot start {name}"))?;
        let output = child.stdout.take().context("no standard output")?;
        let error_output = child.stderr.take().context("no standard error")?;
        let errors = ErrorTail::default();
        let errors_read = tokio::spawn(errors.clone().follow(error_output));
        let (sender, lines) = mpsc::channel(LINES_IN_HAND);
        tokio::spawn(forward_lines(output, sender));
        let input = child.stdin.take();
        Ok(Self { name: name.to_owned(), input, child, lines, errors, errors_read })
    }

    /// The next line of standard output.
    ///
    /// # Errors
    /// When the output ends or the deadline passes; the message carries the end of standard error.
    pub async fn line(&mut self, within: Duration) -> Result<String> {
        match timeout(within, self.lines.recv()).await {
            Ok(Some(line)) => Ok(line),
            Ok(None) => {
                self.hear_last_words().await;
                Err(self.failure("ended its output"))
            }
            Err(_) => Err(self.failure(&format!("printed no line within {within:?}"))),
        }
    }

    /// All further lines, until the output ends.
    ///
    /// # Errors
    /// When the deadline passes first.
    pub async fn remaining_lines(&mut self, within: Duration) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let all = async {
            while let Some(line) = self.lines.recv().await {
                found.push(line);
            }
        };
        match timeout(within, all).await {
            Ok(()) => Ok(found),
            Err(_) => {
                let last = found.last().map_or("none", String::as_str);
                Err(self.failure(&format!("still ran after {within:?}, last line: {last}")))
            }
        }
    }

    /// Hands out standard input and output, for a driver that reads by itself.
    ///
    /// # Errors
    /// When they were handed out before.
    pub fn take_pipes(&mut self) -> Result<(ChildStdin, mpsc::Receiver<String>)> {
        let input = self.input.take().ok_or_else(|| anyhow!("{}: pipes taken twice", self.name))?;
        let (_, none) = mpsc::channel(1);
        Ok((input, std::mem::replace(&mut self.lines, none)))
    }

    /// The process id, none once it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// The largest resident memory that it has had, in MiB.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn largest_memory(&self) -> Result<u64> {
        let status = self.about("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.context("no VmHWM")?.trim().trim_end_matches(" kB");
        Ok(kilobytes.parse::<u64>()? / 1024)
    }

    /// What it has used of processors, in steps of a hundredth of a second.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn processor_time(&self) -> Result<Duration> {
        let stat = self.about("stat")?;
        // The name, in parentheses, may contain anything.
        let (_, fields) = stat.rsplit_once(')').context("no name")?;
        let times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let ticks = times.sum::<Result<u64, _>>()?;
        Ok(Duration::from_millis(10 * ticks))
    }

    fn about(&self, file: &str) -> Result<String> {
        let id = self.id().with_context(|| format!("{} has ended", self.name))?;
        Ok(std::fs::read_to_string(format!("/proc/{id}/{file}"))?)
    }

    /// Sends a signal, such as `SIGSTOP`.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let id = self.id().with_context(|| format!("{} has ended", self.name))?;
        signal::kill(Pid::from_raw(i32::try_from(id)?), signal)
            .with_context(|| format!("cannot send {signal} to {}", self.name))
    }

    /// Ends it at once with `SIGKILL` and waits until it is gone.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.with_context(|| format!("cannot kill {}", self.name))
    }

    /// Asks it to end with `SIGTERM` and waits.
    ///
    /// # Errors
    /// When it has ended already or is still there at the deadline.
    pub async fn terminate(&mut self, within: Duration) -> Result<ExitStatus> {
        self.signal(Signal::SIGTERM)?;
        self.wait(within).await
    }

    /// Waits until it ends by itself. What it said last on standard error is known then.
    ///
    /// # Errors
    /// When it is still there at the deadline.
    pub async fn wait(&mut self, within: Duration) -> Result<ExitStatus> {
        let Ok(status) = timeout(within, self.child.wait()).await else {
            bail!("{} still ran after {within:?}", self.name);
        };
        self.hear_last_words().await;
        Ok(status?)
    }

    /// Waits until standard error has a line with this in it, among the last ones.
    ///
    /// # Errors
    /// When the deadline passes first.
    pub async fn says(&self, part: &str, within: Duration) -> Result<()> {
        match timeout(within, self.errors.until(part)).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.failure(&format!("did not say '{part}' within {within:?}"))),
        }
    }

    /// What was written to standard error may be read after the end of everything else. Bounded: a
    /// grandchild may hold it open. Once it is read, a second call need not wait.
    async fn hear_last_words(&mut self) {
        if !self.errors_read.is_finished() {
            drop(timeout(LAST_WORDS, &mut self.errors_read).await);
        }
    }

    /// An error about this process, with the end of what it wrote to standard error.
    #[must_use]
    pub fn failure(&self, what: &str) -> anyhow::Error {
        anyhow!("{} {what}\n{}", self.name, self.errors.text())
    }
}

/// The last lines of standard error, for error messages.
#[derive(Debug, Clone, Default)]
struct ErrorTail {
    kept: Arc<Mutex<VecDeque<String>>>,
    heard: Arc<Notify>,
}

impl ErrorTail {
    async fn follow(self, output: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            self.keep(line);
            self.heard.notify_waiters();
        }
    }

    fn keep(&self, line: String) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == ERROR_LINES_KEPT {
            kept.pop_front();
        }
        kept.push_back(line);
    }

    async fn until(&self, part: &str) {
        loop {
            let mut heard = pin!(self.heard.notified());
            heard.as_mut().enable();
            if self.text().contains(part) {
                return;
            }
            heard.await;
        }
    }

    fn text(&self) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().map(|line| format!("  | {line}\n")).collect()
    }
}

async fn forward_lines(output: impl AsyncRead + Unpin, to: mpsc::Sender<String>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if to.send(line).await.is_err() {
            return;
        }
    }
}

/// Lines read ahead; a child that prints more than that waits.
const LINES_IN_HAND: usize = 1024;

/// How long a process that has ended may take to have its standard error read.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How much of standard error an error message shows.
const ERROR_LINES_KEPT: usize = 60;
