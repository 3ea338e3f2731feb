//! Instructions for a message, counted by callgrind: the same wherever it runs, and whatever else does.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::process::Command;

/// A benchmark that takes on so many rounds of a thousand messages when asked on its command line.
struct Counted {
    package: &'static str,
    bench: &'static str,
    work: &'static str,
}

const COUNTED: [Counted; 5] = [
    Counted { package: "relaismq-openwire", bench: "codec", work: "encode" },
    Counted { package: "relaismq-openwire", bench: "codec", work: "decode" },
    Counted { package: "relaismq-broker", bench: "engine", work: "fast" },
    Counted { package: "relaismq-broker", bench: "engine", work: "persistent" },
    Counted { package: "relaismq-broker", bench: "engine", work: "transactions" },
];

/// What is the same in both runs, start and end, falls out of their difference.
const FEW: u64 = 1;
const MANY: u64 = 6;
const ROUND: u64 = 1000;

/// A section of the report.
pub(crate) async fn measure() -> Result<String> {
    if Command::new("valgrind").arg("--version").output().await.is_err() {
        return Ok(
            "\nInstructions for a message were not counted: valgrind is not installed.".to_owned()
        );
    }
    let mut lines =
        vec!["\nInstructions for a message of 1 KiB, counted by callgrind:\n".to_owned()];
    for Counted { package, bench, work } in COUNTED {
        let program = build(package, bench).await?;
        let (few, many) = (count(&program, work, FEW).await?, count(&program, work, MANY).await?);
        let each = many.saturating_sub(few) / ((MANY - FEW) * ROUND);
        lines.push(format!("* {bench} {work}: {each}"));
    }
    Ok(lines.join("\n"))
}

async fn build(package: &str, bench: &str) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.args(["bench", "--quiet", "--no-run", "--message-format=json"]);
    let output = cargo.args(["--package", package, "--bench", bench]).output().await?;
    ensure!(output.status.success(), "cannot build {bench}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let executable = |line: &str| {
        let artifact: Value = serde_json::from_str(line).ok()?;
        let made = artifact.pointer("/target/name")?.as_str()? == bench;
        artifact.get("executable")?.as_str().filter(|_| made).map(PathBuf::from)
    };
    text.lines()
        .find_map(executable)
        .with_context(|| format!("cargo does not say where {bench} is"))
}

async fn count(program: &Path, work: &str, rounds: u64) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let output = valgrind.args([work, &rounds.to_string()]).output().await?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "callgrind on {work}: {text}");
    let line = text.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = line.with_context(|| format!("callgrind counted nothing: {text}"))?;
    Ok(count.trim().parse()?)
}
