//! The Java programs under `tests/java`: finds the jars of a library and compiles on demand.

mod compile;
mod library;

use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use tokio::process::Command;

pub use library::{Library, fetched_jars, jolokia_agent};

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
    pub fn prepare(library: Library) -> Result<Self> {
        static FIVE: OnceLock<Result<Java, String>> = OnceLock::new();
        static SIX: OnceLock<Result<Java, String>> = OnceLock::new();
        static ARTEMIS: OnceLock<Result<Java, String>> = OnceLock::new();
        let prepared = match library {
            Library::Five => &FIVE,
            Library::Six => &SIX,
            Library::Artemis => &ARTEMIS,
        };
        let prepared =
            prepared.get_or_init(|| prepare(library).map_err(|error| format!("{error:#}")));
        prepared.clone().map_err(|message| anyhow!(message))
    }

    /// The same with properties of the Java virtual machine, such as `javax.net.ssl.trustStore=FILE`.
    #[must_use]
    pub fn command_with(&self, program: &str, tuning: Tuning, properties: &[String]) -> Command {
        let mut command = self.command(program, tuning);
        if !properties.is_empty() {
            let options: Vec<_> = properties.iter().map(|it| format!("-D{it}")).collect();
            command.env("JDK_JAVA_OPTIONS", options.join(" "));
        }
        command
    }

    /// A command that runs one of the programs, such as `relaismq.activemq.BrokerMain`.
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

fn prepare(library: Library) -> Result<Java> {
    let jars = library.jars()?.join(":");
    let classes = compile::compiled(library, &jars)?;
    Ok(Java { class_path: format!("{}:{jars}", classes.display()) })
}
