//! Names and values.

use std::time::Duration;

use super::*;
use crate::{
    config::{ByteSize, DirectoryConfig, Persistence},
    engine::WhenFull,
};

fn usage(limit: &str) -> String {
    let inside = format!(
        "<systemUsage><systemUsage><memoryUsage><memoryUsage limit=\"{limit}\"/></memoryUsage>\
         </systemUsage></systemUsage>"
    );
    with("", &inside)
}

#[test]
fn sizes_are_read_in_all_spellings_that_people_use() {
    for (text, bytes) in
        [("64 mb", 64 << 20), ("64mb", 64 << 20), ("1gb", 1 << 30), ("1g", 1 << 30), ("512", 512)]
    {
        assert_eq!(plain(&usage(text)).settings.memory_bytes, bytes, "{text}");
    }
    refused_with(&usage("lots"), &["memoryUsage limit", "cannot be `lots`", "kb, mb or gb"]);
}

#[test]
fn one_level_of_system_usage_is_read_like_two_and_told() {
    let inside = "<systemUsage><memoryUsage limit=\"1 mb\"/><storeUsage>\
                  <storeUsage limit=\"20 mb\"/></storeUsage></systemUsage>";
    let (config, warnings) = accepted(&with("", inside));
    assert_eq!(config.settings.memory_bytes, 1 << 20);
    let Persistence::Directory(directory) = &config.persistence else { panic!("{config:?}") };
    assert_eq!(directory.limit, Some(ByteSize(20 << 20)));
    assert!(warnings.iter().any(|it| it.contains("one <systemUsage> instead of two")));
}

#[test]
fn a_broker_without_a_name_is_called_localhost_and_one_without_connectors_serves_this_machine() {
    let (config, warnings) = accepted("<broker/>");
    assert_eq!((config.name.as_str(), config.connectors.len()), ("localhost", 0));
    assert!(warnings[0].contains("activemq.xml:1:1") && warnings[0].contains("127.0.0.1:61616"));
    let expected = DirectoryConfig::new("activemq-data/localhost/KahaDB");
    assert_eq!(config.persistence, Persistence::Directory(expected));
}

#[test]
fn a_store_in_memory_takes_what_store_usage_says() {
    let inside = "<systemUsage><systemUsage sendFailIfNoSpace=\"true\"><storeUsage>\
                  <storeUsage limit=\"5 mb\"/></storeUsage></systemUsage></systemUsage>";
    let config = plain(&with("persistent=\"false\"", inside));
    assert_eq!(config.persistence, Persistence::Memory);
    assert_eq!(config.settings.store_bytes, Some(5 << 20));
    assert_eq!(config.settings.when_full, WhenFull::Refuse);
    refused_with(&with("", inside), &["storeUsage limit", "at least 16 mb"]);
}

#[test]
fn options_of_a_connector_hold_for_the_broker() {
    let xml = "<broker><transportConnectors>\
        <transportConnector name=\"a\" uri=\"  tcp://0.0.0.0:61616 ?\n maximumConnections=10&amp;\
        wireFormat.maxFrameSize=2000 \"/>\
        <transportConnector uri=\"nio://[::1]:61617?maximumConnections=5&amp;\
        wireFormat.maxInactivityDuration=0&amp;wireFormat.maxFrameSize=1000\"/>\
        </transportConnectors></broker>";
    let config = plain(xml);
    let addresses: Vec<_> = config.connectors.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["tcp://0.0.0.0:61616", "tcp://[::1]:61617"]);
    assert_eq!((config.limits.max_connections, config.limits.max_frame_bytes), (15, 2000));
    assert_eq!(config.limits.inactivity, Duration::ZERO);
}

#[test]
fn connectors_that_cannot_be_meant_are_refused_with_what_to_write() {
    for (uri, parts) in [
        ("tcp://0.0.0.0:61616?maximumConnection=5", &["did you mean maximumConnections?"][..]),
        ("tcp://0.0.0.0:61616?maximumConnections=5;", &["ends with a ;", "leave the ; out"]),
        ("tcp://0.0.0.0:61616?jms.useCompression=true", &["an option of clients"]),
        ("tcp://0.0.0.0", &["is no address", "the port is missing"]),
        ("tcp://0.0.0.0:61616?allowLinkStealing=true", &["allowLinkStealing=\"false\""]),
        ("tpc://0.0.0.0:61616", &["did you mean tcp?"]),
        ("0.0.0.0", &["no scheme"]),
        ("stomp://0.0.0.0:61613", &["no connector is left"]),
        (
            "ssl://0.0.0.0:61617",
            &["needs a certificate", "<sslContext keyStore=", "--tls-certificate"],
        ),
        ("ssl://0.0.0.0:61617?needClientAuth=true", &["nobody says whose", "trustStore="]),
        ("ssl://0.0.0.0:61617?transport.enabledProtocols=SSLv3", &["there are TLSv1.3, TLSv1.2"]),
        ("ssl://0.0.0.0:61617?needClientAut=true", &["did you mean needClientAuth?"]),
    ] {
        let connector = format!("<transportConnector uri=\"{uri}\"/>");
        let xml =
            format!("<broker><transportConnectors>\n{connector}</transportConnectors></broker>");
        refused_with(&xml, parts);
        refused_with(&xml, &["activemq.xml:2:21"]);
    }
    refused_with(
        "<broker><transportConnectors><transportConnector/></transportConnectors></broker>",
        &["no uri"],
    );
}

#[test]
fn names_that_are_wrong_get_the_right_one_suggested_and_those_that_look_wrong_are_known() {
    let jdbc = |attribute: &str| {
        with(
            "",
            &format!(
                "<persistenceAdapter><jdbcPersistenceAdapter {attribute}/></persistenceAdapter>"
            ),
        )
    };
    refused_with(&jdbc("createTableOnStartup=\"true\""), &["did you mean createTablesOnStartup?"]);
    refused_with(&with("brokername=\"x\"", ""), &["broker brokername", "did you mean brokerName?"]);
    refused_with(&with("", "<persistenceAdaptor/>"), &["did you mean <persistenceAdapter>?"]);
    refused_with(&with("", "<brokerName>x</brokerName>"), &["write it as an attribute"]);
    refused_with(&with("", "<frobnicate/>"), &["docs/configuration.md"]);
    let policy = "<destinationPolicy><policyMap><policyEntries>\
        <policyEntry queue=\">\" inactiveTimoutBeforeGC=\"1\"/></policyEntries></policyMap>\
        </destinationPolicy><persistenceAdapter><kahaDB ignoreMissingJournalfiles=\"true\"/>\
        </persistenceAdapter>";
    assert_eq!(accepted(&with("", policy)).1.len(), 2);
}

#[test]
fn what_was_not_filled_in_is_named_with_its_line() {
    for (value, named) in [
        ("${nobody}", "${nobody}"),
        ("#{env.dir}", "#{env.dir}"),
        ("%zk.port%", "%zk.port%"),
        ("##### DATA #####", "##### DATA #####"),
    ] {
        let xml = format!("<broker\n dataDirectory=\"{value}\"/>");
        refused_with(&xml, &["activemq.xml:2:2: broker dataDirectory", named]);
    }
    let config = plain(&with("dataDirectory=\"${data}/x\" brokerName=\"${name:b}\"", ""));
    assert_eq!(
        (config.name.as_str(), config.data_directory.as_path()),
        ("b", "/var/amq/x".as_ref())
    );
}

#[test]
fn lock_options_of_a_directory_are_the_brokers() {
    let inside = "<persistenceAdapter><kahaDB directory=\"/d\" lockKeepAlivePeriod=\"700\">\
        <locker><shared-file-locker lockAcquireSleepInterval=\"200\" failIfLocked=\"true\"/></locker>\
        </kahaDB></persistenceAdapter>";
    let lock = plain(&with("restartAllowed=\"false\"", inside)).lock;
    assert_eq!(lock.keep_alive, Some(Duration::from_millis(700)));
    assert_eq!(lock.acquire_interval, Some(Duration::from_millis(200)));
    assert!(lock.fail_if_locked && lock.use_lock);
    assert_eq!(lock.on_demotion, crate::OnDemotion::Exit);
}
