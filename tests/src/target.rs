//! Where Cargo puts what it builds.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// The target directory and the profile directory in it, found from the running test program.
pub(crate) struct Target {
    /// Such as `target`.
    pub(crate) root: PathBuf,
    /// Such as `debug`.
    pub(crate) profile: String,
}

impl Target {
    pub(crate) fn find() -> Result<Self> {
        let program = std::env::current_exe()?;
        // A test program lies in `deps`, a benchmark too, any other directly in the profile's.
        let in_profile = program
            .ancestors()
            .skip(1)
            .find(|directory| !directory.ends_with("deps") && !directory.ends_with("examples"))
            .context("no profile directory")?;
        let profile = in_profile.file_name().context("no profile")?.to_string_lossy().into_owned();
        let root = in_profile.parent().context("no target directory")?.to_owned();
        Ok(Self { root, profile })
    }
}
