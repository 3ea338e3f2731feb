//! Options of the link to one broker; names are those of ActiveMQ's `TcpTransport`,
//! `InactivityMonitor` and `OpenWireFormatFactory`.

use relaismq_options::{Kind, Row};

use super::tls;
use crate::options::TransportOptions;

/// Options on a component, or with the prefix `nested.` behind the closing parenthesis.
pub(in crate::uri) const TRANSPORT: &[Row<TransportOptions>] = &[
    Row {
        name: "connectionTimeout",
        kind: Kind::Timeout(|o, v| o.connection_timeout = v),
        default: "5000",
        doc: "Limit for one TCP connect and for one TLS handshake.",
    },
    Row {
        name: "keepAlive",
        kind: Kind::Bool(|o, v| o.keep_alive = Some(v)),
        default: "",
        doc: "TCP keep-alive probes.",
    },
    Row {
        name: "tcpNoDelay",
        kind: Kind::Bool(|o, v| o.tcp_no_delay = Some(v)),
        default: "",
        doc: "Send small packets at once; unset: as negotiated.",
    },
    Row {
        name: "wireFormat.version",
        kind: Kind::Count(1, 12, |o, v| {
            o.wire_format.version = u8::try_from(v).unwrap_or(u8::MAX);
        }),
        default: "12",
        doc: "Highest OpenWire version spoken.",
    },
    Row {
        name: "wireFormat.host",
        kind: Kind::Text(|o, v| o.wire_format.host = Some(v.to_owned())),
        default: "",
        doc: "Name of the virtual host; unset: the host of the broker.",
    },
    Row {
        name: "wireFormat.stackTraceEnabled",
        kind: Kind::Bool(|o, v| o.wire_format.stack_trace_enabled = v),
        default: "true",
        doc: "Whether the broker sends stack traces with its errors.",
    },
    Row {
        name: "wireFormat.tcpNoDelayEnabled",
        kind: Kind::Bool(|o, v| o.wire_format.tcp_no_delay_enabled = v),
        default: "true",
        doc: "Whether both sides send small packets at once.",
    },
    Row {
        name: "wireFormat.cacheEnabled",
        kind: Kind::Bool(|o, v| o.wire_format.cache_enabled = v),
        default: "true",
        doc: "Whether repeated objects are sent as numbers.",
    },
    Row {
        name: "wireFormat.cacheSize",
        kind: Kind::Count(1, 32_767, |o, v| {
            o.wire_format.cache_size = u16::try_from(v).unwrap_or(u16::MAX);
        }),
        default: "1024",
        doc: "Entries of that cache.",
    },
    Row {
        name: "wireFormat.tightEncodingEnabled",
        kind: Kind::Bool(|o, v| o.wire_format.tight_encoding_enabled = v),
        default: "true",
        doc: "Whether the compact encoding is used.",
    },
    Row {
        name: "wireFormat.maxInactivityDuration",
        kind: Kind::Timeout(|o, v| o.wire_format.max_inactivity_duration = v),
        default: "30000",
        doc: "Silence after which the broker is asked whether it lives.",
    },
    Row {
        // The misspelling is ActiveMQ's.
        name: "wireFormat.maxInactivityDurationInitalDelay",
        kind: Kind::Millis(|o, v| o.wire_format.max_inactivity_duration_initial_delay = v),
        default: "10000",
        doc: "Time before the first check of that.",
    },
    Row {
        name: "wireFormat.maxFrameSize",
        kind: Kind::Bytes(|o, v| o.wire_format.max_frame_size = v),
        default: "104857600",
        doc: "Largest frame accepted.",
    },
    tls::CA_FILE,
    tls::CERTIFICATE_FILE,
    tls::KEY_FILE,
    tls::SERVER_NAME,
    tls::VERIFY_HOST_NAME,
    tls::SOCKET_VERIFY_HOST_NAME,
    tls::ENABLED_PROTOCOLS,
    tls::ENABLED_CIPHER_SUITES,
    tls::NEED_CLIENT_AUTH,
    tls::WANT_CLIENT_AUTH,
    tls::SOCKET_NEED_CLIENT_AUTH,
    tls::SOCKET_WANT_CLIENT_AUTH,
    later("wireFormat.sizePrefixDisabled", Some("false"), "Frames without their length in front."),
    later("wireFormat.maxFrameSizeEnabled", Some("true"), "Whether the frame size is limited."),
    later("wireFormat.includePlatformDetails", Some("false"), "Tell the broker the platform."),
    later("wireFormat.providerName", None, "Name of the client library told to the broker."),
    later("wireFormat.providerVersion", None, "Its version."),
    later("wireFormat.platformDetails", None, "The platform told to the broker."),
    later("useInactivityMonitor", Some("true"), "Whether silence is watched at all."),
    later("useKeepAlive", Some("true"), "Whether a silent link is probed."),
    later("keepAliveResponseRequired", Some("false"), "Whether probes must be answered."),
    later("ignoreRemoteWireFormat", Some("false"), "Do not negotiate inactivity."),
    later("ignoreAllWireFormatInfo", Some("false"), "Do not negotiate at all."),
    later("minmumWireFormatVersion", Some("0"), "Lowest OpenWire version accepted."),
    Row {
        name: "soWriteTimeout",
        kind: Kind::Timeout(|o, v| o.so_write_timeout = v),
        default: "0",
        doc: "Time in which the broker takes no byte of what waits, after which the link counts as \
              dead; 0 is 180000.",
    },
    Row {
        name: "soTimeout",
        kind: Kind::Unneeded(
            "0",
            "nothing waits in a read; a silent broker is noticed by wireFormat.maxInactivityDuration",
        ),
        default: "",
        doc: "Limit for one read.",
    },
    later("soLinger", None, "Seconds a closed socket may take to send the rest."),
    no_effect("socketBufferSize", "the operating system sizes its buffers as they are needed"),
    later("trafficClass", None, "Class of the IP packets."),
    later("diffServ", None, "Differentiated services code of the IP packets."),
    later("typeOfService", None, "Type of service of the IP packets."),
    Row {
        name: "trace",
        kind: Kind::Unneeded("false", NO_TRACE),
        default: "",
        doc: "Log every command.",
    },
    Row {
        name: "transport.commandTracingEnabled",
        kind: Kind::Unneeded("false", NO_TRACE),
        default: "",
        doc: "Log every command; a name of the C++ client.",
    },
    Row {
        name: "transport.tcpTracingEnabled",
        kind: Kind::Unneeded("false", NO_TRACE),
        default: "",
        doc: "Log every read and write; a name of the C++ client.",
    },
    later("wireFormat", Some("openwire"), "How commands are written."),
    no_effect("ioBufferSize", TUNING),
    no_effect("closeAsync", TUNING),
    no_effect("useLocalHost", TUNING),
    no_effect("startLogging", TUNING),
    no_effect("logWriterName", JVM),
    no_effect("dynamicManagement", JVM),
    no_effect("jmxPort", JVM),
    no_effect("threadName", JVM),
    no_effect("daemon", JVM),
    no_effect("stackSize", JVM),
];

const NO_TRACE: &str = "commands are not logged one by one; connection events are, at level info";
const TUNING: &str = "it tunes the inside of the Java transport";
const JVM: &str = "it concerns the Java virtual machine";

const fn later(
    name: &'static str,
    honoured: Option<&'static str>,
    doc: &'static str,
) -> Row<TransportOptions> {
    Row { name, kind: Kind::Later(honoured), default: "", doc }
}

const fn no_effect(name: &'static str, reason: &'static str) -> Row<TransportOptions> {
    Row { name, kind: Kind::NoEffect(reason), default: "", doc: "Only for the Java client." }
}
