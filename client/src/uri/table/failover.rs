//! Options of the failover list itself; names and defaults are those of ActiveMQ's
//! `FailoverTransport`.

use std::path::PathBuf;

use relaismq_options::{Kind, Row};

use super::super::supplied::supplied;
use crate::options::{BrokerAddress, ConnectOptions};

/// Options behind the closing parenthesis.
pub(in crate::uri) const FAILOVER: &[Row<ConnectOptions>] = &[
    Row {
        name: "initialReconnectDelay",
        kind: Kind::Millis(|o, v| o.reconnect.initial_reconnect_delay = v),
        default: "10",
        doc: "First delay between two passes over the broker list.",
    },
    Row {
        name: "maxReconnectDelay",
        kind: Kind::Millis(|o, v| o.reconnect.max_reconnect_delay = v),
        default: "30000",
        doc: "Longest delay between two passes.",
    },
    Row {
        name: "useExponentialBackOff",
        kind: Kind::Bool(|o, v| o.reconnect.use_exponential_back_off = v),
        default: "true",
        doc: "Whether the delay grows from pass to pass.",
    },
    Row {
        name: "reconnectDelayExponent",
        kind: Kind::Factor(1.0, |o, v| o.reconnect.reconnect_delay_exponent = v),
        default: "2.0",
        doc: "Factor by which the delay grows.",
    },
    Row {
        name: "reconnectDelay",
        kind: Kind::Millis(|o, v| {
            // 10 is ActiveMQ's way to say "not set".
            o.reconnect.reconnect_delay = (v.as_millis() != 10).then_some(v);
        }),
        default: "10",
        doc: "First delay until the first success, if it is not 10.",
    },
    Row {
        name: "maxReconnectAttempts",
        kind: Kind::Limit(|o, v| o.reconnect.max_reconnect_attempts = v),
        default: "-1",
        doc: "Failed passes in a row before the connection fails for good; 0 never reconnects.",
    },
    Row {
        name: "startupMaxReconnectAttempts",
        kind: Kind::Limit(|o, v| o.reconnect.startup_max_reconnect_attempts = v),
        default: "-1",
        doc: "The same until the first success; -1 leaves it to maxReconnectAttempts.",
    },
    Row {
        name: "timeout",
        kind: Kind::Timeout(|o, v| o.reconnect.timeout = v),
        default: "-1",
        doc: "How long a caller may wait for a connection.",
    },
    Row {
        name: "randomize",
        kind: Kind::Bool(|o, v| o.reconnect.randomize = v),
        default: "true",
        doc: "Whether each pass walks the brokers in random order.",
    },
    Row {
        name: "warnAfterReconnectAttempts",
        kind: Kind::Every(|o, v| o.reconnect.warn_after_reconnect_attempts = v),
        default: "10",
        doc: "Warn about the first failed pass and about every n-th.",
    },
    Row {
        name: "updateURIsSupported",
        kind: Kind::Bool(|o, v| o.reconnect.update_uris_supported = v),
        default: "true",
        doc: "Whether broker lists sent by the broker are used.",
    },
    Row {
        name: "backup",
        kind: Kind::Bool(|o, v| o.reconnect.backup = v),
        default: "false",
        doc: "Keep spares: sockets to other brokers, of which one takes over at once.",
    },
    Row {
        name: "backupPoolSize",
        kind: Kind::Count(1, MOST_SPARES, |o, v| o.reconnect.backup_pool_size = v),
        default: "1",
        doc: "How many spares.",
    },
    Row {
        name: "priorityBackup",
        kind: Kind::Bool(|o, v| o.reconnect.priority_backup = v),
        default: "false",
        doc: "Prefer the brokers of priorityURIs, and return to one as soon as it is up.",
    },
    Row {
        name: "priorityURIs",
        kind: Kind::Names("tcp://host:port, with commas between several", |o, v| {
            o.reconnect.priority_uris = addresses(v)?;
            Ok(())
        }),
        default: "",
        doc: "The preferred brokers; without it the first one of the list.",
    },
    Row {
        name: "trackMessages",
        kind: Kind::Unneeded(
            "false",
            "persistent messages are kept until the broker has confirmed them, and sent again after a \
             loss; others are not sent again",
        ),
        default: "",
        doc: "Keep sent messages and send them again after a loss.",
    },
    Row {
        name: "maxCacheSize",
        kind: Kind::NoEffect("up to 64 MiB wait for their confirmation, then sends wait"),
        default: "",
        doc: "Bytes of messages kept for trackMessages.",
    },
    Row {
        name: "trackTransactionProducers",
        kind: Kind::Unneeded(
            "true",
            "a producer that is closed before its commit is always replayed",
        ),
        default: "",
        doc: "Replay producers closed before their commit.",
    },
    Row {
        name: "reconnectSupported",
        kind: Kind::Bool(|o, v| o.reconnect.reconnect_supported = v),
        default: "true",
        doc: "Go where the broker sends its clients.",
    },
    Row {
        name: "updateURIsURL",
        kind: Kind::Names("a file: URL or a path", |o, v| {
            o.reconnect.update_uris_url = Some(file(v)?);
            Ok(())
        }),
        default: "",
        doc: "File with further brokers (tcp://host:port, with commas or on lines of their own), read \
              before each pass.",
    },
    Row {
        name: "rebalanceUpdateURIs",
        kind: Kind::Bool(|o, v| o.reconnect.rebalance_update_uris = v),
        default: "true",
        doc: "Move to another broker when the list at updateURIsURL has changed.",
    },
    Row {
        name: "maxPullCacheSize",
        kind: Kind::NoEffect("it sizes a cache that only the C++ client has"),
        default: "",
        doc: "Pull requests kept by the C++ client.",
    },
];

fn file(url: &str) -> Result<PathBuf, String> {
    let path = match url.strip_prefix("file:") {
        Some(rest) => {
            let local = rest.strip_prefix("//localhost").filter(|path| path.starts_with('/'));
            local.unwrap_or(rest)
        }
        None => url,
    };
    let path = path.strip_prefix("//").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    if path.is_empty() || path.starts_with("//") || path.contains("://") {
        return Err("only files are read: write file:/path/to/list".to_owned());
    }
    Ok(path.into())
}

/// Each costs its broker a socket.
const MOST_SPARES: u32 = 16;

fn addresses(list: &str) -> Result<Vec<BrokerAddress>, String> {
    let read = |text: &str| match supplied(text) {
        Ok((address, false)) => Ok(address),
        Ok((_, true)) => Err(format!("leave out the options of {text}")),
        Err(error) => Err(format!("{text:?}: {error}")),
    };
    list.split(',').map(str::trim_ascii).filter(|text| !text.is_empty()).map(read).collect()
}
