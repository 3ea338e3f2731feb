//! Whose jars: Debian's, or what `tests/java/pom.xml` has Maven fetch.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::target::Target;

/// A library of Java classes: a broker, and the JMS client that comes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// ActiveMQ 5.17.2 and its client for `javax.jms`, from Debian.
    Five,
    /// ActiveMQ 6.3.1 and its client for `jakarta.jms`, from Maven Central.
    Six,
    /// Artemis 2.55.0 from Maven Central, the broker only.
    Artemis,
}

impl Library {
    /// The paths of its jars.
    pub(super) fn jars(self) -> Result<Vec<String>> {
        match self {
            Self::Five => debian_jars(),
            Self::Six => fetched_jars("activemq-6.3.1"),
            Self::Artemis => fetched_jars("artemis-2.55.0"),
        }
    }

    /// Whether a source, by its path below `tests/java`, is written for it.
    pub(super) fn compiles(self, source: &Path) -> bool {
        let inside = |folder: &str| source.starts_with(format!("relaismq/{folder}"));
        let shared = source.parent().is_some_and(|folder| folder.ends_with("relaismq"));
        match self {
            Self::Five => !inside("artemis"),
            Self::Six => !inside("artemis") && !inside("jdbc"),
            Self::Artemis => shared || inside("artemis"),
        }
    }

    /// A source as this library needs it. It has the same classes in every version, but for the
    /// package of JMS, which was given a new name.
    pub(super) fn adapt(self, source: String) -> String {
        match self {
            Self::Six => source.replace("javax.jms", "jakarta.jms"),
            Self::Five | Self::Artemis => source,
        }
    }
}

/// The jar that makes a Java virtual machine answer Jolokia's requests.
///
/// # Errors
/// When it is missing; the message says how to get it.
pub fn jolokia_agent() -> Result<String> {
    Ok(fetched_jars("jolokia-1.7.2")?.remove(0))
}

fn debian_jars() -> Result<Vec<String>> {
    let directory = debian_directory();
    let paths = DEBIAN_JARS.iter().map(|name| directory.join(format!("{name}.jar")));
    let (found, missing): (Vec<_>, Vec<_>) = paths.partition(|path| path.exists());
    ensure!(
        missing.is_empty(),
        "missing {missing:?}: install the Debian packages `activemq libactivemq-java libcommons-dbcp2-java \
         libmariadb-java libpostgresql-jdbc-java`, \
         or run tests/run, which does"
    );
    Ok(found.iter().map(|path| path.display().to_string()).collect())
}

/// Where Debian keeps its jars, unless `RELAISMQ_JARS` says otherwise.
fn debian_directory() -> PathBuf {
    std::env::var_os("RELAISMQ_JARS").map_or_else(|| "/usr/share/java".into(), PathBuf::from)
}

/// All jars of a folder that Maven has filled.
fn fetched_jars(make: &str) -> Result<Vec<String>> {
    let base = Target::find()?.root.join("java-jars");
    let folder = base.join(make);
    let mut jars = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        jars.push(entry?.path().display().to_string());
    }
    jars.sort();
    ensure!(
        !jars.is_empty(),
        "no jars in {}: install the Debian package `maven` and let it fetch them with \
         `mvn -f tests/java/pom.xml dependency:copy-dependencies -Djars={}`, \
         or run tests/run, which does both",
        folder.display(),
        base.display()
    );
    Ok(jars)
}

/// What the programs, the broker and its store need, by Debian's unversioned names.
const DEBIAN_JARS: [&str; 22] = [
    "activemq-broker",
    "activemq-client",
    "activemq-jaas",
    "activemq-jdbc-store",
    "activemq-kahadb-store",
    "activemq-openwire-legacy",
    "activemq-protobuf",
    "activemq-stomp",
    "commons-dbcp2",
    "jcl-over-slf4j",
    "commons-pool2",
    "geronimo-j2ee-management-1.1-spec",
    "geronimo-jms_1.1_spec",
    "geronimo-jta-1.2-spec",
    "hawtbuf",
    "jackson-annotations",
    "jackson-core",
    "jackson-databind",
    "mariadb-java-client",
    "postgresql",
    "slf4j-api",
    "slf4j-simple",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_library_gets_its_sources_and_the_newer_one_its_name_of_jms() {
        let compiles = |library: Library, path: &str| library.compiles(Path::new(path));
        for (path, five, artemis) in [
            ("relaismq/Options.java", true, true),
            ("relaismq/activemq/BrokerMain.java", true, false),
            ("relaismq/peer/JmsPeer.java", true, false),
            ("relaismq/artemis/BrokerMain.java", false, true),
        ] {
            assert_eq!(compiles(Library::Five, path), five, "{path}");
            assert_eq!(compiles(Library::Six, path), five, "{path}");
            assert_eq!(compiles(Library::Artemis, path), artemis, "{path}");
        }
        let source = || "import javax.jms.Session;".to_owned();
        assert_eq!(Library::Six.adapt(source()), "import jakarta.jms.Session;");
        assert_eq!(Library::Five.adapt(source()), source());
    }

    #[test]
    fn missing_jars_say_how_to_get_them() {
        let error = fetched_jars("no-such-make-1.0").unwrap_err().to_string();
        assert!(error.contains("no-such-make-1.0"), "{error}");
        assert!(error.contains("`maven`") && error.contains("tests/run"), "{error}");
    }
}
