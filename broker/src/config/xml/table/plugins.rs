//! Plugins and networks of brokers.

use crate::config::xml::reader::Element;

pub(super) static PLUGINS: Element = Element {
    children: &[
        &Element::refused("simpleAuthenticationPlugin", USERS, NOBODY_NEAR),
        &Element::refused("jaasAuthenticationPlugin", USERS, NOBODY_NEAR),
        &Element::refused("jaasCertificateAuthenticationPlugin", USERS, NOBODY_NEAR),
        &Element::refused("jaasDualAuthenticationPlugin", USERS, NOBODY_NEAR),
        &Element::refused("authorizationPlugin", RIGHTS, NOBODY_NEAR),
        &Element::refused(
            "runtimeConfigurationPlugin",
            "changes of the file are not followed",
            "leave it out, and restart the broker after a change",
        ),
        &Element::refused(
            "redeliveryPlugin",
            "redelivery by the broker is not built yet",
            "leave it out: clients redeliver by their own policy, and dead letters go to ActiveMQ.DLQ",
        ),
        &Element::refused(
            "discardingDLQBrokerPlugin",
            "throwing dead letters away is not built yet",
            "leave it out, and let somebody purge ActiveMQ.DLQ",
        ),
        &Element::refused(
            "forcePersistencyModeBrokerPlugin",
            "changing what clients send is not built yet",
            "leave it out, and let clients say whether their messages are persistent",
        ),
        &Element::refused(
            "timeStampingBrokerPlugin",
            "changing when messages expire is not built yet",
            "leave it out, and let clients set the time to live",
        ),
        &Element::refused(
            "statisticsBrokerPlugin",
            "questions to ActiveMQ.Statistics are not answered yet",
            "leave it out",
        ),
        &Element::refused(
            "destinationPathSeparatorPlugin",
            "other separators than . in names are not built yet",
            "leave it out, and write . in names",
        ),
        &Element::refused("destinationDotFileExportPlugin", NOT_OURS, "leave it out"),
        &Element::refused("connectionDotFileExportPlugin", NOT_OURS, "leave it out"),
        &Element::refused("multicastTraceBrokerPlugin", NOT_OURS, "leave it out"),
        &Element::refused("udpTraceBrokerPlugin", NOT_OURS, "leave it out"),
        &Element::refused("bean", NOT_OURS, CLIENT_INSTEAD),
        &Element::refused("ref", NOT_OURS, CLIENT_INSTEAD),
        &Element::noted("loggingBrokerPlugin", "--log-level says what is logged"),
        &Element::noted("traceBrokerPathPlugin", "there are no networks of brokers"),
    ],
    ..Element::read("plugins", "Plugins; an empty list is read.")
};

const USERS: &str = "users are not checked yet, so anybody could log in";
const RIGHTS: &str = "rights are not checked yet, so anybody could do anything";
const NOBODY_NEAR: &str = "leave it out only where nobody else can reach the connectors";
const NOT_OURS: &str = "plugins of Java cannot be run";
const CLIENT_INSTEAD: &str = "leave it out, or do the same in a client";

pub(super) static NETWORK_CONNECTORS: Element = Element {
    children: &[
        &Element::refused("networkConnector", NETWORKS, MOVE),
        &Element::refused("multicastNetworkConnector", NETWORKS, MOVE),
        &Element::refused("ldapNetworkConnector", NETWORKS, MOVE),
        &Element::refused("bean", NETWORKS, MOVE),
        &Element::refused("ref", NETWORKS, MOVE),
    ],
    ..Element::read("networkConnectors", "Networks of brokers; an empty list is read.")
};

const NETWORKS: &str = "networks of brokers are not built yet";
const MOVE: &str = "leave it out, and let clients connect to the broker that has their messages, or move them with \
    `relaismq move`";
