//! What may stand behind a JDBC URL: options of the drivers for PostgreSQL, MySQL and MariaDB.

use std::path::PathBuf;

use relaismq_options::{Kind, Row, Secret};

use super::DatabaseConfig;

/// How the way to a database is protected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseTls {
    /// Whether TLS is used, and what of the certificate must be right.
    pub mode: TlsMode,
    /// File with the certificates (PEM) of trusted CAs.
    pub ca_file: Option<PathBuf>,
    /// File with the broker's own certificate (PEM).
    pub certificate_file: Option<PathBuf>,
    /// File with its key.
    pub key_file: Option<PathBuf>,
}

/// Whether TLS is used. The names are PostgreSQL's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// Never.
    Disable,
    /// If the server has it; the default of all drivers.
    #[default]
    Prefer,
    /// Always, with any certificate.
    Require,
    /// Always, with a certificate of a trusted CA.
    VerifyCa,
    /// The same, and it must be for this host.
    VerifyFull,
}

/// The table of options.
pub(in crate::config) const URL_OPTIONS: &[Row<DatabaseConfig>] = &[
    Row {
        name: "user",
        kind: Kind::Text(|o, v| o.user = Some(v.to_owned())),
        default: "",
        doc: "Who logs in.",
    },
    Row {
        name: "password",
        kind: Kind::Secret(|o, v| o.password = Some(Secret::new(v))),
        default: "",
        doc: "With which password.",
    },
    Row {
        name: "ssl",
        kind: Kind::Bool(|o, v| {
            o.tls.mode = if v { TlsMode::VerifyFull } else { TlsMode::Disable }
        }),
        default: "",
        doc: "TLS with a certificate that must be right, or none (PostgreSQL).",
    },
    Row {
        name: "sslmode",
        kind: MODE,
        default: "prefer",
        doc: "Whether TLS is used (PostgreSQL).",
    },
    Row { name: "sslMode", kind: MODE, default: "prefer", doc: "The same (MySQL, MariaDB)." },
    Row {
        name: "useSSL",
        kind: Kind::Bool(|o, v| o.tls.mode = if v { TlsMode::Require } else { TlsMode::Disable }),
        default: "",
        doc: "Whether TLS is used (MySQL).",
    },
    Row {
        name: "useSsl",
        kind: Kind::Bool(|o, v| {
            o.tls.mode = if v { TlsMode::VerifyFull } else { TlsMode::Disable };
        }),
        default: "",
        doc: "Whether TLS is used (MariaDB).",
    },
    Row {
        name: "requireSSL",
        kind: Kind::Bool(|o, v| {
            let unchanged = o.tls.mode;
            let wants = v && unchanged == TlsMode::Prefer;
            o.tls.mode = if wants { TlsMode::Require } else { unchanged };
        }),
        default: "false",
        doc: "Refuse a server without TLS (MySQL).",
    },
    Row {
        name: "verifyServerCertificate",
        kind: Kind::Bool(|o, v| {
            let mode = if v { TlsMode::VerifyCa } else { TlsMode::Require };
            o.tls.mode = if o.tls.mode == TlsMode::Disable { TlsMode::Disable } else { mode };
        }),
        default: "false",
        doc: "Whether the certificate must be of a trusted CA (MySQL).",
    },
    file("sslrootcert", |o, v| o.tls.ca_file = Some(v.into()), "Trusted CAs (PostgreSQL)."),
    file("serverSslCert", |o, v| o.tls.ca_file = Some(v.into()), "Trusted CAs (MariaDB)."),
    file("sslcert", |o, v| o.tls.certificate_file = Some(v.into()), "The broker's certificate."),
    file("sslkey", |o, v| o.tls.key_file = Some(v.into()), "Its key."),
    Row {
        name: "currentSchema",
        kind: Kind::Later(Some("public")),
        default: "public",
        doc: "Schema of the tables (PostgreSQL).",
    },
    ignored("relaxAutoCommit"),
    ignored("autoReconnect"),
    ignored("useUnicode"),
    ignored("characterEncoding"),
    ignored("serverTimezone"),
    ignored("allowPublicKeyRetrieval"),
    ignored("cachePrepStmts"),
    ignored("prepStmtCacheSize"),
    ignored("useServerPrepStmts"),
    ignored("rewriteBatchedStatements"),
    ignored("ApplicationName"),
    ignored("tcpKeepAlive"),
    ignored("connectTimeout"),
    ignored("loginTimeout"),
    ignored("socketTimeout"),
    ignored("prepareThreshold"),
];

const MODE: Kind<DatabaseConfig> =
    Kind::Names("disable, prefer, require, verify-ca or verify-full", |o, v| {
        o.tls.mode = mode(v).ok_or("write disable, prefer, require, verify-ca or verify-full")?;
        Ok(())
    });

fn mode(name: &str) -> Option<TlsMode> {
    match name.to_ascii_lowercase().replace('_', "-").as_str() {
        "disable" | "disabled" => Some(TlsMode::Disable),
        "allow" | "prefer" | "preferred" => Some(TlsMode::Prefer),
        "require" | "required" | "trust" => Some(TlsMode::Require),
        "verify-ca" => Some(TlsMode::VerifyCa),
        "verify-full" | "verify-identity" => Some(TlsMode::VerifyFull),
        _ => None,
    }
}

const fn file(
    name: &'static str,
    set: fn(&mut DatabaseConfig, &str),
    doc: &'static str,
) -> Row<DatabaseConfig> {
    Row { name, kind: Kind::Text(set), default: "", doc }
}

const fn ignored(name: &'static str) -> Row<DatabaseConfig> {
    let reason = "it tunes the Java driver";
    Row { name, kind: Kind::NoEffect(reason), default: "", doc: "Only for the Java driver." }
}
