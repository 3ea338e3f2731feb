//! Each trap that real files hold, and what is said of it.

mod beans;
mod form;
mod policies;
mod replicated;
mod tls;
mod values;

use super::*;
use crate::config::BrokerConfig;

fn load(xml: &str) -> Result<Loaded, Refused> {
    let properties = Properties::default().given("data", "/var/amq");
    read("activemq.xml", xml, properties)
}

/// With a connector, about which there is nothing to say.
fn with(attributes: &str, inside: &str) -> String {
    let connector = "<transportConnectors><transportConnector uri=\"tcp://127.0.0.1:0\"/>\
                     </transportConnectors>";
    format!("<broker {attributes}>{connector}\n{inside}</broker>")
}

/// What a broker is made of, and its warnings.
fn accepted(xml: &str) -> (BrokerConfig, Vec<String>) {
    let loaded = load(xml).unwrap_or_else(|refused| panic!("{refused}\n{xml}"));
    (loaded.config, loaded.warnings.iter().map(ToString::to_string).collect())
}

/// Accepted without a word.
fn plain(xml: &str) -> BrokerConfig {
    let (config, warnings) = accepted(xml);
    assert_eq!(warnings, Vec::<String>::new(), "{xml}");
    config
}

/// Its errors.
fn refused(xml: &str) -> String {
    match load(xml) {
        Ok(loaded) => panic!("accepted: {loaded:?}\n{xml}"),
        Err(refused) => refused.to_string(),
    }
}

/// Its errors have all this in them.
fn refused_with(xml: &str, parts: &[&str]) {
    let said = refused(xml);
    for part in parts {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
}
