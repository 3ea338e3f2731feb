//! Messages on several brokers.

use std::time::Duration;

use relaismq_options::{Kind, Row, Secret};
use roxmltree::Node;

use crate::config::{
    ListenAddress, NodeAddress, ReplicatedConfig,
    replicated::Contradiction,
    xml::{
        draft::{Adapter, Draft},
        reader::{Element, Reader},
        rows::{TUNING, idle, refused},
    },
};

pub(super) static REPLICATED: Element = Element {
    attributes: ATTRIBUTES,
    enter: |draft| draft.adapter = Some(Adapter::Replicated),
    leave: look_over,
    ..Element::read(
        "replicatedLevelDB",
        "Messages on a majority of brokers, each with a directory of its own. Their files are not LevelDB's.",
    )
};

const ATTRIBUTES: &[Row<Draft>] = &[
    Row {
        name: "directory",
        kind: Kind::Text(|o, v| o.replicated.directory = v.into()),
        default: "LevelDB",
        doc: "Directory of this broker's copy; no other broker may have the same.",
    },
    Row {
        name: "replicas",
        kind: Kind::Count(1, 99, |o, v| o.replicated.replicas = v),
        default: "3",
        doc: "How many brokers there are; a majority has to be up.",
    },
    Row {
        name: "bind",
        kind: Kind::Names("tcp://HOST:PORT", |o, v| {
            v.parse::<ListenAddress>()
                .map_err(|_| "write tcp://HOST:PORT, with port 0 for any".to_owned())?;
            o.replicated.bind = Some(v.to_owned());
            Ok(())
        }),
        default: "tcp://0.0.0.0:61619",
        doc: "Where this broker serves the others. With port 0 it takes any, and the others learn it from ZooKeeper.",
    },
    Row {
        name: "hostname",
        kind: Kind::Text(|o, v| o.replicated.hostname = Some(v.to_owned())),
        default: "",
        doc: "The name by which the others reach this broker; unset: that of the machine.",
    },
    Row {
        name: "weight",
        kind: Kind::Count(0, u32::MAX, |o, v| o.replicated.weight = v),
        default: "1",
        doc: "Who becomes master of those with the newest messages: the largest.",
    },
    Row {
        name: "sync",
        kind: Kind::Names(SYNCS, |o, v| {
            let known = |sync: &str| SYNCS.split(", ").any(|known| known == sync);
            if !v.split(',').map(str::trim).all(known) {
                return Err(format!("write one of {SYNCS}, or several with commas between them"));
            }
            o.replicated.sync = v.to_owned();
            Ok(())
        }),
        default: "quorum_mem",
        doc: "Where a message is before it is confirmed. Whatever is said: on the disks of a majority.",
    },
    Row {
        name: "securityToken",
        kind: Kind::Secret(|o, v| o.replicated.security_token = Some(Secret::new(v))),
        default: "",
        doc: "What all of the brokers know, and nobody else; who does not is not listened to.",
    },
    Row {
        name: "container",
        kind: Kind::Text(|o, v| o.replicated.container = Some(v.to_owned())),
        default: "",
        doc: "A name that is shown to people in ZooKeeper.",
    },
    Row {
        name: "node",
        kind: Kind::Text(|o, v| o.replicated.node = Some(v.to_owned())),
        default: "",
        doc: "Not ActiveMQ's: the name of this broker in `nodes`; unset: its brokerName.",
    },
    Row {
        name: "nodes",
        kind: Kind::Names("NAME=HOST:PORT of each broker", |o, v| {
            let nodes = v.split(',').map(|node| node.trim().parse::<NodeAddress>());
            let nodes: Result<Vec<_>, _> = nodes.collect();
            o.replicated.nodes = nodes.map_err(|error| error.hint().to_owned())?;
            Ok(())
        }),
        default: "",
        doc: "Not ActiveMQ's: all brokers, this one too, with commas between them. ZooKeeper is not needed then.",
    },
    Row {
        name: "zkAddress",
        kind: Kind::Text(|o, v| {
            o.zookeeper.address = v.to_owned();
            o.names_zookeeper = true;
        }),
        default: "127.0.0.1:2181",
        doc: "ZooKeeper's servers, as HOST:PORT with commas between them. Left out beside `nodes`: there is none.",
    },
    Row {
        name: "zkPassword",
        kind: Kind::Secret(|o, v| o.zookeeper.password = Some(Secret::new(v))),
        default: "",
        doc: "What is made in ZooKeeper is for those only that have this password, as digest fabric:PASSWORD.",
    },
    Row {
        name: "zkPath",
        kind: Kind::Text(|o, v| o.zookeeper.path = v.to_owned()),
        default: "/default",
        doc: "Where in ZooKeeper the brokers meet. Brokers with another brokerName are others.",
    },
    SESSION,
    Row { name: "zkSessionTmeout", ..SESSION },
    refused("connectUrl", "Another address for the others; write hostname."),
    idle("containerWeights", "it concerns Fabric"),
    idle("minReplica", TUNING),
    idle("logSize", FILES),
    idle("logCompression", FILES),
    idle("indexFactory", FILES),
    idle("indexMaxOpenFiles", FILES),
    idle("indexBlockRestartInterval", FILES),
    idle("indexWriteBufferSize", FILES),
    idle("indexBlockSize", FILES),
    idle("indexCacheSize", FILES),
    idle("indexCompression", FILES),
    idle("writeBufferSize", FILES),
    idle("asyncBufferSize", FILES),
    idle(
        "flushDelay",
        "what is confirmed has been synced to the disk, and what comes together is synced together",
    ),
    idle("verifyChecksums", CHECKED),
    idle("paranoidChecks", CHECKED),
    idle("monitorStats", "there is no JMX here"),
    idle("failoverProducersAuditDepth", "a producer's last sequence is enough"),
    idle("maxFailoverProducersToTrack", "--remembered-producers says how many"),
    idle("brokerName", "the broker has one name"),
];

const SYNCS: &str = "local_mem, local_disk, remote_mem, remote_disk, quorum_mem, quorum_disk";
const FILES: &str = "the store sizes its own files";
const CHECKED: &str = "damage is always noticed, and never passed over";

const SESSION: Row<Draft> = Row {
    name: "zkSessionTimeout",
    kind: Kind::Names("a time like 2s", |o, v| {
        o.zookeeper.session_timeout = seconds(v).ok_or("write a time like 2s or 500ms")?;
        Ok(())
    }),
    default: "2s",
    doc: "How long ZooKeeper waits for a silent broker. Before ActiveMQ 5.11 it is written zkSessionTmeout.",
};

fn seconds(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(millis) => millis.trim().parse().ok().map(Duration::from_millis),
        None => text.strip_suffix('s').unwrap_or(text).trim().parse().ok().map(Duration::from_secs),
    }
}

/// What depends on several attributes.
fn look_over<'a>(reader: &mut Reader<'a>, node: Node<'a, 'a>) {
    let place = |name: &str| {
        let attribute = node.attributes().find(|it| it.name() == name);
        attribute.map_or(node.range().start, |it| it.range().start)
    };
    let draft = &mut reader.draft;
    if !draft.replicated.nodes.is_empty() {
        let number = u32::try_from(draft.replicated.nodes.len());
        draft.replicated.replicas = number.unwrap_or(u32::MAX);
    }
    draft.names_zookeeper |= draft.replicated.nodes.is_empty();
    let zookeeper = draft.names_zookeeper.then(|| draft.zookeeper.clone());
    let whole = ReplicatedConfig { zookeeper, ..draft.replicated.clone() };
    if let Err(Contradiction { attribute, what }) = whole.check() {
        reader.refuse(place(attribute), &format!("replicatedLevelDB {attribute}"), &what, "");
    }
    let sync = &reader.draft.replicated.sync;
    if node.has_attribute("sync") && sync.trim() != "quorum_disk" {
        let what = format!(
            "`{sync}` asks for less than is done: what is confirmed is on the disks of a majority"
        );
        reader.warn(place("sync"), "replicatedLevelDB sync", &what, "");
    }
    if reader.draft.replicated.replicas == 2 {
        let what = "with two brokers nothing is served when one of them is down";
        reader.warn(
            place("replicas"),
            "replicatedLevelDB replicas",
            what,
            "three survive the loss of one",
        );
    }
}
