//! Programs of this repository.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::target::Target;

/// A program of the same profile as this test, built now.
///
/// # Errors
/// When it cannot be built.
pub fn built(package: &str, name: &str) -> Result<PathBuf> {
    built_with(package, name, &[])
}

/// The broker with fail points, which no released build has: `RELAISMQ_FAIL_POINT` and
/// `RELAISMQ_KNOWN_BUG` in its environment break it.
///
/// # Errors
/// When it cannot be built.
pub fn breakable_broker() -> Result<PathBuf> {
    built_with("relaismq-tests", "breakable-broker", &["--features", "fail-points"])
}

fn built_with(package: &str, name: &str, options: &[&str]) -> Result<PathBuf> {
    let target = Target::find()?;
    build(&target, package, name, options)?;
    Ok(target.root.join(&target.profile).join(name))
}

/// Cargo itself knows best whether the program is up to date, and says so within a moment.
fn build(target: &Target, package: &str, name: &str, options: &[&str]) -> Result<()> {
    let profile = if target.profile == "debug" { "dev" } else { &target.profile };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(cargo)
        .args(["build", "--quiet", "--package", package, "--bin", name])
        .args(options)
        .args(["--profile", profile, "--target-dir"])
        .arg(&target.root)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .context("cannot run cargo")?;
    let reason = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} does not build:\n{reason}");
    Ok(())
}
