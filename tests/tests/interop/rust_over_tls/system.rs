//! The CAs that the system trusts, which a program of its own may see changed.

use std::path::Path;
use std::process::{Output, Stdio};

use anyhow::Result;
use relaismq_tests::activemq::Version;
use tokio::process::Command;

use super::{Scene, assert_says};

/// A program that connects without naming a CA, where the system trusts those of this file.
async fn run(url: &str, cas_of_the_system: &Path) -> Result<Output> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_relais-load"));
    program.args(["--url", url, "--messages", "10", "--destination", "system"]);
    program.env("SSL_CERT_FILE", cas_of_the_system).env_remove("SSL_CERT_DIR");
    Ok(program.stdin(Stdio::null()).kill_on_drop(true).output().await?)
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_broker_of_a_ca_of_the_system_needs_no_option() -> Result<()> {
    let scene = Scene::start((Version::Five, false), "").await?;
    let output = run(&scene.url, &scene.authority.file()).await?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_system_without_cas_is_no_obstacle_unless_they_are_needed() -> Result<()> {
    let scene = Scene::start((Version::Five, false), "").await?;
    let nothing = Path::new("/nowhere/ca.pem");
    let output = run(&scene.url, nothing).await?;
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert_says(
        &text,
        &["this system trusts no CA", "ca-certificates", "SSL_CERT_FILE", "tls.caFile"],
    );

    let given = format!("{}?tls.caFile={}", scene.url, scene.authority.file().display());
    for url in [given, scene.broker.url()?] {
        let output = run(&url, nothing).await?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
