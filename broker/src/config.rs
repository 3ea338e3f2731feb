//! What a broker is told at its start. Everything has a default that is safe to run with.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

#[cfg(feature = "sql")]
use crate::store::sql::SqlOptions;

/// Where messages are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreConfig {
    /// In memory: gone with the process. For tests and for traffic that may be lost.
    Memory,
    /// In a folder, durable. Brokers that are given the same folder are master and slaves.
    File(PathBuf),
    /// In a database, durable. Brokers that are given the same database are master and slaves.
    #[cfg(feature = "sql")]
    Sql(DatabaseUrl),
}

/// A database by its address, which may have a password in it: it is never printed.
#[cfg(feature = "sql")]
#[derive(Clone)]
pub struct DatabaseUrl {
    url: String,
    options: Box<SqlOptions>,
}

#[cfg(feature = "sql")]
impl DatabaseUrl {
    pub(crate) fn options(&self) -> SqlOptions {
        (*self.options).clone()
    }
}

#[cfg(feature = "sql")]
impl FromStr for DatabaseUrl {
    type Err = ConfigError;

    fn from_str(url: &str) -> Result<Self, ConfigError> {
        // What cannot be read may have a password in it: only its scheme is repeated.
        let scheme = url.split(':').next().unwrap_or_default();
        let refuse = |_| ConfigError {
            what: "database",
            value: format!("{scheme}:..."),
            hint: "write sql:postgresql://USER:PASSWORD@HOST/DATABASE, sql:mysql://..., \
                   sql:mariadb://... or sql:sqlite:FILE; others are not supported",
        };
        Ok(Self { url: url.to_owned(), options: Box::new(url.parse().map_err(refuse)?) })
    }
}

#[cfg(feature = "sql")]
impl PartialEq for DatabaseUrl {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

#[cfg(feature = "sql")]
impl Eq for DatabaseUrl {}

#[cfg(feature = "sql")]
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.options.place())
    }
}

/// Folder used when no store is named.
const DEFAULT_FOLDER: &str = "relaismq-data";

impl Default for StoreConfig {
    fn default() -> Self {
        Self::File(DEFAULT_FOLDER.into())
    }
}

impl FromStr for StoreConfig {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("file", folder)) if !folder.is_empty() => Ok(Self::File(folder.into())),
            #[cfg(feature = "sql")]
            Some(("sql", url)) => url.parse().map(Self::Sql),
            _ => Err(ConfigError {
                what: "store",
                value: text.to_owned(),
                hint: "write `memory`, `file:DIR` or `sql:URL`",
            }),
        }
    }
}

impl fmt::Display for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::File(folder) => write!(f, "file:{}", folder.display()),
            #[cfg(feature = "sql")]
            Self::Sql(database) => write!(f, "sql:{}", database.options.place()),
        }
    }
}

/// What a file store may use, and whether it may begin anew. The default is right for a disk that
/// belongs to the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreOptions {
    /// Most that the store's files may have together. At its limit a store takes no more messages, as
    /// on a full disk. Default: the disk. At least 16 MiB.
    pub limit: Option<ByteSize>,
    /// Room, on the disk or below the limit, that messages leave free: for removals, checkpoints and
    /// the next start. Default: 65 MiB on a large disk, less on a small one, see
    /// [`FileStoreOptions::reserve_bytes`](crate::store::file::FileStoreOptions::reserve_bytes).
    pub reserve: Option<ByteSize>,
    /// Begin with an empty store where one is missing, even though a broker has used the folder
    /// before: the operator says that this is right. Default: that is refused.
    pub create: bool,
}

/// A number of bytes, as text with a unit or without: `500MB`, `10 gb`, `1048576`. Units are powers of
/// 1024, as in ActiveMQ's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl FromStr for ByteSize {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = lower.split_at(digits);
        let power = match unit.trim_start().trim_end_matches('b').trim_end_matches('i') {
            "" => Some(0),
            "k" => Some(1),
            "m" => Some(2),
            "g" => Some(3),
            "t" => Some(4),
            _ => None,
        };
        let bytes = power
            .and_then(|power| number.parse::<u64>().ok()?.checked_mul(1024_u64.pow(power)))
            .map(Self);
        bytes.ok_or_else(|| ConfigError {
            what: "size",
            value: text.to_owned(),
            hint: "write a number and KB, MB, GB or TB, like 500MB",
        })
    }
}

/// Where clients connect: `tcp://HOST:PORT`. Port 0 lets the system choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    host: String,
    port: u16,
}

/// The OpenWire port that ActiveMQ clients assume.
const DEFAULT_PORT: u16 = 61616;

impl Default for ListenAddress {
    fn default() -> Self {
        Self { host: "127.0.0.1".to_owned(), port: DEFAULT_PORT }
    }
}

impl ListenAddress {
    /// What the system's resolver takes.
    pub(crate) fn host_and_port(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

impl FromStr for ListenAddress {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let refuse = |hint| ConfigError { what: "listen address", value: text.to_owned(), hint };
        let Some(rest) = text.strip_prefix("tcp://") else {
            return Err(refuse("write tcp://HOST:PORT; no other transport is served yet"));
        };
        if rest.contains(['?', '/']) {
            return Err(refuse("write tcp://HOST:PORT without options or path"));
        }
        let Some((host, port)) = rest.rsplit_once(':') else {
            return Err(refuse("the port is missing: write tcp://HOST:PORT"));
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().map_err(|_| refuse("the port is a number from 0 to 65535"))?;
        if host.is_empty() {
            return Err(refuse("the host is missing: write 127.0.0.1, or 0.0.0.0 for all"));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(f, "tcp://[{}]:{}", self.host, self.port);
        }
        write!(f, "tcp://{}:{}", self.host, self.port)
    }
}

/// A bound address in URI form.
pub(crate) fn openwire_uri(address: SocketAddr) -> String {
    format!("tcp://{address}")
}

/// A setting that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} \"{value}\" cannot be understood: {hint}")]
pub struct ConfigError {
    what: &'static str,
    value: String,
    hint: &'static str,
}

impl ConfigError {
    pub(crate) fn new(what: &'static str, value: &str, hint: &'static str) -> Self {
        Self { what, value: value.to_owned(), hint }
    }
}

/// Bounds of the network side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// Client connections at once; further ones are closed at once. Default 1,000, the
    /// `maximumConnections` of ActiveMQ's stock configuration.
    pub max_connections: usize,
    /// Largest frame in bytes of a client that has logged in. Default 100 MiB, as ActiveMQ's stock
    /// configuration. Before the login it is 64 KiB.
    pub max_frame_bytes: u64,
    /// How long a new connection may take to introduce itself. Default 30 s, ActiveMQ's
    /// `connectAttemptTimeout`.
    pub handshake: Duration,
    /// A peer that says nothing for so long is taken for dead. Default 30 s, ActiveMQ's
    /// `maxInactivityDuration`; the smaller wish of both peers counts, zero switches it off.
    pub inactivity: Duration,
    /// Grace before the first look for a silent peer; the smaller wish of both peers counts. Default
    /// 10 s, ActiveMQ's `maxInactivityDurationInitalDelay`.
    pub initial_delay: Duration,
    /// A client that takes nothing of what is written to it for so long is cut off. Default 60 s;
    /// zero waits for ever.
    pub stalled: Duration,
    /// Memory of what is queued for a client that does not read, before nothing more is read from it
    /// either. Default 16 MiB; 64 KiB before it has logged in.
    pub max_outbound_bytes: usize,
    /// The same for all clients together, before none may have more than 256 KiB queued. Default
    /// 32 MiB.
    pub outbound_memory_bytes: usize,
    /// Memory of large frames that are being read, of all clients together; further ones wait. One
    /// that is larger than this has it for itself. Default 32 MiB.
    pub unfinished_bytes: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_connections: 1000,
            max_frame_bytes: 100 * 1024 * 1024,
            handshake: Duration::from_secs(30),
            inactivity: Duration::from_secs(30),
            initial_delay: Duration::from_secs(10),
            stalled: Duration::from_secs(60),
            max_outbound_bytes: 16 * 1024 * 1024,
            outbound_memory_bytes: 32 * 1024 * 1024,
            unfinished_bytes: 32 * 1024 * 1024,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stores_and_addresses_back_as_they_print() {
        for text in ["memory", "file:/var/lib/relaismq"] {
            assert_eq!(text.parse::<StoreConfig>().unwrap().to_string(), text);
        }
        for text in ["tcp://127.0.0.1:61616", "tcp://[::1]:0", "tcp://my_host:1"] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn reads_sizes_with_and_without_units() {
        let sizes = [
            ("0", 0),
            ("1048576", 1 << 20),
            ("16MB", 16 << 20),
            ("10 gb", 10 << 30),
            ("2GiB", 2 << 30),
            ("7k", 7 << 10),
            ("1T", 1 << 40),
            ("512b", 512),
        ];
        for (text, bytes) in sizes {
            assert_eq!(text.parse::<ByteSize>().unwrap(), ByteSize(bytes), "{text}");
        }
        for text in ["", "MB", "1.5GB", "-1", "3 bananas", "99999999999TB", "1MBB MB"] {
            let refused = text.parse::<ByteSize>().unwrap_err().to_string();
            assert!(refused.contains("500MB"), "{refused}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_understand_with_a_hint() {
        for text in ["", "disk", "file:", "memory:x"] {
            assert!(text.parse::<StoreConfig>().unwrap_err().to_string().contains("file:DIR"));
        }
        for text in ["", "61616", "ssl://a:1", "tcp://a", "tcp://a:x", "tcp://:1", "tcp://a:1?x=y"]
        {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
    }
}
