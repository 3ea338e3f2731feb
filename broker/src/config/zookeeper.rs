//! Where ZooKeeper is, and where in it the brokers meet.

use std::{fmt, time::Duration};

use relaismq_options::Secret;

/// The servers through which brokers find each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZooKeeperConfig {
    /// `HOST:PORT` of each server, with commas between them; behind the last one a path may stand, below which
    /// all others are meant. Default `127.0.0.1:2181`.
    pub address: String,
    /// Its password, if it wants one.
    pub password: Option<Secret>,
    /// Where in ZooKeeper the brokers meet. Default `/default`.
    pub path: String,
    /// How long ZooKeeper waits for a silent broker. Default 2 s.
    pub session_timeout: Duration,
}

impl Default for ZooKeeperConfig {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:2181".to_owned(),
            password: None,
            path: "/default".to_owned(),
            session_timeout: Duration::from_secs(2),
        }
    }
}

impl ZooKeeperConfig {
    /// The same, looked at.
    ///
    /// # Errors
    /// [`ZooKeeperPlaceError`] if an address or the path cannot be meant.
    pub fn place(&self) -> Result<ZooKeeperPlace, ZooKeeperPlaceError> {
        let place = ZooKeeperPlace::new(&self.address, &self.path)?;
        Ok(place.password(self.password.clone()).session_timeout(self.session_timeout))
    }
}

/// Where ZooKeeper is, and where in it the brokers meet: a configuration that can be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZooKeeperPlace {
    servers: Vec<String>,
    path: String,
    password: Option<Secret>,
    session_timeout: Duration,
}

/// Why an address or a path cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ZooKeeperPlaceError {
    what: String,
    is_path: bool,
}

impl ZooKeeperPlaceError {
    /// It is the path that is wrong.
    pub(super) const fn is_path(&self) -> bool {
        self.is_path
    }
}

/// Where a server listens that names no port.
const USUAL_PORT: u16 = 2181;
/// As `replicatedLevelDB` has it.
const USUAL_TIMEOUT: Duration = Duration::from_secs(2);
/// What ZooKeeper keeps for itself.
const RESERVED: &str = "/zookeeper";

impl ZooKeeperPlace {
    /// From `zkAddress`, which is `host:port` of each server, comma-separated, with an optional path behind
    /// the last one, and from `zkPath`, which stands below that.
    ///
    /// # Errors
    /// [`ZooKeeperPlaceError`] says what is wrong with them.
    pub fn new(address: &str, path: &str) -> Result<Self, ZooKeeperPlaceError> {
        let (servers, root) = address.split_at(address.find('/').unwrap_or(address.len()));
        let servers = servers.split(',').map(str::trim).map(server).collect::<Result<_, _>>()?;
        let below = if path == "/" { "" } else { path };
        let path = format!("{}{below}", root.trim_end_matches('/'));
        check(&path)?;
        let (password, session_timeout) = (None, USUAL_TIMEOUT);
        Ok(Self { servers, path, password, session_timeout })
    }

    /// With a password: what is made there is for those only that have it. Default: none, and everybody may
    /// read and change it.
    #[must_use]
    pub fn password(mut self, password: Option<Secret>) -> Self {
        self.password = password;
        self
    }

    /// How long a silent broker counts as there. Default 2 s. A server takes no less than two of its ticks,
    /// 4 s unless it is configured, and no more than twenty.
    #[must_use]
    pub const fn session_timeout(mut self, timeout: Duration) -> Self {
        self.session_timeout = timeout;
        self
    }

    /// `host:port` of each server.
    #[must_use]
    pub fn servers(&self) -> &[String] {
        &self.servers
    }

    /// The znode under which each broker has one.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    #[allow(dead_code, reason = "for whoever talks to ZooKeeper")]
    pub(crate) fn secret(&self) -> Option<&str> {
        self.password.as_ref().map(Secret::expose)
    }

    #[allow(dead_code, reason = "for whoever talks to ZooKeeper")]
    pub(crate) const fn timeout(&self) -> Duration {
        self.session_timeout
    }
}

impl fmt::Display for ZooKeeperPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.servers.join(","))
    }
}

/// With its port.
fn server(text: &str) -> Result<String, ZooKeeperPlaceError> {
    let wrong = || {
        let hint = "write host:port of each server, with commas between them";
        let what = format!("`{text}` is no server of ZooKeeper: {hint}");
        ZooKeeperPlaceError { what, is_path: false }
    };
    let bracketed = text.starts_with('[');
    let end = if bracketed { text.find(']').ok_or_else(wrong)? + 1 } else { 0 };
    let colon = text.get(end..).and_then(|rest| rest.find(':')).map(|at| end + at);
    let (host, port) = text.split_at(colon.unwrap_or(text.len()));
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-._[]:%".contains(c);
    if host.is_empty() || !host.chars().all(is_host) || (!bracketed && host.contains(':')) {
        return Err(wrong());
    }
    let port = match port.strip_prefix(':') {
        None => USUAL_PORT,
        Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?,
    };
    Ok(format!("{host}:{port}"))
}

fn check(path: &str) -> Result<(), ZooKeeperPlaceError> {
    let told = |what: &str| {
        Err(ZooKeeperPlaceError { what: format!("the path `{path}` {what}"), is_path: true })
    };
    if !path.starts_with('/') || path == "/" {
        return told("is none of ZooKeeper's: write one like /activemq/leveldb-stores");
    }
    let fits = |name: &str| {
        !matches!(name, "" | "." | "..") && !name.chars().any(|c| c.is_control() || c == '\u{fffd}')
    };
    if !path.split('/').skip(1).all(fits) {
        return told("has a part that ZooKeeper does not take: no empty one, no `.`, no `..`");
    }
    if path == RESERVED || path.starts_with(&format!("{RESERVED}/")) {
        return told("is ZooKeeper's own");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_may_lack_ports_and_a_path_behind_them_stands_before_the_brokers_own() {
        let place =
            ZooKeeperPlace::new("zoo1.example.org, [::1]:2182,10.0.0.3:99", "/activemq/stores");
        let place = place.unwrap();
        assert_eq!(place.servers(), ["zoo1.example.org:2181", "[::1]:2182", "10.0.0.3:99"]);
        assert_eq!(place.path(), "/activemq/stores");
        assert_eq!(place.to_string(), "zoo1.example.org:2181,[::1]:2182,10.0.0.3:99");
        assert_eq!(
            ZooKeeperPlace::new("a:1,b:2/site/one/", "/default").unwrap().path(),
            "/site/one/default"
        );
        assert_eq!(ZooKeeperPlace::new("a:1/site", "/").unwrap().path(), "/site");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_write() {
        for address in ["", "a:1,,b:2", "a:0", "a:70000", "a:b", "tcp://a:1", "::1:2181", "a b"] {
            let refused = ZooKeeperPlace::new(address, "/default").unwrap_err().to_string();
            assert!(refused.contains("host:port") || refused.contains("path"), "{refused}");
        }
        for path in ["", "/", "default", "/a//b", "/a/", "/a/../b", "/zookeeper", "/zookeeper/x"] {
            let refused = ZooKeeperPlace::new("a:1", path).unwrap_err().to_string();
            assert!(refused.contains("the path"), "{refused}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let place = ZooKeeperPlace::new("a:1", "/x").unwrap().password(Some(Secret::new("geheim")));
        assert!(!format!("{place:?} {place}").contains("geheim"));
    }
}
