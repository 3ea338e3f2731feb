//! Brokers that cannot start say why.

use std::{process::Output, time::Duration};

use anyhow::{Context, Result, ensure};
use relaismq_tests::relais::{Relais, program};
use tokio::{process::Command, time::timeout};

/// Longest wait for what should take a moment.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Runs a broker that ends by itself.
pub(crate) async fn run(arguments: &[&str]) -> Result<Output> {
    let mut command = Command::new(program()?);
    // Brokers side by side would all want the usual address of the admin page.
    if !arguments.contains(&"--check-store") {
        command.arg("--no-admin");
    }
    command.args(arguments).kill_on_drop(true).env_remove("RELAISMQ_LOG");
    Ok(timeout(SOON, command.output()).await.context("the broker does not end")??)
}

#[tokio::test]
async fn a_port_in_use_is_named_and_ends_the_second_broker_with_status_1() -> Result<()> {
    let mut server = Relais::new().start().await?;
    let url = server.url()?;
    let output = run(&["--store", "memory", "--listen", &url]).await?;
    ensure!(output.status.code() == Some(1), "{}", output.status);
    let said = String::from_utf8(output.stderr)?;
    ensure!(said.contains(&url), "{said}");
    ensure!(said.matches("in use").count() == 1, "not once: {said}");
    ensure!(output.stdout.is_empty(), "it announced itself");
    server.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named_and_ends_the_broker_with_status_1() -> Result<()> {
    let file = tempfile::NamedTempFile::new()?;
    let folder = file.path().join("inside").display().to_string();
    let store = format!("file:{folder}");
    let output = run(&["--store", &store, "--listen", "tcp://127.0.0.1:0"]).await?;
    ensure!(output.status.code() == Some(1), "{}", output.status);
    let said = String::from_utf8(output.stderr)?;
    ensure!(said.contains(&folder), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_limit_that_leaves_a_store_no_room_is_refused_with_status_1() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let store = format!("file:{}", folder.path().display());
    let output = run(&["--store", &store, "--store-limit", "1MB"]).await?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(output.status.code() == Some(1) && said.contains("16 MiB"), "{said}");
    Ok(())
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_explained_with_status_2() -> Result<()> {
    let wrong: [(&[&str], &str); 14] = [
        (&["--listen", "http://127.0.0.1:1"], "tcp://HOST:PORT"),
        (&["--listen", "ssl://127.0.0.1:1"], "--tls-certificate FILE"),
        (&["--listen", "ssl://127.0.0.1:1?needClientAut=true"], "did you mean needClientAuth?"),
        (&["--tls-key", "broker.key"], "--tls-certificate"),
        (&["--listen", "tcp://127.0.0.1"], "port is missing"),
        (&["--listen", "tcp://127.0.0.1:99999"], "0 to 65535"),
        (&["--store", "disk"], "file:DIR"),
        (&["--stoer", "memory"], "--store"),
        (&["surplus"], "surplus"),
        (&["--store-limit", "much"], "500MB"),
        (&["--store-reserve", "lots"], "500MB"),
        (&["--log", "foo"], "off, error, warn, info, debug or trace"),
        (&["--log", "warn,foo=debug"], "info,engine=debug"),
        (&["--check-store", "here", "--store", "memory"], "cannot be used with"),
    ];
    for (arguments, hint) in wrong {
        let output = run(arguments).await?;
        let said = String::from_utf8(output.stderr)?;
        ensure!(output.status.code() == Some(2), "{arguments:?}: {}\n{said}", output.status);
        ensure!(said.contains(hint), "{arguments:?}: {said}");
    }
    let help = run(&["--help"]).await?;
    ensure!(help.status.success() && String::from_utf8(help.stdout)?.contains("--store"));
    Ok(())
}
