//! The page on broker URIs.

use relaismq::uri::{OptionDoc, Place, Standing, catalogue};

/// `docs/uris.md`.
pub(crate) fn page() -> String {
    let options = catalogue();
    let mut page = HEAD.to_owned();
    for (place, title, text) in SECTIONS {
        let here: Vec<_> = options.iter().filter(|option| option.place == place).collect();
        page.push_str(&format!("\n## {title}\n\n{text}\n\n"));
        page.push_str("| option | values | default | meaning |\n|---|---|---|---|\n");
        here.iter().filter(|option| works(option)).for_each(|option| page.push_str(&row(option)));
        page.push_str(&list("Accepted, and noted in the log:", &here, |standing| match standing {
            Standing::NoEffect(reason) => Some(reason.to_owned()),
            _ => None,
        }));
        page.push_str(&list("Refused:", &here, |standing| match standing {
            Standing::Refused(Some(value)) => Some(format!("leave it out, or write `{value}`")),
            Standing::Refused(None) => Some("leave it out".to_owned()),
            _ => None,
        }));
    }
    page
}

fn works(option: &OptionDoc) -> bool {
    matches!(option.standing, Standing::Works | Standing::Partly(_))
}

fn row(option: &OptionDoc) -> String {
    let default = match option.default {
        "" => String::new(),
        default => format!("`{default}`"),
    };
    let difference =
        option.difference.map(|text| format!(" **Not as in Java:** {text}")).unwrap_or_default();
    let OptionDoc { name, values, doc, .. } = option;
    format!("| `{name}` | {} | {default} | {}{} |\n", cell(values), cell(doc), cell(&difference))
}

fn list(
    title: &str,
    options: &[&OptionDoc],
    remark: impl Fn(Standing) -> Option<String>,
) -> String {
    let remarked = options.iter().filter_map(|option| Some((option, remark(option.standing)?)));
    let remarked: Vec<_> = remarked.collect();
    // Options of one kind stand together in the tables.
    let alike = remarked.chunk_by(|(one, remark), (other, remark_too)| {
        one.doc == other.doc && remark == remark_too
    });
    let lines = alike.filter_map(|group| {
        let names: Vec<_> = group.iter().map(|(option, _)| format!("`{}`", option.name)).collect();
        let (option, remark) = group.first()?;
        let doc = option.doc.trim_end_matches('.');
        Some(format!("* {} ({doc}): {remark}.\n", names.join(", ")))
    });
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n{title}\n\n{lines}") }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

const HEAD: &str = "\
# Broker URIs

What `Connection::builder` and the option `--brokerUrl` take. Names, places and defaults are ActiveMQ's;
what differs says so, and why. A test keeps this page as the code is.

    tcp://host:port?option=value&option=value
    failover:(tcp://one:61616?option=value,tcp://two:61616)?option=value&jms.option=value

* `failover:(…)` takes several brokers and reconnects for as long as its options say; a plain `tcp://…` is one
  broker, and its loss ends the connection. Blanks may stand around everything.
* `static:(…)`, `simple:(…)` and `discovery:(static:(…))` mean the same as `failover:(…)`; `masterslave:(…)` does so with
  `randomize=false`. Options of what is discovered, `discovered.x`, are `nested.x`. Brokers are not looked for on the network.
* Behind a broker's address may stand the one to connect from: `tcp://host:port/localhost:2111`.
* `nio`, `auto` and `auto+nio` mean the same as `tcp`, and `nio+ssl`, `auto+ssl` and `auto+nio+ssl` the same as
  `ssl`, which is TLS. Without a port it is 61616, for TLS 61617.
* Times are whole milliseconds, sizes whole bytes. In names and values `%20` is a blank, and `%26`, `%2C`, `%28`,
  `%29`, `%23`, `%25` stand for `& , ( ) # %`. A `+` is a plus.
* What is misspelt, misplaced, given twice or not supported is refused before anything is tried, with its place
  and what to write instead. What asks for less than is done anyway, or only tunes a Java virtual machine, is
  accepted and noted in the log, at level info; what is accepted and probably not meant is a warning there.
  `ConnectionBuilder::uri_warnings` has both.
";

const SECTIONS: [(Place, &str, &str); 6] = [
    (
        Place::Failover,
        "Of the list",
        "Behind the closing parenthesis: `failover:(tcp://one:61616,tcp://two:61616)?randomize=false`.",
    ),
    (
        Place::Connection,
        "Of the connection",
        "Behind the closing parenthesis, or on a plain `tcp://` URI: `tcp://one:61616?jms.sendTimeout=5000`.",
    ),
    (
        Place::Broker,
        "Of the link to one broker",
        "On a broker, `failover:(tcp://one:61616?keepAlive=true,tcp://two:61616)`, or with the prefix `nested.` \
         for all of them, `failover:(tcp://one:61616,tcp://two:61616)?nested.keepAlive=true`, which wins.",
    ),
    (
        Place::Mock,
        "Of faults on purpose",
        "For tests of applications: `failover:(mock:(tcp://one:61616)?cutAfter=1000,tcp://two:61616)`.",
    ),
    (
        Place::Consumer,
        "Of consumers, on a destination",
        "Behind the name of a queue or topic: `orders?consumer.prefetchSize=1`. They win over the \
         connection's.",
    ),
    (
        Place::Producer,
        "Of producers, on a destination",
        "Behind the name of a queue or topic: `orders?producer.windowSize=65536`.",
    ),
];
