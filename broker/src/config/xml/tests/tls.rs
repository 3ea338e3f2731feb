//! Connectors with TLS.

use std::path::Path;

use relaismq_options::{Secret, TlsVersion};

use super::*;
use crate::config::{ClientCertificates, TlsConfig};

#[test]
fn connectors_with_tls_say_what_they_allow_and_whose_certificate_they_show() {
    let xml = "<broker persistent=\"false\"><sslContext><sslContext keyStore=\"file:///etc/a/broker.ks/\"
        keyStorePassword=\"secret\" trustStore=\"/etc/a/broker.ts\"/></sslContext><transportConnectors>
        <transportConnector uri=\"nio+ssl://0.0.0.0:61617?needClientAuth=true&amp;transport.enabledProtocols=TLSv1.3\"/>
        <transportConnector uri=\"tcp://0.0.0.0:61616?needClientAuth=true\"/>
        </transportConnectors></broker>";
    let loaded = BrokerConfig::from_xml("activemq.xml", xml, Properties::default()).unwrap();
    let config = loaded.config;
    let shown: Vec<_> = config.connectors.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["ssl://0.0.0.0:61617", "tcp://0.0.0.0:61616"]);
    let tls = config.connectors[0].tls().unwrap();
    assert_eq!(tls.client_certificates, ClientCertificates::Needed);
    assert_eq!(tls.versions(), [TlsVersion::Tls13]);
    assert_eq!(config.tls.certificate.as_deref(), Some(Path::new("/etc/a/broker.ks")));
    assert_eq!(config.tls.password, Some(Secret::new("secret")));
    assert_eq!(config.tls.trust.as_deref(), Some(Path::new("/etc/a/broker.ts")));
    let warnings: Vec<_> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("needClientAuth: has no effect: this connector does not use TLS"));
}

/// As ActiveMQ's users give them to their Java virtual machine.
#[test]
fn a_certificate_may_come_from_properties_of_java() {
    let xml = "<broker persistent=\"false\"><transportConnectors>
        <transportConnector uri=\"ssl://0.0.0.0:61617\"/></transportConnectors></broker>";
    let properties = Properties::default()
        .given("javax.net.ssl.keyStore", "/etc/a/broker.ks")
        .given("javax.net.ssl.keyStorePassword", "secret");
    let config = BrokerConfig::from_xml("activemq.xml", xml, properties).unwrap().config;
    assert_eq!(config.tls, TlsConfig::key_store("/etc/a/broker.ks", "secret"));
}
