//! Libraries that are preloaded into a program, so that its disk misbehaves.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

/// Compiles `tests/faults/NAME.c` into a library in this folder, for `LD_PRELOAD`.
///
/// # Errors
/// When there is no C compiler, or it refuses.
pub async fn compile(name: &str, folder: &Path) -> Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("faults").join(name);
    let library = folder.join(name).with_extension("so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library);
    compiler.arg(source.with_extension("c")).arg("-ldl");
    ensure!(compiler.status().await.context("cc")?.success(), "{name}.c cannot be compiled");
    Ok(library)
}
