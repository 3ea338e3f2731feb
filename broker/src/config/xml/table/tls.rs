//! Whose certificate connectors with TLS show, and whose they accept.

use std::path::PathBuf;

use relaismq_options::{Kind, Row, Secret};

use crate::config::xml::{
    draft::Draft,
    reader::Element,
    rows::{JVM, idle, refused},
};

/// Around the one that says something.
pub(super) static SSL_CONTEXT: Element = Element {
    attributes: ATTRIBUTES,
    children: &[&INNER],
    ..Element::read(
        "sslContext",
        "Certificates, for connectors with TLS; in an element of the same name, as ActiveMQ wants it, or in this one.",
    )
};

static INNER: Element = Element {
    attributes: ATTRIBUTES,
    ..Element::read("sslContext", "Where certificates and keys are.")
};

const ATTRIBUTES: &[Row<Draft>] = &[
    Row {
        name: "keyStore",
        kind: Kind::Text(|o, v| o.tls.certificate = Some(file(v))),
        default: "",
        doc: "File with the broker's certificate and key: PKCS#12, whatever its name ends with, or PEM. \
              `javax.net.ssl.keyStore` does it, too.",
    },
    Row {
        name: "keyStorePassword",
        kind: Kind::Secret(|o, v| o.tls.password = Some(Secret::new(v))),
        default: "",
        doc: "Its password.",
    },
    Row {
        name: "trustStore",
        kind: Kind::Text(|o, v| o.tls.trust = Some(file(v))),
        default: "",
        doc: "File with the CAs of clients, or with certificates of clients: PKCS#12 or PEM. \
              `javax.net.ssl.trustStore` does it, too.",
    },
    Row {
        name: "trustStorePassword",
        kind: Kind::Secret(|o, v| o.tls.trust_password = Some(Secret::new(v))),
        default: "",
        doc: "Its password.",
    },
    idle("keyStoreType", BY_CONTENT),
    idle("trustStoreType", BY_CONTENT),
    idle("keyStoreKeyPassword", "a PKCS#12 store has one password for all that is in it"),
    idle("keyStoreAlgorithm", JVM),
    idle("trustStoreAlgorithm", JVM),
    idle("secureRandomAlgorithm", JVM),
    idle("secureRandom", JVM),
    idle("provider", JVM),
    idle("protocol", "transport.enabledProtocols of a connector says which versions are allowed"),
    refused("crlPath", "Certificates that have been revoked."),
    refused("keyManagers", "Certificates by code of Java; write keyStore."),
    refused("trustManagers", "CAs by code of Java; write trustStore."),
];

const BY_CONTENT: &str = "what kind of store it is shows in its content";

/// `file:/etc/broker.ks` and `file:///etc/broker.ks`; ActiveMQ's users write a slash at the end, too.
fn file(location: &str) -> PathBuf {
    let path = location.strip_prefix("file:").unwrap_or(location);
    let path = path.strip_prefix("classpath:").unwrap_or(path);
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    path.into()
}
