//! How one broker is talked to: TCP, TLS and the OpenWire wire format.

use std::time::Duration;

use super::{Faults, TlsOptions};

super::options! {
    /// Options of the link to one broker.
    ///
    /// In a URI they stand on the component (`tcp://a:61616?keepAlive=true`) or, for all brokers,
    /// on the outer query as `nested.keepAlive=true`; the outer one wins, as in ActiveMQ.
    pub struct TransportOptions {
        /// Limit for one TCP connect, per resolved address, and for one TLS handshake. Default 5 s;
        /// ActiveMQ `TcpTransport` has 30 s, and none for the handshake. Other brokers are tried
        /// meanwhile. None: the operating system's for the connect, 30 s for the handshake.
        connection_timeout: Option<Duration> = Some(Duration::from_secs(5)),
        /// TCP keep-alive probes. Default none: the operating system's setting (ActiveMQ
        /// `TcpTransport`).
        keep_alive: Option<bool> = None,
        /// `TCP_NODELAY`. Default none: as negotiated by
        /// [`tcp_no_delay_enabled`](WireFormatOptions::tcp_no_delay_enabled) (ActiveMQ
        /// `TcpTransport`).
        tcp_no_delay: Option<bool> = None,
        /// How the broker is recognised behind `ssl://`. Nothing of it concerns other schemes.
        tls: TlsOptions = TlsOptions::default(),
        /// How long the broker may take no byte of what waits to be written before the link counts as
        /// dead. Default none: 180 s (ActiveMQ `TcpTransport`: never). Long, because a broker that is
        /// short of memory stops reading on purpose.
        so_write_timeout: Option<Duration> = None,
        /// What is offered to the broker in the wire format negotiation.
        wire_format: WireFormatOptions = WireFormatOptions::default(),
        /// Host and port to connect from; in a URI they stand behind the broker's:
        /// `tcp://broker:61616/10.0.0.5:2111`. Default none: what the operating system chooses (ActiveMQ
        /// `TcpTransport`).
        local_address: Option<(String, u16)> = None,
        /// What goes wrong on purpose. Default none: nothing.
        faults: Option<Faults> = None,
    }
}

super::options! {
    /// What the client offers in its `WireFormatInfo`, in a URI with the prefix `wireFormat.`.
    ///
    /// The result of the negotiation is the smaller number of both sides, and true only where both
    /// say true.
    pub struct WireFormatOptions {
        /// Highest OpenWire version spoken, 1 to 12. Default 12 (ActiveMQ `OpenWireFormat`).
        version: u8 = 12,
        /// Name of the virtual host. Default none: the host of the endpoint is sent (ActiveMQ does
        /// so only outside `failover:`; here it is always sent).
        host: Option<String> = None,
        /// Whether the broker should send stack traces with its errors. Default true (ActiveMQ
        /// `OpenWireFormatFactory`).
        stack_trace_enabled: bool = true,
        /// Whether both sides set `TCP_NODELAY`. Default true (ActiveMQ `OpenWireFormatFactory`).
        tcp_no_delay_enabled: bool = true,
        /// Whether repeated objects are sent as numbers. Default true (ActiveMQ
        /// `OpenWireFormatFactory`).
        cache_enabled: bool = true,
        /// Entries of that cache, 1 to 32767. Default 1024 (ActiveMQ `OpenWireFormatFactory`).
        cache_size: u16 = 1024,
        /// Whether the compact encoding is used. Default true (ActiveMQ `OpenWireFormatFactory`).
        tight_encoding_enabled: bool = true,
        /// Silence after which the broker is asked whether it lives; the link counts as dead when
        /// half as long again, or a second if that is more, brings no sign of life either. Default
        /// 30 s (ActiveMQ `OpenWireFormatFactory`), so that a dead link is noticed after 45 s at
        /// the latest; ActiveMQ notices it after 30 to 60 s. None: never (0 in a URI). The smaller
        /// limit of both sides holds.
        max_inactivity_duration: Option<Duration> = Some(Duration::from_secs(30)),
        /// Time before the first such question. Default 10 s (ActiveMQ `OpenWireFormatFactory`, whose
        /// URI key is misspelt `maxInactivityDurationInitalDelay`).
        max_inactivity_duration_initial_delay: Duration = Duration::from_secs(10),
        /// Largest frame accepted, in bytes. Default 104,857,600: what ActiveMQ's stock broker
        /// configuration allows. The Java client sets no limit.
        max_frame_size: u64 = 104_857_600,
    }
}
