//! From a bean to a database.

use relaismq_options::Row;
use roxmltree::Node;

use super::{
    beans::properties,
    draft::{Draft, SourceDraft},
    reader::Reader,
};
use crate::config::database::{DatabaseConfig, Dialect, Location};

/// Reads the data source with an id.
pub(super) fn named(reader: &mut Reader<'_>, rows: &'static [Row<Draft>], id: &str, at: usize) {
    if let Some(bean) = reader.beans.get(id).copied() {
        return read(reader, rows, bean);
    }
    let names: Vec<_> = reader.beans.keys().copied().collect();
    let remedy = match relaismq_options::closest(id, names) {
        Some(known) => format!("did you mean #{known}?"),
        None => format!(
            "write <bean id=\"{id}\" class=\"org.apache.commons.dbcp2.BasicDataSource\"> with \
             driverClassName, url, username and password"
        ),
    };
    let element = "jdbcPersistenceAdapter dataSource";
    reader.refuse(at, element, &format!("there is no bean {id} in this file"), &remedy);
}

/// Reads a data source.
pub(super) fn read<'a>(reader: &mut Reader<'a>, rows: &'static [Row<Draft>], bean: Node<'a, 'a>) {
    let at = bean.range().start;
    reader.used.insert(at);
    let class = bean.attribute("class").unwrap_or_default();
    let label = bean.attribute("id").map_or("bean".to_owned(), |id| format!("bean {id}"));
    if let Some((what, remedy)) = unsupported(class) {
        return reader.refuse(at, &label, &what, &remedy);
    }
    reader.draft.source = SourceDraft::default();
    let (mut url_at, before) = (at, errors(reader));
    for property in properties(bean) {
        if matches!(property.name, "url" | "jdbcUrl" | "URL") {
            url_at = property.at;
        }
        match property.value {
            Some(value) => reader.set(&label, rows, (property.name, value), property.at),
            None => {
                let subject = format!("{label} {}", property.name);
                reader.refuse(property.at, &subject, "has no value", "write value=\"…\"");
            }
        }
    }
    if errors(reader) > before {
        return;
    }
    let source = std::mem::take(&mut reader.draft.source);
    match database(&source, class) {
        Ok((mut config, notes)) => {
            config.user = source.user.or(config.user);
            config.password = source.password.or(config.password);
            reader.draft.database.found = Some(config);
            for (option, reason) in notes {
                let subject = format!("{label} url {option}");
                reader.warn(url_at, &subject, &format!("has no effect: {reason}"), "");
            }
        }
        Err((what, remedy)) => reader.refuse(url_at, &label, &what, &remedy),
    }
}

fn errors(reader: &Reader<'_>) -> usize {
    reader.findings.iter().filter(|it| it.weight == crate::config::finding::Weight::Error).count()
}

type Found = (DatabaseConfig, Vec<(String, &'static str)>);

/// By URL, or by the parts that a class of its own maker has.
fn database(source: &SourceDraft, class: &str) -> Result<Found, (String, String)> {
    if let Some(url) = &source.url {
        let (config, notes) =
            DatabaseConfig::from_url(url).map_err(|error| (error.what, error.remedy))?;
        return Ok((config, notes.into_iter().map(|it| (it.option, it.reason)).collect()));
    }
    let dialect = dialect(class, source.driver.as_deref().unwrap_or_default())?;
    let database = source.database.clone().ok_or_else(|| {
        let remedy = "write <property name=\"url\" value=\"jdbc:postgresql://HOST/DATABASE\"/>";
        ("names no database".to_owned(), remedy.to_owned())
    })?;
    let port = source.port.and_then(|port| u16::try_from(port).ok());
    let location = Location::Server {
        dialect,
        host: source.server.clone().unwrap_or_else(|| "localhost".to_owned()),
        port: port.unwrap_or(dialect.default_port()),
        database,
    };
    Ok((DatabaseConfig::new(location), Vec::new()))
}

fn dialect(class: &str, driver: &str) -> Result<Dialect, (String, String)> {
    let name = format!("{class} {driver}").to_ascii_lowercase();
    if let Some(refused) = unsupported(driver) {
        return Err(refused);
    }
    let known = [
        ("postgresql", Dialect::PostgreSql),
        ("mariadb", Dialect::MariaDb),
        ("mysql", Dialect::MySql),
    ];
    let known = known.into_iter().find(|(part, _)| name.contains(part));
    known.map(|(_, dialect)| dialect).ok_or_else(|| {
        let remedy = "write <property name=\"url\" value=\"jdbc:postgresql://HOST/DATABASE\"/>";
        (
            "says neither in a url nor by its class what kind of database it is".to_owned(),
            remedy.to_owned(),
        )
    })
}

/// Databases that have no dialect here, by their Java classes.
fn unsupported(class: &str) -> Option<(String, String)> {
    let name = class.to_ascii_lowercase();
    let makers = ["oracle", "sqlserver", "jtds", "db2", "derby", "hsqldb", "h2"];
    let remedy = "use PostgreSQL, MySQL or MariaDB, or leave out the data source for SQLite in the \
                  data directory";
    let named = name.split('.').any(|part| makers.contains(&part));
    named.then(|| (format!("the database of {class} is not supported"), remedy.to_owned()))
}
