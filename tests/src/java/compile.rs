//! Compiles the sources under `tests/java` against a library.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context, Result, bail};

use super::Library;
use crate::target::Target;

/// A source as it is compiled.
struct Source {
    /// Below `tests/java`.
    path: PathBuf,
    text: String,
}

/// The directory with the classes for this library, compiled now unless that was done before.
pub(super) fn compiled(library: Library, class_path: &str) -> Result<PathBuf> {
    let sources = sources(library)?;
    let base = Target::find()?.root.join("java-tests");
    fs::create_dir_all(&base)?;
    let classes = base.join(format!("{:016x}", fingerprint(&sources, class_path)));
    let lock = fs::File::create(base.join("lock"))?;
    lock.lock()?;
    if !classes.exists() {
        let fresh = tempfile::tempdir_in(&base)?;
        compile(&sources, class_path, fresh.path())?;
        fs::rename(fresh.keep(), &classes)?;
    }
    Ok(classes)
}

fn sources(library: Library) -> Result<Vec<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("java");
    let mut sources = Vec::new();
    for file in files(&root)? {
        let path = file.strip_prefix(&root)?.to_owned();
        if library.compiles(&path) {
            sources.push(Source { text: library.adapt(fs::read_to_string(&file)?), path });
        }
    }
    Ok(sources)
}

/// All Java files below a directory, in a stable order.
fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "java") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn fingerprint(sources: &[Source], class_path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    class_path.hash(&mut hasher);
    for source in sources {
        (&source.path, &source.text).hash(&mut hasher);
    }
    hasher.finish()
}

fn compile(sources: &[Source], class_path: &str, into: &Path) -> Result<()> {
    let copies = tempfile::tempdir()?;
    let mut compiler = std::process::Command::new("javac");
    compiler.current_dir(copies.path());
    compiler.args(["-Xlint:all", "-Werror", "-encoding", "UTF-8", "-cp", class_path, "-d"]);
    compiler.arg(std::path::absolute(into)?);
    for Source { path, text } in sources {
        let copy = copies.path().join(path);
        fs::create_dir_all(copy.parent().context("a source in no folder")?)?;
        fs::write(copy, text)?;
        compiler.arg(path);
    }
    let Output { status, stderr, .. } = compiler
        .output()
        .context("cannot run javac: install the Debian package `default-jdk-headless`")?;
    if !status.success() {
        bail!("tests/java does not compile:\n{}", String::from_utf8_lossy(&stderr));
    }
    Ok(())
}
