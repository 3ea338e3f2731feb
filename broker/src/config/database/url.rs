//! `jdbc:postgresql://host:5432/database?sslmode=require`.

use relaismq_options::{Kind, Refusal, Secret, Source, Span, closest, find, query};

use super::{DatabaseConfig, Dialect, Location, URL_OPTIONS};

/// Why a JDBC URL was refused. No password is shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {remedy}")]
pub struct JdbcError {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// Something in a JDBC URL that was accepted and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JdbcNote {
    /// The option.
    pub option: String,
    /// Why.
    pub reason: &'static str,
}

const ELSEWHERE: &str = "use PostgreSQL, MySQL or MariaDB (jdbc:postgresql://HOST/DATABASE), or leave out the data source \
     for SQLite in the data directory";

/// Instead of `jdbc:` it may be `sql:`.
pub(super) fn parse(url: &str) -> Result<(DatabaseConfig, Vec<JdbcNote>), JdbcError> {
    let source = Source::new(url, is_harmless);
    let whole = source.whole().trim();
    let (base, options) = whole.split_once('?').map_or((whole, None), |(b, o)| (b, Some(o)));
    let mut config = DatabaseConfig::new(location(base.text())?);
    log_in(source, base, &mut config)?;
    let mut notes = Vec::new();
    let entries = options.map_or(Ok(Vec::new()), |options| query::entries(source, options));
    for entry in entries.map_err(|error| refuse(error.to_string(), "mend the URL"))? {
        notes.extend(option(source, &mut config, &entry)?);
    }
    Ok((config, notes))
}

fn is_harmless(option: &str) -> bool {
    find(URL_OPTIONS, option).is_some_and(|(_, row)| !matches!(row.kind, Kind::Secret(_)))
}

fn malformed() -> JdbcError {
    refuse(
        "no JDBC URL that is understood".to_owned(),
        "write jdbc:postgresql://HOST:5432/DATABASE, jdbc:mysql://… or jdbc:mariadb://…, or \
         jdbc:sqlite:FILE",
    )
}

fn location(base: &str) -> Result<Location, JdbcError> {
    let rest = base.strip_prefix("jdbc:").or_else(|| base.strip_prefix("sql:"));
    let (name, rest) = rest.and_then(|rest| rest.split_once(':')).ok_or_else(malformed)?;
    let dialect = match name {
        "postgresql" => Dialect::PostgreSql,
        "mysql" => Dialect::MySql,
        "mariadb" => Dialect::MariaDb,
        "sqlite" if !rest.is_empty() => return Ok(Location::File(rest.into())),
        _ => return Err(unsupported(name)),
    };
    let (authority, database) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_once('/').ok_or_else(malformed)?,
        // PostgreSQL's short form.
        None => ("localhost", rest),
    };
    let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
    if server.contains(',') {
        let what = format!("{server} names several servers");
        return Err(refuse(what, "name the one that is written to, or its virtual address"));
    }
    let (host, port) = host_and_port(server, dialect).ok_or_else(malformed)?;
    if database.is_empty() || database.contains('/') {
        return Err(malformed());
    }
    Ok(Location::Server { dialect, host, port, database: database.to_owned() })
}

/// `user:password@` before the server.
fn log_in(
    source: Source<'_>,
    base: Span<'_>,
    config: &mut DatabaseConfig,
) -> Result<(), JdbcError> {
    let authority = base.text().find("//").map(|at| base.split_at(at + 2).1);
    let authority = authority.and_then(|rest| Some(rest.split_once('/')?.0));
    let Some((authority, at)) = authority.and_then(|it| Some((it, it.text().rfind('@')?))) else {
        return Ok(());
    };
    let (login, _) = authority.split_at(at);
    let part = |span| query::decode(source, span).map_err(|_| malformed());
    let (user, password) = login.split_once(':').map_or((login, None), |(u, p)| (u, Some(p)));
    config.user = Some(part(user)?);
    config.password = password.map(part).transpose()?.map(Secret::new);
    Ok(())
}

fn host_and_port(authority: &str, dialect: Dialect) -> Option<(String, u16)> {
    let bare = authority.ends_with(']') || !authority.contains(':');
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !bare => (host, port.parse().ok().filter(|port| *port > 0)?),
        _ => (authority, dialect.default_port()),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let odd = |c: char| !c.is_ascii_graphic();
    Some((if host.is_empty() { "localhost" } else { host }.to_owned(), port))
        .filter(|(host, _)| !host.contains(odd))
}

fn unsupported(name: &str) -> JdbcError {
    let known = match name.to_ascii_lowercase().as_str() {
        "oracle" => "Oracle",
        "sqlserver" | "jtds" | "microsoft" => "SQL Server",
        "db2" => "DB2",
        "derby" => "Derby",
        "hsqldb" => "HSQLDB",
        "h2" => "H2",
        other => {
            let hint = closest(other, ["postgresql", "mysql", "mariadb", "sqlite"]);
            let what = format!("a database {other} is not known");
            return match hint {
                Some(name) => refuse(what, &format!("did you mean jdbc:{name}: ?")),
                None => refuse(what, ELSEWHERE),
            };
        }
    };
    refuse(format!("{known} is not supported"), ELSEWHERE)
}

fn option(
    source: Source<'_>,
    config: &mut DatabaseConfig,
    entry: &query::Entry<'_>,
) -> Result<Option<JdbcNote>, JdbcError> {
    let key = &entry.key;
    let Some((_, row)) = find(URL_OPTIONS, key) else {
        let what = format!("option {} is not known", source.echo(entry.key_span));
        let names = URL_OPTIONS.iter().map(|row| row.name);
        let hint = closest(key, names).map(|name| format!("did you mean {name}?"));
        return Err(refuse(what, &hint.unwrap_or_else(|| "leave it out".to_owned())));
    };
    match row.kind.apply(config, &entry.value) {
        Ok(reason) => Ok(reason.map(|reason| JdbcNote { option: key.clone(), reason })),
        Err(Refusal::Bad(expected) | Refusal::Unfit(expected)) => {
            let value = source.echo(entry.value_span);
            Err(refuse(format!("{key} cannot be {value}"), &format!("expected {expected}")))
        }
        Err(Refusal::Later(honoured)) => {
            let hint = honoured.map(|value| format!("leave it out, or write {key}={value}"));
            let what = format!("{key} is not supported yet");
            Err(refuse(what, &hint.unwrap_or_else(|| "leave it out".to_owned())))
        }
    }
}

fn refuse(what: String, remedy: &str) -> JdbcError {
    JdbcError { what, remedy: remedy.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::database::TlsMode;

    fn location_of(url: &str) -> String {
        let (config, _) = DatabaseConfig::from_url(url).unwrap();
        format!("{} {}", config.location.dialect().name(), config.location)
    }

    #[test]
    fn dialect_host_port_and_database_come_from_the_url() {
        for (url, expected) in [
            ("jdbc:postgresql://db/amq", "PostgreSQL amq of PostgreSQL at db:5432"),
            ("jdbc:postgresql:amq", "PostgreSQL amq of PostgreSQL at localhost:5432"),
            ("jdbc:postgresql://[::1]:5433/amq", "PostgreSQL amq of PostgreSQL at ::1:5433"),
            ("jdbc:mysql://db:3307/amq?relaxAutoCommit=true", "MySQL amq of MySQL at db:3307"),
            ("jdbc:mariadb://db/amq", "MariaDB amq of MariaDB at db:3306"),
            ("jdbc:sqlite:/var/amq.sqlite", "SQLite /var/amq.sqlite"),
        ] {
            assert_eq!(location_of(url), expected, "{url}");
        }
    }

    #[test]
    fn passwords_and_tls_come_from_the_url_and_no_debug_output_shows_the_password() {
        let tls = "sslmode=verify-full&sslrootcert=/ca.pem";
        let plain = format!("jdbc:postgresql://db/amq?user=a:q&password=s3cret&{tls}");
        let short = format!("sql:postgresql://a%3Aq:s3cret@db/amq?{tls}");
        let [config, same] = [plain, short].map(|url| DatabaseConfig::from_url(&url).unwrap().0);
        assert_eq!(config, same);
        assert_eq!(config.user.as_deref(), Some("a:q"));
        assert_eq!(config.password.as_ref().unwrap().expose(), "s3cret");
        assert_eq!(config.tls.mode, TlsMode::VerifyFull);
        assert_eq!(config.tls.ca_file, Some("/ca.pem".into()));
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn what_is_not_supported_is_refused_with_what_to_use_instead() {
        for (url, what) in [
            ("jdbc:oracle:thin:@localhost:1521:AMQDB", "Oracle"),
            ("jdbc:sqlserver://db;databaseName=amq", "SQL Server"),
            ("jdbc:jtds:sqlserver://db/amq", "SQL Server"),
            ("jdbc:derby:amq;create=true", "Derby"),
            ("jdbc:postgres://db/amq", "did you mean jdbc:postgresql:"),
            ("jdbc:postgresql://a,b/amq", "several servers"),
            ("jdbc:postgresql://db", "jdbc:postgresql://HOST:5432/DATABASE"),
            ("jdbc:postgresql://db:x/amq", "jdbc:postgresql://HOST:5432/DATABASE"),
            ("jdbc:mysql://db/amq?sslMod=REQUIRED", "did you mean sslmode"),
            ("jdbc:mysql://db/amq?useSSL=yes", "expected true or false"),
            ("jdbc:postgresql://db/amq?currentSchema=mine", "currentSchema=public"),
            ("oracle:thin", "no JDBC URL"),
        ] {
            let refused = DatabaseConfig::from_url(url).unwrap_err().to_string();
            assert!(refused.contains(what), "{url}: {refused}");
        }
        let refused =
            DatabaseConfig::from_url("jdbc:mysql://db/amq?user=a&pasword=s3cret").unwrap_err();
        assert!(!refused.to_string().contains("s3cret"), "{refused}");
    }
}
