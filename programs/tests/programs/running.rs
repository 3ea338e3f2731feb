//! Programs that run, with deadlines for everything.

use std::{path::Path, process::Stdio, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The last line of standard output.
    pub(crate) fn json(&self) -> Value {
        let last = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// All lines of standard output, each of which must be JSON.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let lines = self.stdout.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:?}");
        self
    }
}

/// Runs a program to its end, without a broker to be found.
pub(crate) async fn run(program: &str, arguments: &[&str]) -> Ended {
    let mut running = Running::start(program, arguments);
    running.stdin.take();
    running.end().await
}

/// Arguments, and what standard error must contain.
pub(crate) type Mistakes<'a> = &'a [(&'a [&'a str], &'a str)];

/// A program ends with status 2, and says what is wrong.
pub(crate) async fn refuses(program: &str, mistakes: Mistakes<'_>) {
    for (arguments, text) in mistakes {
        let ended = run(program, arguments).await;
        assert_eq!(ended.status, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(text), "{arguments:?}: {text:?} is not said: {ended:?}");
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
}

/// A program that runs; killed when dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    stdout: Output<ChildStdout>,
    stderr: Output<ChildStderr>,
}

impl Running {
    pub(crate) fn start(program: &str, arguments: &[&str]) -> Self {
        Self::start_with(program, arguments, &[])
    }

    pub(crate) fn start_with(
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &Path)],
    ) -> Self {
        let mut command = Command::new(program);
        command.envs(environment.iter().copied());
        for name in ["AMQ_URL", "AMQ_USER", "AMQ_PASSWORD"] {
            command.env_remove(name);
        }
        command.args(arguments).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        Self {
            stdin: child.stdin.take(),
            stdout: Output::of(child.stdout.take().unwrap()),
            stderr: Output::of(child.stderr.take().unwrap()),
            child,
        }
    }

    /// Writes all of it, and nothing more.
    pub(crate) async fn feed(&mut self, input: &str) {
        let mut stdin = self.stdin.take().unwrap();
        // A program that ends early does not read on, and says why.
        drop(stdin.write_all(input.as_bytes()).await);
    }

    pub(crate) async fn write_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        stdin.flush().await.unwrap();
    }

    /// Waits for a line of standard output that contains `text`.
    pub(crate) async fn printed(&mut self, text: &str) -> String {
        self.stdout.line_with(text).await
    }

    /// Waits for a line of standard error that contains `text`.
    pub(crate) async fn reported(&mut self, text: &str) -> String {
        self.stderr.line_with(text).await
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        kill(Pid::from_raw(id), signal).unwrap();
    }

    /// Waits for the end. Standard input stays open if it has not been taken.
    pub(crate) async fn end(self) -> Ended {
        self.end_within(PATIENCE).await
    }

    /// The same, for what takes longer.
    pub(crate) async fn end_within(mut self, patience: Duration) -> Ended {
        let both = async {
            let _stdin = self.stdin.take();
            tokio::join!(self.stdout.rest(), self.stderr.rest());
            self.child.wait().await.unwrap()
        };
        let status = timeout(patience, both).await.expect("the program does not end");
        Ended { status: status.code(), stdout: self.stdout.seen, stderr: self.stderr.seen }
    }
}

struct Output<R> {
    reader: BufReader<R>,
    seen: String,
}

impl<R: AsyncRead + Unpin> Output<R> {
    fn of(reader: R) -> Self {
        Self { reader: BufReader::new(reader), seen: String::new() }
    }

    async fn line_with(&mut self, text: &str) -> String {
        let found = async {
            loop {
                let mut line = String::new();
                let length = self.reader.read_line(&mut line).await.unwrap();
                self.seen.push_str(&line);
                assert!(length > 0, "ended without {text:?}: {}", self.seen);
                if line.contains(text) {
                    return line.trim_end().to_owned();
                }
            }
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("no {text:?} in time"))
    }

    async fn rest(&mut self) {
        self.reader.read_to_string(&mut self.seen).await.unwrap();
    }
}
