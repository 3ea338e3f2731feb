//! Chromium's process.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
    time::timeout,
};

/// It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Browser {
    address: String,
    _process: Child,
    _profile: TempDir,
}

/// A first start on a slow machine.
const START: Duration = Duration::from_secs(60);

/// Nothing but this machine is reached, and nothing of the user's is touched.
const ARGUMENTS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

impl Browser {
    pub(super) async fn start() -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut process = Command::new("chromium")
            .args(ARGUMENTS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start chromium, a package of Debian's")?;
        let mut said = BufReader::new(process.stderr.take().context("no standard error")?).lines();
        let address =
            timeout(START, address(&mut said)).await.context("chromium says nothing")??;
        // What it says further is of no interest, but has to be read.
        tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
        Ok(Self { address, _process: process, _profile: profile })
    }

    /// Where it takes commands.
    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

async fn address(said: &mut Lines<BufReader<ChildStderr>>) -> Result<String> {
    let mut all = Vec::new();
    while let Some(line) = said.next_line().await? {
        if let Some(address) = line.strip_prefix("DevTools listening on ") {
            return Ok(address.to_owned());
        }
        all.push(line);
    }
    bail!("chromium ended: {}", all.join("\n"))
}
