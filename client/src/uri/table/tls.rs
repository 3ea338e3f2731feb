//! Options of TLS. Those with `socket.` and `verifyHostName` are ActiveMQ's, which sets them on its
//! sockets; those with `tls.` are this client's own, for files that a Java client takes from key
//! stores.

use relaismq_options::{Kind, Row, tls_names};

use crate::options::TransportOptions;

pub(super) const CA_FILE: Row<TransportOptions> = Row {
    name: "tls.caFile",
    kind: Kind::Text(|o, v| o.tls.ca_files = vec![v.into()]),
    default: "",
    doc: "File with the certificates (PEM) of trusted CAs; unset: those that the system trusts. \
          Not in ActiveMQ.",
};
pub(super) const CERTIFICATE_FILE: Row<TransportOptions> = Row {
    name: "tls.certificateFile",
    kind: Kind::Text(|o, v| o.tls.certificate_file = Some(v.into())),
    default: "",
    doc: "File with the client's certificate (PEM). Not in ActiveMQ.",
};
pub(super) const KEY_FILE: Row<TransportOptions> = Row {
    name: "tls.keyFile",
    kind: Kind::Text(|o, v| o.tls.key_file = Some(v.into())),
    default: "",
    doc: "File with its key (PEM, not encrypted); unset: it is in the same file. Not in ActiveMQ.",
};
pub(super) const SERVER_NAME: Row<TransportOptions> = Row {
    name: "tls.serverName",
    kind: Kind::Text(|o, v| o.tls.server_name = Some(v.to_owned())),
    default: "",
    doc: "Name that the broker's certificate must be for; unset: the host of the URI. Not in \
          ActiveMQ.",
};
pub(super) const VERIFY_HOST_NAME: Row<TransportOptions> = Row {
    name: "verifyHostName",
    kind: Kind::Bool(|o, v| o.tls.verify_host_name = v),
    default: "true",
    doc: "Whether the broker's certificate must be for that name.",
};
pub(super) const SOCKET_VERIFY_HOST_NAME: Row<TransportOptions> = Row {
    name: "socket.verifyHostName",
    kind: Kind::Bool(|o, v| o.tls.verify_host_name = v),
    default: "true",
    doc: "The same as verifyHostName.",
};
pub(super) const ENABLED_PROTOCOLS: Row<TransportOptions> = Row {
    name: "socket.enabledProtocols",
    kind: Kind::Names("TLSv1.2, TLSv1.3 or both", |o, v| {
        o.tls.enabled_protocols = tls_names(v)?;
        Ok(())
    }),
    default: "",
    doc: "Versions of TLS that may be used; unset: both.",
};
pub(super) const ENABLED_CIPHER_SUITES: Row<TransportOptions> = Row {
    name: "socket.enabledCipherSuites",
    kind: Kind::Names("names of cipher suites with commas between them", |o, v| {
        o.tls.enabled_cipher_suites = tls_names(v)?;
        Ok(())
    }),
    default: "",
    doc: "Cipher suites that may be used; unset: all that are supported.",
};
pub(super) const NEED_CLIENT_AUTH: Row<TransportOptions> = brokers_business("needClientAuth");
pub(super) const WANT_CLIENT_AUTH: Row<TransportOptions> = brokers_business("wantClientAuth");
pub(super) const SOCKET_NEED_CLIENT_AUTH: Row<TransportOptions> =
    brokers_business("socket.needClientAuth");
pub(super) const SOCKET_WANT_CLIENT_AUTH: Row<TransportOptions> =
    brokers_business("socket.wantClientAuth");

const fn brokers_business(name: &'static str) -> Row<TransportOptions> {
    let reason = "the broker decides whether it wants a client certificate";
    Row { name, kind: Kind::NoEffect(reason), default: "", doc: "Only for brokers." }
}

/// Whether an option says something about TLS and nothing else.
pub(in crate::uri) fn is_about_tls(name: &str) -> bool {
    let name = name.strip_prefix("nested.").unwrap_or(name);
    let bare = name.strip_prefix("socket.").unwrap_or(name);
    name.starts_with("tls.")
        || matches!(bare, "verifyHostName" | "enabledProtocols" | "enabledCipherSuites")
}

/// What to do instead of an option that names a key store of Java.
pub(in crate::uri) fn instead_of(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    if name.contains("truststore") {
        Some(
            "Java's key stores are not read: write tls.caFile=FILE with the CA's certificate, which \
             `keytool -exportcert -rfc -keystore STORE -alias NAME -file FILE` exports",
        )
    } else if name.contains("keystore") {
        Some(
            "Java's key stores are not read: write tls.certificateFile=FILE with certificate and \
             key, which `keytool -importkeystore -srckeystore STORE -destkeystore S.p12 \
             -deststoretype PKCS12` and `openssl pkcs12 -in S.p12 -nodes -out FILE` export",
        )
    } else {
        None
    }
}
