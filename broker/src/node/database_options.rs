//! A database as it was configured, for the store that is in it.

use sqlx::{
    mysql::{MySqlConnectOptions, MySqlSslMode},
    postgres::{PgConnectOptions, PgSslMode},
};

use crate::{
    config::{DatabaseConfig, DatabaseLocker, Dialect, Location, TlsMode},
    store::sql::{Locker, SqlOptions},
};

/// What the store wants to know of it.
pub(super) fn of(database: &DatabaseConfig) -> SqlOptions {
    let options = match &database.location {
        Location::File(file) => SqlOptions::file(file),
        Location::Server { dialect: Dialect::PostgreSql, host, port, database: name } => {
            SqlOptions::postgresql(postgresql(database, host, *port, name))
        }
        Location::Server { host, port, database: name, .. } => {
            SqlOptions::mysql(mysql(database, host, *port, name))
        }
    };
    let locker = match database.locker {
        DatabaseLocker::Lease { .. } => Locker::Lease,
        DatabaseLocker::Row => Locker::Transaction,
    };
    let options = options.with_locker(locker).create_tables(database.create_tables_on_startup);
    // Whoever read the configuration has refused what is no name.
    let plain = options.clone();
    options.table_prefix(&database.table_prefix).unwrap_or(plain)
}

/// Who holds the lease, if it is not to be the broker's name.
pub(super) fn holder(database: &DatabaseConfig) -> Option<&str> {
    match &database.locker {
        DatabaseLocker::Lease { holder, .. } => holder.as_deref(),
        DatabaseLocker::Row => None,
    }
}

fn postgresql(config: &DatabaseConfig, host: &str, port: u16, name: &str) -> PgConnectOptions {
    let mut options = PgConnectOptions::new_without_pgpass().host(host).port(port).database(name);
    if let Some(user) = &config.user {
        options = options.username(user);
    }
    if let Some(password) = &config.password {
        options = options.password(password.expose());
    }
    if let Some(file) = &config.tls.ca_file {
        options = options.ssl_root_cert(file);
    }
    if let (Some(certificate), Some(key)) = (&config.tls.certificate_file, &config.tls.key_file) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    options.ssl_mode(match config.tls.mode {
        TlsMode::Disable => PgSslMode::Disable,
        TlsMode::Prefer => PgSslMode::Prefer,
        TlsMode::Require => PgSslMode::Require,
        TlsMode::VerifyCa => PgSslMode::VerifyCa,
        TlsMode::VerifyFull => PgSslMode::VerifyFull,
    })
}

fn mysql(config: &DatabaseConfig, host: &str, port: u16, name: &str) -> MySqlConnectOptions {
    let mut options = MySqlConnectOptions::new().host(host).port(port).database(name);
    if let Some(user) = &config.user {
        options = options.username(user);
    }
    if let Some(password) = &config.password {
        options = options.password(password.expose());
    }
    if let Some(file) = &config.tls.ca_file {
        options = options.ssl_ca(file);
    }
    if let (Some(certificate), Some(key)) = (&config.tls.certificate_file, &config.tls.key_file) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    options.ssl_mode(match config.tls.mode {
        TlsMode::Disable => MySqlSslMode::Disabled,
        TlsMode::Prefer => MySqlSslMode::Preferred,
        TlsMode::Require => MySqlSslMode::Required,
        TlsMode::VerifyCa => MySqlSslMode::VerifyCa,
        TlsMode::VerifyFull => MySqlSslMode::VerifyIdentity,
    })
}
