//! What an article of 2016 tells its readers to write for high availability, in their `activemq.xml`.

use relaismq_broker::{Broker, BrokerConfig, Loaded, Persistence, Properties, Refused};

use crate::run;

const KAHA_DB: &str = "<persistenceAdapter>
  <kahaDB directory=\"/sharedFileSystem/sharedBrokerData\"/>
</persistenceAdapter>";

/// To be put within `broker`, says the article.
const ORACLE: &str = "<!-- Oracle DataSource Sample Setup -->

  <bean id=\"oracle-ds\" class=\"org.apache.commons.dbcp.BasicDataSource\" destroy-method=\"close\">
    <property name=\"driverClassName\" value=\"oracle.jdbc.driver.OracleDriver\"/>
    <property name=\"url\" value=\"jdbc:oracle:thin:@localhost:1521:AMQDB\"/>
    <property name=\"username\" value=\"scott\"/>
    <property name=\"password\" value=\"tiger\"/>
    <property name=\"poolPreparedStatements\" value=\"true\"/>
  </bean>
";
const JDBC: &str = "<persistenceAdapter>
        <jdbcPersistenceAdapter dataDirectory=\"activemq-data\" dataSource=\"#oracle-ds\"/>
</persistenceAdapter>
";

const REPLICATED: &str = "<broker brokerName=\"broker\" ... >
  ...
  <persistenceAdapter>
    <replicatedLevelDB directory=\"activemq-data\" replicas=\"3\" bind=\"tcp://0.0.0.0:0\" \
    zkAddress=\"zoo1.example.org:2181,zoo2.example.org:2181,zoo3.example.org:2181\" \
    zkPassword=\"password\" zkPath=\"/activemq/leveldb-stores\" hostname=\"broker1.example.org\" />
  </persistenceAdapter>
  ...
</broker>
";

fn load(xml: &str) -> Result<Loaded, Refused> {
    BrokerConfig::from_xml("activemq.xml", xml, Properties::default())
}

/// As ActiveMQ's own file has it.
fn broker(inside: &str) -> String {
    format!(
        "<beans xmlns=\"http://www.springframework.org/schema/beans\">
<broker xmlns=\"http://activemq.apache.org/schema/core\" brokerName=\"localhost\">
{inside}
<transportConnectors><transportConnector uri=\"tcp://0.0.0.0:61616\"/></transportConnectors>
</broker>
</beans>"
    )
}

#[test]
fn the_shared_directory_runs_as_it_is_written() {
    let mut config = load(&broker(KAHA_DB)).unwrap().config;
    let Persistence::Directory(directory) = &mut config.persistence else { panic!("{config:?}") };
    assert_eq!(directory.directory.to_str(), Some("/sharedFileSystem/sharedBrokerData"));
    let elsewhere = tempfile::tempdir().unwrap();
    directory.directory = elsewhere.path().join("sharedBrokerData");
    run(config);
}

#[test]
fn the_oracle_database_is_refused_where_it_is_named_with_what_to_use() {
    let beside = broker(JDBC).replace("<broker", &format!("{ORACLE}\n<broker"));
    for xml in [broker(&format!("{ORACLE}{JDBC}")), beside] {
        let refused = load(&xml).unwrap_err().to_string();
        let line = 1 + xml.lines().position(|line| line.contains("jdbc:oracle")).unwrap();
        assert!(refused.contains(&format!("activemq.xml:{line}:")), "{refused}");
        assert!(refused.contains("Oracle is not supported; use PostgreSQL, MySQL or MariaDB"));
        assert!(!refused.contains("tiger"));
    }
}

#[test]
fn the_same_with_a_database_that_is_supported_is_read() {
    let bean = ORACLE.replace("jdbc:oracle:thin:@localhost:1521:AMQDB", "jdbc:mysql://db/amq");
    let loaded = load(&broker(&format!("{bean}{JDBC}"))).unwrap();
    let Persistence::Database(database) = loaded.config.persistence else { panic!("no database") };
    assert_eq!(database.location.to_string(), "amq of MySQL at db:3306");
    assert_eq!(database.user.as_deref(), Some("scott"));
}

#[test]
fn replication_is_read_and_refused_at_the_start_while_only_zookeeper_knows_the_brokers() {
    let as_it_stands = load(REPLICATED).unwrap_err().to_string();
    assert!(as_it_stands.contains("activemq.xml:1:29"), "{as_it_stands}");
    assert!(as_it_stands.contains("put in what the dots stand for"), "{as_it_stands}");
    let loaded = load(&REPLICATED.replacen(" ... ", "", 1)).unwrap();
    let Persistence::Replicated(replicated) = &loaded.config.persistence else { panic!() };
    let path = replicated.zookeeper.as_ref().map(|zookeeper| zookeeper.path.as_str());
    assert_eq!((replicated.replicas, path), (3, Some("/activemq/leveldb-stores")));
    let refused = Broker::configured(loaded.config).unwrap_err().to_string();
    let expected =
        "finding the other brokers in ZooKeeper is not built yet; name them all, with --nodes";
    assert!(refused.contains(expected), "{refused}");
    assert!(!refused.contains("password"));
}
