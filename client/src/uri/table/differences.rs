//! Where an option does not do exactly what it does in ActiveMQ's own client, and why.

/// The difference of an option, written with its prefix.
pub(super) fn of(name: &str) -> Option<&'static str> {
    DIFFERENCES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

pub(in crate::uri) const DIFFERENCES: &[(&str, &str)] = &[
    (
        "initialReconnectDelay",
        "Delays are drawn at random up to the term of the series, so that many clients do not come back \
         at the same moment. 0 is no busy loop.",
    ),
    ("maxReconnectDelay", "As initialReconnectDelay."),
    (
        "startupMaxReconnectAttempts",
        "Counts until a broker has answered the login. Java counts until one has accepted the socket, \
         so that a broker that says nothing ends the counting.",
    ),
    (
        "timeout",
        "Holds for every call that waits for a broker. Java: only for sends, while all others wait for \
         ever.",
    ),
    (
        "updateURIsSupported",
        "The brokers told of are added to those of the URI and never replace them. Their options are not \
         used, and where all brokers of the URI are reached over TLS, others are not used either.",
    ),
    (
        "priorityBackup",
        "The client goes back when another broker has served for 10 s, and when the application is done \
         with the messages that it has, or after 5 s. Java goes at once, and what its consumers have is \
         delivered twice or ends in the dead letter queue.",
    ),
    (
        "priorityURIs",
        "A broker is the one that is written in the same way. Java compares the addresses that the names \
         have at the moment.",
    ),
    (
        "reconnectSupported",
        "As priorityBackup; the brokers of the URI stay known, and the new one has to be as secure as they \
         are. Java forgets the others.",
    ),
    (
        "rebalanceUpdateURIs",
        "While a broker serves, the file is read every 30 s. Java reads it only while it looks for brokers.",
    ),
    (
        "updateURIsURL",
        "Only files, and addresses without options. The brokers are added to those of the URI. An entry \
         that is wrong is told of and passed over. Java also reads http: URLs, and joins lines without a \
         comma between them.",
    ),
    (
        "jms.sendTimeout",
        "Runs from the call to the answer, the wait for a broker included. Java: from the moment when \
         the message was written.",
    ),
    ("jms.requestTimeout", "As jms.sendTimeout."),
    (
        "jms.connectResponseTimeout",
        "Java: 0, waits for ever. A broker that accepts and says nothing must not hold up the others.",
    ),
    (
        "jms.useAsyncSend",
        "A persistent message is kept until a later answer proves that the broker has read it, and sent \
         again after a loss. Java forgets it once written.",
    ),
    (
        "jms.sendAcksAsync",
        "Java: true. Who acknowledges by hand wants to know that the broker has heard it.",
    ),
    ("jms.redeliveryPolicy.preDispatchCheck", "Java: true."),
    (
        "connectionTimeout",
        "Java: 30000. One unreachable broker must not hold up the others for so long.",
    ),
    (
        "soWriteTimeout",
        "Java: 0, never. A link that takes nothing for minutes is of no use to anybody.",
    ),
    (
        "wireFormat.host",
        "Sent always. Java leaves it out within failover:, where virtual hosts do not work for that \
         reason.",
    ),
    ("wireFormat.maxFrameSize", "Java: no limit. A damaged length must not take all memory."),
];
