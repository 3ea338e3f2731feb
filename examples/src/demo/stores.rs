//! Where brokers keep messages, and what has to be started for that.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use super::{
    databases::{DatabaseServer, Make},
    ports::ReservedPort,
    zookeeper::ZooKeeperServers,
};

/// Where brokers keep messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreChoice {
    /// In each broker's memory: what a killed broker held is lost, and the report says so.
    Memory,
    /// In a folder that both brokers share; ActiveMQ's keep KahaDB there.
    File,
    /// In a file of SQLite that both brokers share.
    Sqlite,
    /// In a private PostgreSQL server, started for this.
    Postgresql,
    /// In a private MariaDB server, started for this.
    Mariadb,
    /// On a majority of three brokers, each with a folder of its own, that know each other.
    Replicated,
    /// The same, of brokers that find each other through private ZooKeeper servers, started for this.
    Zookeeper,
    /// In this database, which is there already: `postgresql://…`, `mariadb://…`, `mysql://…` or
    /// `sqlite:…`.
    Sql(String),
}

/// The words for them, but for `sql:URL`.
const WORDS: [(&str, StoreChoice); 7] = [
    ("memory", StoreChoice::Memory),
    ("file", StoreChoice::File),
    ("sqlite", StoreChoice::Sqlite),
    ("postgresql", StoreChoice::Postgresql),
    ("mariadb", StoreChoice::Mariadb),
    ("replicated", StoreChoice::Replicated),
    ("zookeeper", StoreChoice::Zookeeper),
];

impl FromStr for StoreChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(url) = text.strip_prefix("sql:").filter(|url| url.contains(':')) {
            return Ok(Self::Sql(url.to_owned()));
        }
        let known = WORDS.into_iter().find(|(word, _)| *word == text);
        known.map(|(_, choice)| choice).ok_or_else(|| {
            "say memory, file, sqlite, postgresql, mariadb, replicated, zookeeper, or sql:URL of a \
             database that is there"
                .to_owned()
        })
    }
}

impl fmt::Display for StoreChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match WORDS.iter().find(|(_, choice)| choice == self) {
            Some((word, _)) => f.write_str(word),
            // The rest may have a password in it.
            None => f.write_str("sql"),
        }
    }
}

/// A store that is there, for as long as this value lives.
#[derive(Debug)]
pub enum Place {
    /// None outside of the brokers.
    Memory,
    /// A folder.
    Folder(PathBuf),
    /// A file of SQLite.
    SqliteFile(PathBuf),
    /// A server of our own.
    Server(Box<DatabaseServer>),
    /// Somebody else's database.
    Url(String),
    /// A folder for each broker, below this one, and ports through which they reach each other.
    Nodes(PathBuf, [ReservedPort; BROKERS_THAT_REPLICATE]),
    /// The same, with servers through which they find each other.
    ZooKeeper(PathBuf, Box<ZooKeeperServers>),
}

/// One of them may be down.
pub const BROKERS_THAT_REPLICATE: usize = 3;

impl Place {
    /// Has it, below `folder` if it is made of files.
    ///
    /// # Errors
    /// When a server cannot be started.
    pub async fn make(choice: &StoreChoice, folder: &Path) -> anyhow::Result<Self> {
        Ok(match choice {
            StoreChoice::Memory => Self::Memory,
            StoreChoice::File => Self::Folder(folder.join("shared")),
            StoreChoice::Sqlite => Self::SqliteFile(folder.join("messages.sqlite")),
            StoreChoice::Postgresql => server(Make::PostgreSql).await?,
            StoreChoice::Mariadb => server(Make::MariaDb).await?,
            StoreChoice::Sql(url) => Self::Url(url.clone()),
            StoreChoice::Replicated => {
                let ports = [ReservedPort::take()?, ReservedPort::take()?, ReservedPort::take()?];
                Self::Nodes(folder.to_owned(), ports)
            }
            StoreChoice::Zookeeper => {
                let servers = ZooKeeperServers::start(BROKERS_THAT_REPLICATE).await?;
                Self::ZooKeeper(folder.to_owned(), Box::new(servers))
            }
        })
    }

    /// How many brokers are started on it.
    #[must_use]
    pub const fn brokers(&self) -> usize {
        if self.is_replicated() { BROKERS_THAT_REPLICATE } else { 2 }
    }

    /// What RelaisMQ's broker with this number, from 0, is started with.
    #[must_use]
    pub fn for_relaismq(&self, which: usize, port: u16) -> Vec<String> {
        // Those that find each other have one name; those that share a lock must not.
        let name = if self.is_replicated() { "demo".to_owned() } else { format!("broker-{port}") };
        let store = self.store(which);
        let mut arguments = ["--name", &name, "--store", &store].map(str::to_owned).to_vec();
        match self {
            Self::Nodes(_, ports) => {
                let node = |(which, port): (usize, &ReservedPort)| {
                    format!("node-{which}=127.0.0.1:{}", port.number())
                };
                let nodes: Vec<_> = ports.iter().enumerate().map(node).collect();
                let name = format!("node-{which}");
                arguments.extend([
                    "--node".to_owned(),
                    name,
                    "--nodes".to_owned(),
                    nodes.join(","),
                ]);
            }
            Self::ZooKeeper(_, servers) => {
                let how =
                    ["--bind", "tcp://127.0.0.1:0", "--hostname", "127.0.0.1", "--zk-address"];
                arguments.extend(how.map(str::to_owned));
                arguments.push(servers.address());
            }
            _ => {}
        }
        arguments
    }

    fn store(&self, which: usize) -> String {
        match self {
            Self::Memory => "memory".to_owned(),
            Self::Folder(folder) => format!("file:{}", folder.display()),
            Self::SqliteFile(file) => format!("sql:sqlite:{}", file.display()),
            Self::Server(server) => format!("sql:{}", server.url()),
            Self::Url(url) => format!("sql:{url}"),
            Self::Nodes(folder, _) | Self::ZooKeeper(folder, _) => {
                format!("replicated:{}", folder.join(format!("broker-{which}")).display())
            }
        }
    }

    /// Each broker has a copy, and a majority of them is needed to serve.
    #[must_use]
    pub const fn is_replicated(&self) -> bool {
        matches!(self, Self::Nodes(..) | Self::ZooKeeper(..))
    }

    /// Brokers share nothing: both serve at once, and what one loses is lost.
    #[must_use]
    pub const fn is_memory(&self) -> bool {
        matches!(self, Self::Memory)
    }
}

async fn server(make: Make) -> anyhow::Result<Place> {
    Ok(Place::Server(Box::new(DatabaseServer::start(make).await?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_urls_are_read_and_a_password_is_not_printed() {
        for (word, choice) in WORDS {
            assert_eq!(word.parse(), Ok(choice.clone()));
            assert_eq!(choice.to_string(), word);
        }
        let url: StoreChoice = "sql:postgresql://u:secret@h/d".parse().unwrap();
        assert_eq!(url, StoreChoice::Sql("postgresql://u:secret@h/d".to_owned()));
        assert_eq!(url.to_string(), "sql");
        for wrong in ["", "disk", "sql:", "sql:x"] {
            assert!(wrong.parse::<StoreChoice>().unwrap_err().contains("sql:URL"), "{wrong}");
        }
    }
}
