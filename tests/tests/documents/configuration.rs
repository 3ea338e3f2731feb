//! The page on ActiveMQ's configuration.

use relaismq::uri::Standing;
use relaismq_broker::{
    BrokerConfig, ElementDoc, Properties, SettingDoc, SettingPlace, catalogue, settings,
};

/// `docs/configuration.md`.
pub(crate) fn page() -> String {
    let mut page = HEAD.to_owned();
    for (title, text, xml) in EXAMPLES {
        page.push_str(&format!("\n### {title}\n\n{text}\n\n```xml\n{xml}```\n\n{}", answer(xml)));
    }
    page.push_str(COMMAND_LINE);
    page.push_str("| option | values | default | meaning |\n|---|---|---|---|\n");
    settings()
        .iter()
        .for_each(|setting| page.push_str(&row(&format!("--{}", setting.name), setting)));
    page.push_str(ELEMENTS);
    let elements = catalogue();
    for element in elements.iter().filter(|it| it.place == SettingPlace::Read && !is_repeated(it)) {
        page.push_str(&section(element));
    }
    page.push_str(&outcome(
        "\n## Elements that are passed over\n\nEach is warned of, and nothing in it is read.\n\n",
        &elements,
        |place| match place {
            SettingPlace::PassedOver(reason) => Some(reason),
            _ => None,
        },
    ));
    page.push_str(&outcome(
        "\n## Elements that are refused\n\nUntil they are built.\n\n",
        &elements,
        |place| match place {
            SettingPlace::Refused(remedy) => Some(remedy),
            _ => None,
        },
    ));
    page
}

/// What the broker says of an example.
fn answer(xml: &str) -> String {
    let loaded = BrokerConfig::from_xml("activemq.xml", xml, Properties::default());
    let (verdict, findings) = match loaded {
        Ok(loaded) if loaded.warnings.is_empty() => {
            return "There is nothing to say about it.\n".to_owned();
        }
        Ok(loaded) => ("It runs, and says", loaded.warnings),
        Err(refused) => ("It is refused", refused.findings),
    };
    let lines: String = findings.iter().map(|it| format!("{it}\n")).collect();
    format!("{verdict}:\n\n```text\n{lines}```\n")
}

fn row(name: &str, setting: &SettingDoc) -> String {
    let default = match setting.default {
        "" => String::new(),
        default => format!("`{default}`"),
    };
    let doc = setting.doc.trim_end_matches('.');
    format!("| `{name}` | {} | {default} | {}. |\n", cell(&setting.values), cell(doc))
}

/// Elements that only hold others, and those that stand in one of the same name.
fn is_repeated(element: &ElementDoc) -> bool {
    let mut names = element.path.rsplit('/');
    element.attributes.is_empty() || names.next() == names.next()
}

fn section(element: &ElementDoc) -> String {
    let works: Vec<_> = element
        .attributes
        .iter()
        .filter(|it| matches!(it.standing, Standing::Works | Standing::Partly(_)))
        .collect();
    let mut section = format!("\n### `{}`\n\n", element.path);
    if !element.doc.is_empty() {
        section.push_str(&format!("{}\n", element.doc));
    }
    if !works.is_empty() {
        section.push_str("\n| attribute | values | default | meaning |\n|---|---|---|---|\n");
        works.iter().for_each(|it| section.push_str(&row(it.name, it)));
    }
    section.push_str(&remarks("Passed over, with a warning:", element, |it| match it.standing {
        Standing::NoEffect(reason) => Some(reason.to_owned()),
        _ => None,
    }));
    section.push_str(&remarks("Refused:", element, |it| match it.standing {
        Standing::Refused(Some(value)) => Some(format!("{} Only `{value}` is taken", it.doc)),
        Standing::Refused(None) => Some(it.doc.to_owned()),
        _ => None,
    }));
    section
}

fn remarks(
    title: &str,
    element: &ElementDoc,
    remark: impl Fn(&SettingDoc) -> Option<String>,
) -> String {
    let remarked = element.attributes.iter().filter_map(|it| Some((it.name, remark(it)?)));
    let remarked: Vec<_> = remarked.collect();
    let lines = remarked.chunk_by(|(_, one), (_, other)| one == other).filter_map(|group| {
        let names: Vec<_> = group.iter().map(|(name, _)| format!("`{name}`")).collect();
        let (_, remark) = group.first()?;
        Some(format!("* {}: {}.\n", names.join(", "), remark.trim_end_matches('.')))
    });
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n{title}\n\n{lines}") }
}

fn outcome(
    head: &str,
    elements: &[ElementDoc],
    remark: impl Fn(SettingPlace) -> Option<&'static str>,
) -> String {
    let mut page = head.to_owned();
    for element in elements {
        let Some(remark) = remark(element.place) else { continue };
        let doc = match element.doc {
            "" => String::new(),
            doc => format!("{doc}; "),
        };
        page.push_str(&format!("* `{}`: {doc}{remark}.\n", element.path));
    }
    page
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<")
}

const HEAD: &str = "\
# Configuration

`relaismq-broker --config activemq.xml` reads the file that ActiveMQ users have, and runs what is in it. A test keeps this page as the
code is.

    relaismq-broker --config conf/activemq.xml --check       what would run? nothing is started, nothing is written
    relaismq-broker --config conf/activemq.xml
    relaismq-broker --config xbean:conf/activemq.xml -D activemq.data=/var/lib/activemq
    relaismq-broker --config 'broker:(tcp://0.0.0.0:61616)/mine?persistent=false'
    relaismq-broker --config properties:broker.properties    brokerName=…, persistent=…, transportConnectorURIs=…

* **Nothing is ignored silently.** What the broker has, runs. What it lacks is *warned of* if that changes nothing for clients, or if the
  file asks for less than is done anyway; it is *refused* if clients would see a difference, or less would be kept. Each remark
  has file, line, column, element and what to do; all are printed, not only the first.
* `--check` prints them, and what would run, and ends with status 0 if it would, 1 if not.
* The command line wins over the file.
* Sizes are bytes or have a unit: `64 mb`, `64mb`, `1g`. Times are milliseconds.
* The root is `<beans>` of Spring or `<broker>`; with prefixes (`amq:`) or without. A file has at most 1 MiB and no `<!DOCTYPE>`.

## Placeholders

`${name}` and `${name:default}` are filled in, in this order, from `-D name=value` (also `--property`), from files that a
`PropertyPlaceholderConfigurer` names, from where the file lies, and from the environment. Where it lies says what ActiveMQ's start
script says: `activemq.conf` is its folder, `activemq.base` and `activemq.home` the one above if that is called `conf`, and `activemq.data` is
`data` in there; `ACTIVEMQ_BASE`, `ACTIVEMQ_DATA` and so on win over that. What nobody fills in is refused with its line, also
`#{…}`, `%name%` and `#### NAME ####` of other tools.

## Examples
";

const EXAMPLES: [(&str, &str, &str); 7] = [
    (
        "In memory, for tests",
        "As ActiveMQ calls it, without persistence.",
        "<broker brokerName=\"test\" persistent=\"false\">
  <transportConnectors>
    <transportConnector uri=\"tcp://127.0.0.1:61616\"/>
  </transportConnectors>
</broker>
",
    ),
    (
        "Master and slave on a shared directory",
        "Start it on two machines. The one that waits looks ten times a second, unless the file says \
         `lockAcquireSleepInterval`.",
        "<broker xmlns=\"http://activemq.apache.org/schema/core\" brokerName=\"orders\">
  <persistenceAdapter>
    <kahaDB directory=\"/sharedFileSystem/sharedBrokerData\"/>
  </persistenceAdapter>
  <systemUsage>
    <systemUsage>
      <memoryUsage><memoryUsage limit=\"64 mb\"/></memoryUsage>
      <storeUsage><storeUsage limit=\"10 gb\"/></storeUsage>
    </systemUsage>
  </systemUsage>
  <transportConnectors>
    <transportConnector uri=\"tcp://0.0.0.0:61616?maximumConnections=1000&amp;wireFormat.maxFrameSize=104857600\"/>
  </transportConnectors>
</broker>
",
    ),
    (
        "Master and slave on a database",
        "PostgreSQL, MySQL or MariaDB; without `dataSource` it is SQLite in the data directory.",
        "<beans>
  <bean id=\"postgres-ds\" class=\"org.apache.commons.dbcp2.BasicDataSource\">
    <property name=\"driverClassName\" value=\"org.postgresql.Driver\"/>
    <property name=\"url\" value=\"jdbc:postgresql://db.example.org/activemq?sslmode=verify-full\"/>
    <property name=\"username\" value=\"activemq\"/>
    <property name=\"password\" value=\"${db.password:secret}\"/>
    <property name=\"poolPreparedStatements\" value=\"true\"/>
  </bean>
  <broker brokerName=\"orders\">
    <persistenceAdapter>
      <jdbcPersistenceAdapter dataSource=\"#postgres-ds\" lockKeepAlivePeriod=\"3000\">
        <locker><lease-database-locker lockAcquireSleepInterval=\"10000\"/></locker>
      </jdbcPersistenceAdapter>
    </persistenceAdapter>
    <transportConnectors><transportConnector uri=\"tcp://0.0.0.0:61616\"/></transportConnectors>
  </broker>
</beans>
",
    ),
    (
        "Three brokers, each with its own disk",
        "As ActiveMQ calls it until 5.16. What is confirmed is on the disks of two of them; see [Messages on several \
         brokers](replicated.md).",
        "<broker xmlns=\"http://activemq.apache.org/schema/core\" brokerName=\"broker\">
  <persistenceAdapter>
    <replicatedLevelDB directory=\"activemq-data\" replicas=\"3\" bind=\"tcp://0.0.0.0:0\"
      zkAddress=\"zoo1.example.org:2181,zoo2.example.org:2181,zoo3.example.org:2181\" zkPassword=\"password\"
      zkPath=\"/activemq/leveldb-stores\" hostname=\"broker1.example.org\" />
  </persistenceAdapter>
  <transportConnectors><transportConnector uri=\"tcp://0.0.0.0:61616\"/></transportConnectors>
</broker>
",
    ),
    (
        "TLS, with clients that prove who they are",
        "Key stores are PKCS#12, as `keytool` makes them, whatever their names end with; PEM will do, too. See \
         [TLS](tls.md).",
        "<broker xmlns=\"http://activemq.apache.org/schema/core\" brokerName=\"orders\" persistent=\"false\">
  <sslContext>
    <sslContext keyStore=\"file:/etc/activemq/broker.ks\" keyStorePassword=\"${keystore.password:secret}\"
                trustStore=\"file:/etc/activemq/broker.ts\" trustStorePassword=\"${keystore.password:secret}\"/>
  </sslContext>
  <transportConnectors>
    <transportConnector name=\"ssl\" uri=\"ssl://0.0.0.0:61617?needClientAuth=true&amp;transport.enabledProtocols=TLSv1.3,TLSv1.2\"/>
    <transportConnector name=\"openwire\" uri=\"tcp://127.0.0.1:61616\"/>
  </transportConnectors>
</broker>
",
    ),
    (
        "ActiveMQ's own file",
        "What its distribution comes with, but for comments.",
        "<beans xmlns=\"http://www.springframework.org/schema/beans\">
  <broker xmlns=\"http://activemq.apache.org/schema/core\" brokerName=\"localhost\">
    <destinationPolicy>
      <policyMap>
        <policyEntries>
          <policyEntry topic=\">\">
            <pendingMessageLimitStrategy>
              <constantPendingMessageLimitStrategy limit=\"1000\"/>
            </pendingMessageLimitStrategy>
          </policyEntry>
        </policyEntries>
      </policyMap>
    </destinationPolicy>
    <managementContext><managementContext createConnector=\"false\"/></managementContext>
    <persistenceAdapter><kahaDB directory=\"data/kahadb\"/></persistenceAdapter>
    <systemUsage>
      <systemUsage>
        <memoryUsage><memoryUsage percentOfJvmHeap=\"70\"/></memoryUsage>
        <storeUsage><storeUsage limit=\"100 gb\"/></storeUsage>
        <tempUsage><tempUsage limit=\"50 gb\"/></tempUsage>
      </systemUsage>
    </systemUsage>
    <transportConnectors>
      <transportConnector name=\"openwire\" uri=\"tcp://0.0.0.0:61616?maximumConnections=1000\"/>
      <transportConnector name=\"stomp\" uri=\"stomp://0.0.0.0:61613?maximumConnections=1000\"/>
    </transportConnectors>
    <shutdownHooks><bean class=\"org.apache.activemq.hooks.SpringContextHook\"/></shutdownHooks>
  </broker>
  <import resource=\"jetty.xml\"/>
</beans>
",
    ),
    (
        "What is refused",
        "Mistakes, and what would let strangers in or lose an order.",
        "<broker brokername=\"orders\">
  <plugins>
    <simpleAuthenticationPlugin/>
  </plugins>
  <destinationPolicy>
    <policyMap>
      <policyEntries><policyEntry queue=\">\" strictOrderDispatch=\"true\"/></policyEntries>
    </policyMap>
  </destinationPolicy>
  <persistenceAdapter>
    <kahaDB directory=\"${data}/kahadb\"/>
  </persistenceAdapter>
</broker>
",
    ),
];

const COMMAND_LINE: &str = "
## The command line

`relaismq-broker --help` has every option; these are the limits among them, and their defaults.

";

const ELEMENTS: &str = "
## Elements and attributes

Everything that is read. Times are milliseconds.
";
