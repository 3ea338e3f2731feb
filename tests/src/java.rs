//! The Java programs under `tests/java`: finds Debian's jars and compiles on demand.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail, ensure};
use tokio::process::Command;

use crate::target::Target;

/// The compiled programs, ready to be started.
#[derive(Debug, Clone)]
pub struct Java {
    class_path: String,
}

/// What a Java virtual machine should be good at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tuning {
    /// A fast start, little memory.
    QuickStart,
    /// Speed in the long run, as a user would have it.
    Throughput,
}

impl Java {
    /// Finds the jars and compiles the programs, once for each state of their sources.
    ///
    /// Safe to call from many tests and many processes at the same time.
    ///
    /// # Errors
    /// When a jar or the compiler is missing (the message says what to install), or the sources do
    /// not compile.
    pub fn prepare() -> Result<Self> {
        static PREPARED: OnceLock<Result<Java, String>> = OnceLock::new();
        let prepared = PREPARED.get_or_init(|| prepare().map_err(|error| format!("{error:#}")));
        prepared.clone().map_err(|message| anyhow!(message))
    }

    /// A command that runs one of the programs, such as `relaismq.BrokerMain`.
    #[must_use]
    pub fn command(&self, program: &str, tuning: Tuning) -> Command {
        let mut command = Command::new("java");
        match tuning {
            Tuning::QuickStart => {
                command.args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
            }
            Tuning::Throughput => command.arg("-Xmx1g"),
        };
        command.args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", &self.class_path]);
        command.arg(program);
        command
    }
}

fn prepare() -> Result<Java> {
    let jars = jars()?;
    let sources = sources(&source_directory())?;
    let classes = compiled(&sources, &jars.join(":"))?;
    let class_path = format!("{}:{}", classes.display(), jars.join(":"));
    Ok(Java { class_path })
}

fn jars() -> Result<Vec<String>> {
    let directory = jar_directory();
    let paths = JARS.iter().map(|name| directory.join(format!("{name}.jar")));
    let (found, missing): (Vec<_>, Vec<_>) = paths.partition(|path| path.exists());
    ensure!(
        missing.is_empty(),
        "missing {missing:?}: install the Debian packages `activemq libactivemq-java`, \
         or run tests/run, which does"
    );
    Ok(found.iter().map(|path| path.display().to_string()).collect())
}

/// Where Debian keeps its jars, unless `RELAISMQ_JARS` says otherwise.
fn jar_directory() -> PathBuf {
    std::env::var_os("RELAISMQ_JARS").map_or_else(|| "/usr/share/java".into(), PathBuf::from)
}

fn source_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("java")
}

/// All sources below a directory, in a stable order.
fn sources(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "java") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The directory with the classes of these sources, compiled now unless that was done before.
fn compiled(sources: &[PathBuf], class_path: &str) -> Result<PathBuf> {
    let base = Target::find()?.root.join("java-tests");
    fs::create_dir_all(&base)?;
    let classes = base.join(format!("{:016x}", fingerprint(sources, class_path)?));
    let lock = fs::File::create(base.join("lock"))?;
    lock.lock()?;
    if !classes.exists() {
        let fresh = tempfile::tempdir_in(&base)?;
        compile(sources, class_path, fresh.path())?;
        fs::rename(fresh.keep(), &classes)?;
    }
    Ok(classes)
}

fn fingerprint(sources: &[PathBuf], class_path: &str) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    class_path.hash(&mut hasher);
    for source in sources {
        source.hash(&mut hasher);
        fs::read(source)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn compile(sources: &[PathBuf], class_path: &str, into: &Path) -> Result<()> {
    let mut compiler = std::process::Command::new("javac");
    compiler.args(["-Xlint:all", "-Werror", "-encoding", "UTF-8", "-cp", class_path, "-d"]);
    let Output { status, stderr, .. } = compiler
        .arg(into)
        .args(sources)
        .output()
        .context("cannot run javac: install the Debian package `default-jdk-headless`")?;
    if !status.success() {
        bail!("tests/java does not compile:\n{}", String::from_utf8_lossy(&stderr));
    }
    Ok(())
}

/// What the programs, the broker and its store need, by Debian's unversioned names.
const JARS: [&str; 16] = [
    "activemq-broker",
    "activemq-client",
    "activemq-jaas",
    "activemq-kahadb-store",
    "activemq-openwire-legacy",
    "activemq-protobuf",
    "activemq-stomp",
    "geronimo-j2ee-management-1.1-spec",
    "geronimo-jms_1.1_spec",
    "geronimo-jta-1.2-spec",
    "hawtbuf",
    "jackson-annotations",
    "jackson-core",
    "jackson-databind",
    "slf4j-api",
    "slf4j-simple",
];
