//! Spring's part: data sources and placeholders.

use std::{fs, time::Duration};

use super::*;
use crate::config::{
    database::{DatabaseConfig, DatabaseLocker, Dialect, Location},
    persistence::Persistence,
};

const POSTGRESQL: &str = "<bean id=\"ds\" class=\"org.apache.commons.dbcp2.BasicDataSource\" \
    destroy-method=\"close\">\
    <property name=\"driverClassName\" value=\"org.postgresql.Driver\"/>\
    <property name=\"url\" value=\"jdbc:postgresql://db:5433/amq?sslmode=require\"/>\
    <property name=\"username\"><value>amq</value></property>\
    <property name=\"password\" value=\" s3cret\"/></bean>";

fn jdbc(attributes: &str, inside: &str) -> String {
    let inside = format!(
        "<persistenceAdapter><jdbcPersistenceAdapter {attributes}>{inside}</jdbcPersistenceAdapter>\
         </persistenceAdapter>"
    );
    with("brokerName=\"b\" dataDirectory=\"/data\"", &inside)
}

fn beans(beans: &str, broker: &str) -> String {
    format!("<beans>\n{beans}\n{broker}</beans>")
}

fn database(xml: &str) -> DatabaseConfig {
    match plain(xml).persistence {
        Persistence::Database(database) => *database,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_data_source_is_found_by_its_id_nested_or_by_reference_and_shows_no_password() {
    let by_id = database(&beans(POSTGRESQL, &jdbc("dataSource=\"#ds\"", "")));
    let nested = database(&jdbc("", &format!("<dataSource>{POSTGRESQL}</dataSource>")));
    let by_reference = "<dataSource><ref bean=\"ds\"/></dataSource>";
    let by_reference = database(&beans(POSTGRESQL, &jdbc("", by_reference)));
    assert_eq!((&by_id, &by_id), (&nested, &by_reference));
    assert_eq!(by_id.location.dialect(), Dialect::PostgreSql);
    assert_eq!(by_id.location.to_string(), "amq of PostgreSQL at db:5433");
    assert_eq!(by_id.password.as_ref().unwrap().expose(), " s3cret");
    assert!(!format!("{by_id:?}").contains("s3cret"));
}

#[test]
fn a_data_source_without_a_url_names_its_parts() {
    let bean = "<bean id=\"ds\" class=\"org.postgresql.ds.PGPoolingDataSource\">\
        <property name=\"serverName\" value=\"db\"/><property name=\"databaseName\" value=\"amq\"/>\
        <property name=\"portNumber\" value=\"0\"/></bean>";
    refused_with(&beans(bean, &jdbc("dataSource=\"#ds\"", "")), &["portNumber", "from 1 to 65535"]);
    let bean = bean.replace("value=\"0\"", "value=\"6000\"");
    let found = database(&beans(&bean, &jdbc("dataSource=\"#ds\"", "")));
    assert_eq!(found.location.to_string(), "amq of PostgreSQL at db:6000");
}

#[test]
fn without_a_data_source_it_is_sqlite_in_the_data_directory() {
    let file = |path: &str| Location::File(path.into());
    assert_eq!(database(&jdbc("", "")).location, file("/data/relaismq.sqlite"));
    let elsewhere = database(&jdbc("dataDirectory=\"x\"", ""));
    assert_eq!(elsewhere.location, file("x/relaismq.sqlite"));
}

#[test]
fn lockers_tables_and_periods_are_taken_over() {
    let inside = "<statements><statements tablePrefix=\"P_\"/></statements><locker>\
        <lease-database-locker lockAcquireSleepInterval=\"9000\" leaseHolderId=\"h\"/></locker>";
    let attributes = "lockKeepAlivePeriod=\"3000\" createTablesOnStartup=\"false\"";
    let config = plain(&jdbc(attributes, inside));
    assert_eq!(config.lock.acquire_interval, Some(Duration::from_secs(9)));
    let Persistence::Database(found) = config.persistence else { panic!("no database") };
    assert_eq!((found.table_prefix.as_str(), found.create_tables_on_startup), ("P_", false));
    assert_eq!(found.locker, DatabaseLocker::Lease { holder: Some("h".to_owned()) });
    assert!(!plain(&jdbc("useDatabaseLock=\"false\"", "")).lock.use_lock);
    let row = database(&jdbc("", "<locker><database-locker/></locker>"));
    assert_eq!(row.locker, DatabaseLocker::Row);
    refused_with(&jdbc("lockKeepAlivePeriod=\"30000\"", ""), &["runs out before"]);
}

#[test]
fn a_data_source_that_cannot_be_used_is_refused_where_it_is_written() {
    let oracle = "<bean id=\"ds\" class=\"x\">\n<property name=\"url\" \
                  value=\"jdbc:oracle:thin:@localhost:1521:AMQDB\"/></bean>";
    refused_with(
        &beans(oracle, &jdbc("dataSource=\"#ds\"", "")),
        &["activemq.xml:3:1: bean ds: Oracle is not supported", "PostgreSQL, MySQL or MariaDB"],
    );
    let nameless = "<bean id=\"ds\" class=\"oracle.jdbc.pool.OracleDataSource\"/>";
    refused_with(&beans(nameless, &jdbc("dataSource=\"#ds\"", "")), &["not supported"]);
    refused_with(&jdbc("dataSource=\"#sd\"", ""), &["there is no bean sd", "<bean id=\"sd\""]);
    let wrong = beans(POSTGRESQL, &jdbc("dataSource=\"#dss\"", ""));
    refused_with(&wrong, &["did you mean #ds?"]);
    let typo = POSTGRESQL.replace("username", "usrname");
    let said = refused(&beans(&typo, &jdbc("dataSource=\"#ds\"", "")));
    assert!(said.contains("did you mean username?") && !said.contains("s3cret"), "{said}");
}

#[test]
fn beans_that_nobody_names_are_warned_of() {
    let (_, warnings) = accepted(&beans(POSTGRESQL, &with("", "")));
    assert!(warnings[0].contains("bean ds") && warnings[0].contains("names it"), "{warnings:?}");
}

#[test]
fn placeholders_come_from_the_files_that_spring_names() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.properties");
    fs::write(&file, "# who\nname = file\npassword=x y\n").unwrap();
    let configurer = |inside: &str| {
        format!(
            "<bean class=\"org.springframework.beans.factory.config.PropertyPlaceholderConfigurer\">\
             {inside}</bean>"
        )
    };
    let listed =
        format!("<property name=\"locations\"><value>file:{}</value></property>", file.display());
    let broker = with("brokerName=\"${name}-${password}\"", "");
    assert_eq!(plain(&beans(&configurer(&listed), &broker)).name, "file-x y");
    let inline = "<property name=\"properties\"><props><prop key=\"name\">in</prop>\
                  <prop key=\"password\">line</prop></props></property>";
    assert_eq!(plain(&beans(&configurer(inline), &broker)).name, "in-line");
    let missing = "<property name=\"location\" value=\"file:/nowhere/x.properties\"/>";
    refused_with(
        &beans(&configurer(missing), &with("", "")),
        &["/nowhere/x.properties cannot be read"],
    );
    let optional = format!("{missing}<property name=\"ignoreResourceNotFound\" value=\"true\"/>");
    plain(&beans(&configurer(&optional), &with("", "")));
}
