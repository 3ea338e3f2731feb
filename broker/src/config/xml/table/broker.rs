//! The broker itself.

use relaismq_options::{Kind, Row};

use super::{
    interceptors::DESTINATION_INTERCEPTORS,
    persistence::PERSISTENCE_ADAPTER,
    plugins::{NETWORK_CONNECTORS, PLUGINS},
    policies::DESTINATION_POLICY,
    system_usage::SYSTEM_USAGE,
    tls::SSL_CONTEXT,
};
use crate::{
    config::xml::{
        connector,
        draft::Draft,
        reader::Element,
        rows::{BEAN, JVM, NAME, TUNING, UNUSED, idle, later, refused, unneeded},
    },
    store::lock::OnDemotion,
};

pub(in crate::config) static BROKER: Element = Element {
    attributes: BROKER_ATTRIBUTES,
    children: &[
        &TRANSPORT_CONNECTORS,
        &PERSISTENCE_ADAPTER,
        &SYSTEM_USAGE,
        &DESTINATION_POLICY,
        &DESTINATION_INTERCEPTORS,
        &PLUGINS,
        &NETWORK_CONNECTORS,
        &DESTINATIONS,
        &BEAN,
        &Element::noted("managementContext", "there is no JMX here"),
        &Element::noted("shutdownHooks", "there is no Spring context to be closed"),
        &SSL_CONTEXT,
        &Element::noted(
            "ioExceptionHandler",
            "after a failed write or sync this broker confirms nothing more, whatever is said",
        ),
        &Element::noted("taskRunnerFactory", JVM),
        &Element::noted(
            "tempDataStore",
            "there is no temporary store: what does not fit in memory waits in the store",
        ),
        &Element::noted("producerSystemUsage", TUNING),
        &Element::noted("consumerSystemUsage", TUNING),
        &Element::noted("sslContextFactory", JVM),
        &Element::refused(
            "persistenceFactory",
            "a store of its own making",
            "write <persistenceAdapter>",
        ),
        &Element::refused(
            "messageAuthorizationPolicy",
            "who may receive what is not checked yet",
            "leave it out, and let nobody near who must not",
        ),
        &Element::refused(
            "jobSchedulerStore",
            "messages that are delivered later are not built yet",
            "leave it out, and let clients send them when they are due",
        ),
        &Element::refused(
            "jmsBridgeConnectors",
            "bridges to other brokers are not built yet",
            "run one as a program of its own, as a client of both",
        ),
        &Element::refused(
            "proxyConnectors",
            "proxies are not built yet",
            "use a proxy for TCP in front of the broker",
        ),
        &Element::refused(
            "services",
            "services of Java cannot be run",
            "leave them out, or run them as clients",
        ),
        &Element::noted("brokerContext", JVM),
    ],
    ..Element::read("broker", "The broker.")
};

static TRANSPORT_CONNECTORS: Element = Element {
    children: &[&TRANSPORT_CONNECTOR],
    ..Element::read(
        "transportConnectors",
        "Where clients connect. Without any: tcp://127.0.0.1:61616, with a warning.",
    )
};

static TRANSPORT_CONNECTOR: Element = Element {
    attributes: &[
        Row {
            name: "uri",
            kind: Kind::Text(|o, v| o.connector.uri = Some(v.to_owned())),
            default: "",
            doc: "The address, with options behind it: tcp, nio, auto or auto+nio, which are the same here; or ssl, nio+ssl, \
                  auto+ssl or auto+nio+ssl for TLS.",
        },
        NAME,
        idle(
            "discoveryUri",
            "brokers are not found by multicast here; name them in the clients' failover:(…)",
        ),
        unneeded("updateClusterClients", "false", "there is no network of brokers to tell of"),
        unneeded(
            "rebalanceClusterClients",
            "false",
            "there is no network of brokers to spread over",
        ),
        unneeded(
            "updateClusterClientsOnRemove",
            "false",
            "there is no network of brokers to tell of",
        ),
        idle("displayStackTrace", "clients are told the reason, and no stack trace"),
        idle("updateClusterFilter", "there is no network of brokers to tell of"),
        idle("disableAsyncDispatch", TUNING),
        idle("enableStatusMonitor", "silent clients are looked for anyway"),
        idle("auditNetworkProducers", "there is no network of brokers"),
        idle("warnOnRemoteClose", "the log has a line for each client that goes"),
        later(
            "allowLinkStealing",
            "false",
            "A second client with the id of a first one takes its place.",
        ),
        refused(
            "maximumProducersAllowedPerConnection",
            "Producers of one connection; the broker's own limit is --members-per-connection.",
        ),
        refused(
            "maximumConsumersAllowedPerConnection",
            "Consumers of one connection; the broker's own limit is --members-per-connection.",
        ),
    ],
    leave: connector::finish,
    ..Element::read("transportConnector", "One address.")
};

static DESTINATIONS: Element = Element {
    children: &[
        &Element::noted("queue", MADE_WHEN_USED),
        &Element::noted("topic", MADE_WHEN_USED),
        &Element::noted("tempQueue", MADE_WHEN_USED),
        &Element::noted("tempTopic", MADE_WHEN_USED),
    ],
    ..Element::read("destinations", "Queues and topics that are there from the start.")
};

const MADE_WHEN_USED: &str = "destinations are made when somebody uses them";

pub(in crate::config) const BROKER_ATTRIBUTES: &[Row<Draft>] = &[
    Row {
        name: "brokerName",
        kind: Kind::Names("a name", |o, v| {
            o.name =
                if v.is_empty() { return Err("write a name".to_owned()) } else { v.to_owned() };
            Ok(())
        }),
        default: "localhost",
        doc: "The name that clients are told.",
    },
    DATA_DIRECTORY,
    Row { name: "dataDirectoryFile", ..DATA_DIRECTORY },
    Row {
        name: "persistent",
        kind: Kind::Bool(|o, v| o.persistent = v),
        default: "true",
        doc: "Keep messages over the end of the process. With false they are in memory, whatever persistenceAdapter says.",
    },
    Row {
        name: "deleteAllMessagesOnStartup",
        kind: Kind::Bool(|o, v| o.delete_all_messages = v),
        default: "false",
        doc: "Begin with an empty store; refused for one that lasts.",
    },
    later(
        "schedulerSupport",
        "false",
        "Messages that are delivered later, by AMQ_SCHEDULED_DELAY.",
    ),
    later("useVirtualTopics", "true", "What is sent to VirtualTopic.> is copied to queues."),
    later("useMirroredQueues", "false", "A topic for each queue, with copies of its messages."),
    later("populateJMSXUserID", "false", "The sender's user name in each message."),
    later(
        "useAuthenticatedPrincipalForJMSXUserID",
        "false",
        "The sender's user name in each message.",
    ),
    later("useLocalHostBrokerName", "false", "The name of the machine as that of the broker."),
    later("waitForSlave", "false", "Serve only when a slave is there."),
    later("shutdownOnSlaveFailure", "false", "End when a slave is gone."),
    later("shutdownOnMasterFailure", "false", "End when the master is gone."),
    later("passiveSlave", "false", "A slave that never takes over."),
    later(
        "offlineDurableSubscriberTimeout",
        "-1",
        "Remove durable subscriptions that nobody uses.",
    ),
    later("rejectDurableConsumers", "false", "Refuse durable subscriptions."),
    later(
        "allowTempAutoCreationOnSend",
        "false",
        "Make a temporary destination for whoever sends to it.",
    ),
    later(
        "splitSystemUsageForProducersConsumers",
        "false",
        "Memory for producers and for consumers.",
    ),
    unneeded("advisorySupport", "true", "clients that ask for advisories get those that there are"),
    unneeded(
        "anonymousProducerAdvisorySupport",
        "false",
        "clients that ask for advisories get those that there are",
    ),
    idle("brokerId", "the id is made at each start; clients see the name"),
    idle(
        "tmpDataDirectory",
        "there is no temporary store: what does not fit in memory waits in the store",
    ),
    unneeded(
        "useJmx",
        "false",
        "there is no JMX here; --log-level and standard output tell what happens",
    ),
    unneeded("start", "true", "the broker starts when its program does"),
    unneeded("startAsync", "false", "the broker starts when its program does"),
    Row {
        name: "restartAllowed",
        kind: Kind::Bool(|o, v| {
            o.lock.on_demotion = if v { OnDemotion::Rejoin } else { OnDemotion::Exit }
        }),
        default: "true",
        doc: "Go back to waiting when the lock is lost. With false the program ends then.",
    },
    idle("useShutdownHook", JVM),
    idle("systemExitOnShutdown", JVM),
    idle("systemExitOnShutdownExitCode", JVM),
    idle("destroyApplicationContextOnStop", JVM),
    idle("dedicatedTaskRunner", JVM),
    idle("persistenceThreadPriority", JVM),
    idle("taskRunnerPriority", JVM),
    idle("useLoggingForShutdownErrors", JVM),
    idle("vmConnectorURI", JVM),
    later("useVirtualDestSubs", "false", "Consumers of virtual topics, told to other brokers."),
    later("useVirtualDestSubsOnCreation", "false", "The same, from the start."),
    idle("waitForSlaveTimeout", "no slave is waited for"),
    idle("useTempMirroredQueues", "there are no mirrored queues"),
    idle("schedulePeriodForDiskUsageCheck", "the store looks at the disk whenever it grows"),
    idle("diskUsageCheckRegrowThreshold", "the store looks at the disk whenever it grows"),
    idle("enableMessageExpirationOnActiveDurableSubs", "messages expire for every subscriber"),
    idle("populateUserNameInMBeans", "there is no JMX here"),
    idle("rollbackOnlyOnAsyncException", TUNING),
    idle("enableStatistics", "there are no statistics over JMX"),
    idle("mbeanInvocationTimeout", "there is no JMX here"),
    idle("keepDurableSubsActive", TUNING),
    idle("cacheTempDestinations", TUNING),
    idle("timeBeforePurgeTempDestinations", TUNING),
    idle("monitorConnectionSplits", TUNING),
    idle("adjustUsageLimits", TUNING),
    idle("producerSystemUsagePortion", TUNING),
    idle("consumerSystemUsagePortion", TUNING),
    idle("schedulePeriodForDestinationPurge", UNUSED),
    idle("maxPurgedDestinationsPerSweep", UNUSED),
    idle("offlineDurableSubscriberTaskSchedule", TUNING),
    idle("networkConnectorStartAsync", "there are no networks of brokers"),
    idle("maxSchedulerRepeatAllowed", "messages are not delivered later"),
    idle("schedulerDirectory", "messages are not delivered later"),
    idle("schedulerDirectoryFile", "messages are not delivered later"),
    unneeded("storeOpenWireVersion", "11", "the store keeps version 11, as ActiveMQ's"),
];

const DATA_DIRECTORY: Row<Draft> = Row {
    name: "dataDirectory",
    kind: Kind::Text(|o, v| o.data_directory = v.into()),
    default: "activemq-data",
    doc: "Where the store is, if it names no directory of its own.",
};
