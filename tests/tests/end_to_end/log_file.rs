//! Where the broker's log goes, how much of it is kept, and what is in it, also while it runs.

use std::{fs, path::Path, process::Stdio};

use anyhow::{Context, Result, ensure};
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use relaismq::Connection;
use relaismq_tests::{
    relais::{self, Relais},
    server::Server,
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::hostile::{SOON, serves};

fn logging_to(file: &Path) -> Relais {
    Relais::new().log("info").argument("--log-file").argument(&file.display().to_string())
}

async fn visit(url: &str, name: &str) -> Result<()> {
    Connection::builder(format!("{url}?jms.clientID={name}")).connect().await?.close().await;
    Ok(())
}

#[tokio::test]
async fn a_rolling_file_has_the_last_lines_as_json_and_no_more_bytes_than_it_may() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("broker.log");
    let broker = logging_to(&file).argument("--log-format").argument("json");
    let broker = ["--log-file-size", "4KB", "--log-files", "2"]
        .into_iter()
        .fold(broker, |broker, argument| broker.argument(argument));
    let mut server = broker.start().await?;
    for number in 0..40 {
        visit(&server.url()?, &format!("visitor-{number}")).await?;
    }
    ensure!(server.stop().await?.success());
    let kept = fs::read_dir(folder.path())?.count();
    ensure!(kept == 2, "{kept} files");
    let text = [folder.path().join("broker.log.1"), file]
        .map(fs::read_to_string)
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    ensure!(text.iter().all(|it| it.len() <= 4096), "too long: {text:?}");
    let lines = text.iter().flat_map(|it| it.lines()).map(serde_json::from_str::<Value>);
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    let last = lines.last().context("no line")?;
    ensure!(last["level"] == "INFO" && last["signal"] == "SIGTERM", "{last}");
    let gone =
        lines.iter().filter(|it| it["client"] == "visitor-39" && it["message"] == "client gone");
    let gone: Vec<_> = gone.collect();
    ensure!(gone.len() == 1 && gone[0]["reason"] == "orderly end", "{lines:?}");
    ensure!(gone[0]["address"].as_str().is_some_and(|it| it.starts_with("tcp://127.0.0.1:")));
    Ok(())
}

#[tokio::test]
async fn levels_are_read_again_at_a_sighup_and_what_cannot_be_meant_changes_nothing() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let levels = folder.path().join("levels");
    let broker = Relais::new().argument("--log-level-file").argument(&levels.display().to_string());
    let mut server = broker.start().await?;
    let url = server.url()?;
    visit(&url, "unseen").await?;
    change(&mut server, &levels, "# tonight\ninfo\n", "levels=info").await?;
    visit(&url, "seen").await?;
    change(&mut server, &levels, "loud\n", "levels stay as they are").await?;
    visit(&url, "still-seen").await?;
    change(&mut server, &levels, "info,engine=warn", "levels=info,engine=warn").await?;
    visit(&url, "hidden").await?;
    ensure!(server.stop().await?.success());
    let said = server.process().failure("said").to_string();
    for (name, expected) in [("\"unseen", 0), ("\"seen", 2), ("\"still-seen", 2), ("\"hidden", 0)] {
        let lines = said.lines().filter(|line| line.contains(name)).count();
        ensure!(lines == expected, "{lines} lines about {name}:\n{said}");
    }
    Ok(())
}

async fn change(server: &mut Server, file: &Path, levels: &str, answer: &str) -> Result<()> {
    fs::write(file, levels)?;
    server.process().signal(Signal::SIGHUP)?;
    server.process().says(answer, SOON).await
}

#[tokio::test]
async fn a_log_disk_without_room_costs_lines_and_nothing_else() -> Result<()> {
    // Takes nothing: "No space left on device".
    let mut server = logging_to(Path::new("/dev/full")).start().await?;
    server.process().says("the log file cannot be written", SOON).await?;
    server.process().says("No space left on device", SOON).await?;
    serves(&server.url()?).await?;
    ensure!(server.stop().await?.success());
    let said = server.process().failure("said").to_string();
    ensure!(said.matches("the log file cannot be written").count() == 1, "{said}");
    Ok(())
}

#[tokio::test]
async fn a_log_file_that_cannot_be_written_at_the_start_is_refused() -> Result<()> {
    let output = Command::new(relais::program()?)
        .args(["--store", "memory", "--log-file", "/nowhere/broker.log"])
        .output()
        .await?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(output.status.code() == Some(1), "{}: {said}", output.status);
    ensure!(said.contains("--log-file /nowhere/broker.log") && said.contains("folder"), "{said}");
    Ok(())
}

/// Whoever started the broker and reads its standard error may stop doing that: it goes on, and ends in order.
#[tokio::test]
async fn a_console_that_nobody_reads_holds_the_broker_up_neither_at_work_nor_at_its_end()
-> Result<()> {
    let mut child = Command::new(relais::program()?)
        .args(["--store", "memory", "--log-level", "trace", "--listen", "tcp://127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let ready = timeout(SOON, lines.next_line()).await??.context("it does not serve")?;
    let url = ready.rsplit_once("openwire=").context("no address")?.1.to_owned();
    // A pipe holds 64 KiB; each visitor has more than 500 bytes.
    for number in 0..150 {
        visit(&url, &format!("visitor-{number}")).await?;
    }
    serves(&url).await?;
    let id = i32::try_from(child.id().context("it has ended")?)?;
    signal::kill(Pid::from_raw(id), Signal::SIGTERM)?;
    let status = timeout(SOON, child.wait()).await??;
    ensure!(status.success(), "{status}");
    Ok(())
}
