//! The URI of a connector: `tcp://0.0.0.0:61616?maximumConnections=1000`.

use relaismq_options::{Kind, Row, Scheme, Source, Span, UriError, closest, find, query};
use roxmltree::Node;

use super::{
    draft::{ConnectorDraft, Draft},
    reader::Reader,
    rows::{JVM, idle, later},
};
use crate::config::{
    connector::{self, ClientCertificates, Connector, SCHEMES},
    listen::ListenAddress,
};

/// What may stand behind the address.
pub(in crate::config) const URI_OPTIONS: &[Row<Draft>] = &[
    Row {
        name: "maximumConnections",
        kind: Kind::Count(1, u32::MAX, |o, v| o.connector.max_connections = Some(v)),
        default: "1000",
        doc: "Clients at once; further ones are refused. Those of all connectors are added up.",
    },
    Row {
        name: "wireFormat.maxFrameSize",
        kind: Kind::Bytes(|o, v| o.connector.max_frame_bytes = Some(v)),
        default: "104857600",
        doc: "Largest frame, in bytes. The largest of all connectors holds for all.",
    },
    Row {
        name: "wireFormat.maxInactivityDuration",
        kind: Kind::Timeout(|o, v| o.limits.inactivity = v.unwrap_or_default()),
        default: "30000",
        doc: "Silence after which a client is asked whether it lives; 0: never. Holds for all connectors.",
    },
    Row {
        // The misspelling is ActiveMQ's.
        name: "wireFormat.maxInactivityDurationInitalDelay",
        kind: Kind::Millis(|o, v| o.limits.initial_delay = v),
        default: "10000",
        doc: "Time before the first look for that. Holds for all connectors.",
    },
    CONNECT_ATTEMPT,
    Row { name: "connectAttemptTimeout", ..CONNECT_ATTEMPT },
    WRITE_TIMEOUT,
    Row { name: "soWriteTimeout", ..WRITE_TIMEOUT },
    later(
        "allowLinkStealing",
        "false",
        "A second client with the id of a first one takes its place.",
    ),
    later("transport.allowLinkStealing", "false", "The same."),
    later("transport.useInactivityMonitor", "true", "Silent clients are looked for."),
    later("useInactivityMonitor", "true", "The same."),
    later("wireFormat.sizePrefixDisabled", "false", "Frames without their length in front."),
    idle("transport.closeAsync", JVM),
    idle("closeAsync", JVM),
    idle("transport.threadName", JVM),
    idle("daemon", JVM),
    idle("jmxPort", JVM),
    idle("dynamicManagement", JVM),
    idle("trace", NO_TRACE),
    idle("transport.trace", NO_TRACE),
    idle("socketBufferSize", SYSTEM),
    idle("transport.socketBufferSize", SYSTEM),
    idle("ioBufferSize", SYSTEM),
    idle("transport.ioBufferSize", SYSTEM),
    idle("backlog", SYSTEM),
    idle("keepAlive", SYSTEM),
    idle("transport.keepAlive", SYSTEM),
    idle("soTimeout", SYSTEM),
    idle("transport.soTimeout", SYSTEM),
    idle("soLinger", SYSTEM),
    idle("transport.soLinger", SYSTEM),
    idle("tcpNoDelay", "it is always on"),
    idle("transport.tcpNoDelay", "it is always on"),
    idle("wireFormat.tcpNoDelayEnabled", CLIENT),
    idle("wireFormat.cacheEnabled", CLIENT),
    idle("wireFormat.cacheSize", CLIENT),
    idle("wireFormat.tightEncodingEnabled", CLIENT),
    idle("wireFormat.stackTraceEnabled", CLIENT),
    NEED,
    Row { name: "transport.needClientAuth", ..NEED },
    WANT,
    Row { name: "transport.wantClientAuth", ..WANT },
    VERSIONS,
    Row { name: "transport.enabledProtocols", ..VERSIONS },
    SUITES,
    Row { name: "transport.enabledCipherSuites", ..SUITES },
    later(
        "transport.verifyHostName",
        "false",
        "Clients' certificates must be for the hosts that they come from.",
    ),
];

const NEED: Row<Draft> = Row {
    name: "needClientAuth",
    kind: Kind::Bool(|o, v| o.connector.tls.need(v)),
    default: "false",
    doc: "With TLS: clients without a certificate that the trust store vouches for are refused.",
};
const WANT: Row<Draft> = Row {
    name: "wantClientAuth",
    kind: Kind::Bool(|o, v| o.connector.tls.want(v)),
    default: "false",
    doc: "With TLS: clients are asked for a certificate, and let in without one.",
};
const VERSIONS: Row<Draft> = Row {
    name: "enabledProtocols",
    kind: Kind::Names("TLSv1.3 and TLSv1.2, by commas", |o, v| o.connector.tls.allow_versions(v)),
    default: "TLSv1.3,TLSv1.2",
    doc: "Versions of TLS that may be used; older ones are not supported.",
};
const SUITES: Row<Draft> = Row {
    name: "enabledCipherSuites",
    kind: Kind::Names("names of cipher suites, by commas", |o, v| o.connector.tls.allow_suites(v)),
    default: "",
    doc: "Cipher suites of TLS that may be used, by Java's names; unset: all that tls.md lists.",
};
/// What only says something where TLS is.
const OF_TLS: [&str; 5] = [
    "needClientAuth",
    "wantClientAuth",
    "enabledProtocols",
    "enabledCipherSuites",
    "verifyHostName",
];

const CONNECT_ATTEMPT: Row<Draft> = Row {
    name: "transport.connectAttemptTimeout",
    kind: Kind::Millis(|o, v| o.limits.handshake = v),
    default: "30000",
    doc: "How long a client may take to introduce itself. Holds for all connectors.",
};
const WRITE_TIMEOUT: Row<Draft> = Row {
    name: "transport.soWriteTimeout",
    kind: Kind::Timeout(|o, v| o.limits.stalled = v.unwrap_or_default()),
    default: "60000",
    doc: "How long a client may take nothing of what is written to it; 0: for ever. Holds for all connectors.",
};

const SYSTEM: &str = "the operating system sees to that";
const CLIENT: &str = "each client decides that for its own connection";
const NO_TRACE: &str = "commands are not logged one by one; see --log-level";

/// Schemes that ActiveMQ has and this broker does not serve.
const UNSERVED: &[(&str, &str)] = &[
    ("amqp", NO_PROTOCOL),
    ("amqp+nio", NO_PROTOCOL),
    ("amqp+ssl", NO_PROTOCOL),
    ("amqp+nio+ssl", NO_PROTOCOL),
    ("stomp", NO_PROTOCOL),
    ("stomp+nio", NO_PROTOCOL),
    ("stomp+ssl", NO_PROTOCOL),
    ("stomp+nio+ssl", NO_PROTOCOL),
    ("mqtt", NO_PROTOCOL),
    ("mqtt+nio", NO_PROTOCOL),
    ("mqtt+ssl", NO_PROTOCOL),
    ("mqtt+nio+ssl", NO_PROTOCOL),
    ("ws", NO_PROTOCOL),
    ("wss", NO_PROTOCOL),
    ("http", NO_PROTOCOL),
    ("https", NO_PROTOCOL),
    ("udp", NO_PROTOCOL),
    ("xmpp", NO_PROTOCOL),
    ("vm", "it only reaches clients inside a Java virtual machine"),
    ("peer", "it only reaches clients inside a Java virtual machine"),
];
const NO_PROTOCOL: &str = "this protocol is not built yet, so the connector is not served";

/// The end of `transportConnector`.
pub(super) fn finish<'a>(reader: &mut Reader<'a>, node: Node<'a, 'a>) {
    let at = node.range().start;
    let value_at =
        node.attributes().find(|it| it.name() == "uri").map_or(at, |it| it.range().start);
    let ConnectorDraft { uri, .. } = std::mem::take(&mut reader.draft.connector);
    match uri {
        Some(uri) => serve(reader, &uri, value_at),
        // Its value was refused before, or there is none.
        None if node.attribute("uri").is_some() => {}
        None => {
            let remedy = "write uri=\"tcp://0.0.0.0:61616\"";
            reader.refuse(at, ELEMENT, "no uri", remedy);
        }
    }
}

const ELEMENT: &str = "transportConnector uri";

/// Takes one connector over, or says why not.
pub(super) fn serve(reader: &mut Reader<'_>, uri: &str, at: usize) {
    let source = Source::new(uri, |name| find(URI_OPTIONS, name).is_some());
    let whole = source.whole().trim();
    let Some((scheme, _)) = whole.split_once(':') else {
        return reader.refuse(at, ELEMENT, "no scheme", "write tcp://0.0.0.0:61616");
    };
    let scheme = scheme.text();
    if let Some((_, reason)) = UNSERVED.iter().find(|(name, _)| *name == scheme) {
        reader.draft.unserved.get_or_insert(at);
        return reader.warn(at, ELEMENT, &format!("{scheme}: {reason}"), "");
    }
    let Some(kind) = connector::scheme(scheme) else {
        let known = closest(scheme, SCHEMES.map(|(name, _)| name));
        let remedy = known.map(|name| format!("did you mean {name}?"));
        let remedy = remedy.unwrap_or_else(|| "write tcp://0.0.0.0:61616".to_owned());
        return reader.refuse(at, ELEMENT, &format!("scheme {scheme} is not known"), &remedy);
    };
    if kind.is_secure() && cfg!(not(feature = "tls")) {
        let what = format!("{scheme}: this broker was built without the feature `tls`");
        return reader.refuse(at, ELEMENT, &what, "build it with that, or leave the connector out");
    }
    let (address, options) = whole.split_once('?').map_or((whole, None), |(a, o)| (a, Some(o)));
    let address = address_of(reader, scheme, address, at);
    match options.map_or(Ok(Vec::new()), |options| query::entries(source, options)) {
        Ok(entries) => entries.iter().for_each(|entry| option(reader, entry, kind, at)),
        Err(UriError { kind, hint, .. }) => {
            reader.refuse(at, ELEMENT, &kind.to_string(), &hint.unwrap_or_default());
        }
    }
    if let Some(address) = address {
        take(&mut reader.draft, address, kind, at);
    }
    limit(reader);
}

fn address_of(
    reader: &mut Reader<'_>,
    scheme: &str,
    address: Span<'_>,
    at: usize,
) -> Option<ListenAddress> {
    let rest = address.text().trim_start_matches(scheme).trim().trim_end_matches('/');
    match format!("tcp{rest}").parse() {
        Ok(address) => Some(address),
        Err(error) => {
            let error: crate::config::error::ConfigError = error;
            let what = format!("`{}` is no address", address.text());
            reader.refuse(at, ELEMENT, &what, error.hint());
            None
        }
    }
}

fn take(draft: &mut Draft, address: ListenAddress, kind: Scheme, at: usize) {
    let tls = std::mem::take(&mut draft.connector.tls);
    let tls = kind.is_secure().then_some(tls);
    if let Some(tls) = &tls {
        draft.secure.get_or_insert(at);
        if tls.client_certificates != ClientCertificates::No {
            draft.asking.get_or_insert(at);
        }
    }
    draft.connectors.push(Connector { address, tls });
}

fn option(reader: &mut Reader<'_>, entry: &query::Entry<'_>, kind: Scheme, at: usize) {
    let subject = "transportConnector";
    let bare = entry.key.strip_prefix("transport.").unwrap_or(&entry.key);
    if !kind.is_secure() && OF_TLS.contains(&bare) {
        let subject = format!("{subject} {}", entry.key);
        return reader.warn(at, &subject, "has no effect: this connector does not use TLS", "");
    }
    if entry.key.starts_with("jms.") {
        let what = format!("{} is an option of clients", entry.key);
        return reader.refuse(at, subject, &what, "write it into their broker URIs");
    }
    if entry.value.ends_with(';') {
        let what = format!("{} ends with a ;", entry.key);
        return reader.refuse(
            at,
            subject,
            &what,
            "leave the ; out, and separate options with &amp;",
        );
    }
    reader.set(subject, URI_OPTIONS, (&entry.key, &entry.value), at);
}

/// The broker has one limit for all connectors.
fn limit(reader: &mut Reader<'_>) {
    let draft = &mut reader.draft;
    let (first, connector) = (draft.connectors.len() <= 1, std::mem::take(&mut draft.connector));
    let limits = &mut draft.limits;
    if let Some(count) = connector.max_connections {
        let before = if first { 0 } else { limits.max_connections };
        limits.max_connections =
            before.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
    }
    if let Some(bytes) = connector.max_frame_bytes {
        let before = if first { 0 } else { limits.max_frame_bytes };
        limits.max_frame_bytes = before.max(bytes);
    }
}
