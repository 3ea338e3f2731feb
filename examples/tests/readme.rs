//! The example of the README is the program `first-steps`, and it works.

use std::process::Command;

use relaismq_broker::{Broker, StoreConfig};

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = include_str!("../src/bin/first-steps.rs");

#[test]
fn the_readme_shows_the_program() {
    // Without the file's doc and attributes.
    let shown = &PROGRAM[PROGRAM.find("use ").unwrap()..];
    assert!(
        README.contains(shown.trim()),
        "README.md does not show examples/src/bin/first-steps.rs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_the_readme_sends_and_receives() {
    let address = "tcp://127.0.0.1:0".parse().unwrap();
    let broker = Broker::builder().listen(address).store(StoreConfig::Memory).start();
    broker.serving().await.unwrap();
    let uri = format!("failover:({})", broker.url());
    let run = move || Command::new(env!("CARGO_BIN_EXE_first-steps")).arg(uri).output().unwrap();
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, "the broker has it: true\nreceived: two teas\n");
    broker.stop().await.unwrap();
}
