//! A crate outside of the repository, with the files that the README shows.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, ensure};
use tokio::{
    process::Command,
    sync::OnceCell,
    time::{Instant, timeout},
};

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// Runs the program of the README to its end, with this URI.
pub(crate) async fn run(uri: &str) -> Result<Ended> {
    static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();
    let program = PROGRAM.get_or_try_init(build).await?;
    let begin = Instant::now();
    let mut command = Command::new(program);
    command.arg(uri).kill_on_drop(true);
    // As for most people.
    command.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    let output = timeout(RUNNING, command.output()).await.context("it does not end")??;
    Ok(Ended {
        success: output.status.success(),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
        took: begin.elapsed(),
    })
}

/// Makes the crate and compiles it. The folder is a new one, what cargo builds is kept for the next time.
async fn build() -> Result<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no repository")?;
    let readme = fs::read_to_string(repository.join("README.md"))?;
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("src"))?;
    fs::write(folder.path().join("src/main.rs"), block(&readme, "```rust\n")?)?;
    fs::write(folder.path().join("Cargo.toml"), manifest(&readme, repository)?)?;
    // The same versions of everything: nothing has to be found in the network.
    fs::copy(repository.join("Cargo.lock"), folder.path().join("Cargo.lock"))?;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("first-hour");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--target-dir"]).arg(&target);
    command.current_dir(folder.path()).kill_on_drop(true);
    let output = timeout(COMPILING, command.output()).await.context("cargo does not end")??;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && said.is_empty(), "the README does not compile:\n{said}");
    Ok(target.join("debug/first-hour"))
}

fn manifest(readme: &str, repository: &Path) -> Result<String> {
    let shown = block(readme, "```toml\n")?;
    let ours = shown.lines().find(|line| line.starts_with("relaismq = ")).context("no relaismq")?;
    let version = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
    ensure!(
        ours == format!("relaismq = \"{version}\""),
        "not the version of this repository: {ours}"
    );
    let here = format!("relaismq = {{ path = {:?} }}", repository.join("client"));
    let head = "[package]\nname = \"first-hour\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n";
    Ok(format!("{head}{}", shown.replace(ours, &here)))
}

/// The first block of the README that begins so.
fn block<'a>(readme: &'a str, begin: &str) -> Result<&'a str> {
    let after = readme.split_once(begin).ok_or_else(|| anyhow!("README.md has no {begin:?}"))?.1;
    Ok(after.split_once("```").context("README.md has an open block")?.0)
}

/// All dependencies of the client may have to be compiled.
const COMPILING: Duration = Duration::from_secs(900);
/// Longer than the program waits for anything.
const RUNNING: Duration = Duration::from_secs(60);
