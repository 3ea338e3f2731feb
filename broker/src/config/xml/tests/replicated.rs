//! Brokers that keep the same messages, as ActiveMQ's `replicatedLevelDB` says it.

use std::time::Duration;

use super::*;
use crate::config::{Persistence, ReplicatedConfig};

fn adapter(attributes: &str) -> String {
    let inside =
        format!("<persistenceAdapter><replicatedLevelDB {attributes}/></persistenceAdapter>");
    with("brokerName=\"broker\"", &inside)
}

fn replicated(config: BrokerConfig) -> ReplicatedConfig {
    match config.persistence {
        Persistence::Replicated(replicated) => *replicated,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_attribute_of_activemq_is_read() {
    let config = replicated(plain(&adapter(
        "directory=\"${data}/x\" replicas=\"5\" bind=\"tcp://0.0.0.0:0\" hostname=\"b1\" weight=\"7\" \
         container=\"blue\" securityToken=\"s3cret\" sync=\"quorum_disk\" zkAddress=\"z1,z2:99/site\" \
         zkPassword=\"pass\" zkPath=\"/activemq/stores\" zkSessionTimeout=\"4s\"",
    )));
    assert_eq!(config.directory.to_str(), Some("/var/amq/x"));
    assert_eq!((config.replicas, config.weight), (5, 7));
    let texts = [&config.bind, &config.hostname, &config.container].map(|it| it.as_deref());
    assert_eq!(texts, [Some("tcp://0.0.0.0:0"), Some("b1"), Some("blue")]);
    assert_eq!(config.security_token.as_ref().map(|it| it.expose()), Some("s3cret"));
    let zookeeper = config.zookeeper.as_ref().unwrap();
    assert_eq!(zookeeper.session_timeout, Duration::from_secs(4));
    let place = zookeeper.place().unwrap();
    assert_eq!(place.servers(), ["z1:2181", "z2:99"]);
    assert_eq!(place.path(), "/site/activemq/stores");
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn without_attributes_it_is_as_in_activemq() {
    let config = replicated(plain(&adapter("")));
    assert_eq!((config.directory.to_str(), config.replicas), (Some("LevelDB"), 3));
    let place = config.zookeeper.unwrap().place().unwrap();
    assert_eq!((place.servers(), place.path()), (&["127.0.0.1:2181".to_owned()][..], "/default"));
}

#[test]
fn brokers_that_are_named_need_no_zookeeper_and_are_as_many_as_are_named() {
    let nodes = "node=\"b\" nodes=\"a=h1:61619, b=h2:61619,c=h3:1\"";
    let config = replicated(plain(&adapter(nodes)));
    assert_eq!((config.replicas, config.zookeeper), (3, None));
    assert_eq!(config.nodes[2].to_string(), "c=h3:1");
    let both = replicated(plain(&adapter(&format!("{nodes} zkAddress=\"z\""))));
    assert_eq!(both.zookeeper.map(|it| it.address).as_deref(), Some("z"));
    refused_with(&adapter("nodes=\"a\""), &["replicatedLevelDB nodes", "NAME=HOST:PORT"]);
    let any_port = adapter(&format!("{nodes} bind=\"tcp://0.0.0.0:0\""));
    refused_with(&any_port, &["replicatedLevelDB bind", "port 0", "zkAddress"]);
}

/// What is in memory only is lost with the power, whatever a majority of memories holds.
#[test]
fn what_would_keep_less_is_told_that_more_is_kept() {
    for sync in ["quorum_mem", "local_mem", "remote_disk,local_mem"] {
        let (config, warnings) = accepted(&adapter(&format!("sync=\"{sync}\"")));
        assert_eq!(replicated(config).sync, sync);
        assert!(
            warnings.len() == 1 && warnings[0].contains("the disks of a majority"),
            "{warnings:?}"
        );
        assert!(warnings[0].contains("replicatedLevelDB sync"), "{warnings:?}");
    }
    refused_with(&adapter("sync=\"everywhere\""), &["replicatedLevelDB sync", "quorum_disk"]);
}

#[test]
fn what_cannot_be_meant_is_refused_where_it_stands() {
    for (attributes, parts) in [
        ("zkAddress=\"tcp://a:1\"", ["replicatedLevelDB zkAddress", "host:port"]),
        ("zkPath=\"stores\"", ["replicatedLevelDB zkPath", "/activemq/leveldb-stores"]),
        ("zkSessionTimeout=\"soon\"", ["replicatedLevelDB zkSessionTimeout", "2s or 500ms"]),
        ("bind=\"0.0.0.0:1\"", ["replicatedLevelDB bind", "tcp://HOST:PORT"]),
        ("replicas=\"0\"", ["replicatedLevelDB replicas", "from 1 to 99"]),
        ("zkPasword=\"x\"", ["replicatedLevelDB zkPasword", "did you mean zkPassword?"]),
    ] {
        refused_with(&adapter(attributes), &parts);
    }
    let (_, warnings) = accepted(&adapter("replicas=\"2\""));
    assert!(warnings[0].contains("two brokers"), "{warnings:?}");
}
