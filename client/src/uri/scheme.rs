//! The schemes a broker URI may name, and what becomes of each.

use relaismq_options::{Scheme, closest};

/// What a scheme stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A list of brokers.
    Group(List),
    /// One broker.
    Broker(Scheme),
    /// One broker, with faults on purpose.
    Mock,
    /// Known to ActiveMQ and not supported, with what to do instead.
    Refused(&'static str),
}

/// What a list is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// As its options say.
    Failover,
    /// What is found by the list inside of it: the same, but its options may have other names.
    Discovery,
    /// In the order of the list.
    Ordered,
}

pub(super) fn meaning(name: &str) -> Option<Meaning> {
    SCHEMES.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning)
}

/// What an unknown scheme was probably meant to be.
pub(super) fn hint(name: &str) -> String {
    let known = SCHEMES.iter().filter(|(_, meaning)| !matches!(meaning, Meaning::Refused(_)));
    match closest(name, known.map(|(known, _)| *known)) {
        Some(known) if known.eq_ignore_ascii_case(name) => {
            format!("schemes are written in lower case: {known}")
        }
        Some(known) => format!("did you mean {known}?"),
        None => "a broker is written tcp://host:port, a list failover:(tcp://a:1,tcp://b:1)".into(),
    }
}

const SCHEMES: &[(&str, Meaning)] = &[
    ("failover", Meaning::Group(List::Failover)),
    ("tcp", Meaning::Broker(Scheme::Tcp)),
    ("nio", Meaning::Broker(Scheme::Tcp)),
    ("auto", Meaning::Broker(Scheme::Tcp)),
    ("auto+nio", Meaning::Broker(Scheme::Tcp)),
    ("ssl", SSL),
    ("nio+ssl", SSL),
    ("auto+ssl", SSL),
    ("auto+nio+ssl", SSL),
    ("discovery", Meaning::Group(List::Discovery)),
    ("static", Meaning::Group(List::Failover)),
    ("simple", Meaning::Group(List::Failover)),
    ("masterslave", Meaning::Group(List::Ordered)),
    ("multicast", Meaning::Refused(NO_DISCOVERY)),
    ("zeroconf", Meaning::Refused(NO_DISCOVERY)),
    ("fanout", Meaning::Refused("sending to several brokers at once is not supported")),
    ("peer", Meaning::Refused("it needs a broker inside the Java client")),
    ("vm", Meaning::Refused("it needs a broker inside the Java client")),
    ("mock", Meaning::Mock),
    ("http", Meaning::Refused(NOT_OPENWIRE)),
    ("https", Meaning::Refused(NOT_OPENWIRE)),
    ("ws", Meaning::Refused(NOT_OPENWIRE)),
    ("wss", Meaning::Refused(NOT_OPENWIRE)),
    ("stomp", Meaning::Refused(NOT_OPENWIRE)),
    ("amqp", Meaning::Refused(NOT_OPENWIRE)),
    ("mqtt", Meaning::Refused(NOT_OPENWIRE)),
    ("udp", Meaning::Refused("messages over UDP are not supported; use tcp")),
    ("reliable", Meaning::Refused("messages over UDP are not supported; use tcp")),
    ("activemq", Meaning::Refused("leave out this prefix of the .NET client")),
    ("activemqnettx", Meaning::Refused("leave out this prefix of the .NET client")),
];

const SSL: Meaning = if cfg!(feature = "tls") {
    Meaning::Broker(Scheme::Ssl)
} else {
    Meaning::Refused("this program was built without TLS; switch on the feature `tls` of relaismq")
};
const NO_DISCOVERY: &str = "brokers are not looked for on the network; list them in failover:(…)";
const NOT_OPENWIRE: &str = "it does not carry OpenWire; use the broker's tcp connector, \
                            usually port 61616";
