//! URIs that people have posted, and what becomes of each.
//!
//! `data/posted.tsv` has them with their hosts, names and passwords replaced, what ActiveMQ's own client
//! 5.17.2 does with each, and what this one is to do.

use super::*;
use crate::uri::UriWarningKind;

const POSTED: &str = include_str!("data/posted.tsv");

struct Row {
    id: &'static str,
    uri: &'static str,
    wanted: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = POSTED.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [id, uri, _, wanted] => Row { id, uri, wanted },
            _ => panic!("not four columns: {line}"),
        })
        .collect()
}

/// Without the feature `tls`, URIs that need it are refused for that.
fn is_left_out(uri: &str) -> bool {
    uri.contains("ssl://") && !cfg!(feature = "tls")
}

#[test]
fn every_posted_uri_is_answered_as_wanted() {
    let rows = rows();
    assert_eq!(rows.len(), 73);
    for Row { id, uri, wanted } in rows {
        let answer = BrokerUri::parse(uri);
        match wanted {
            _ if is_left_out(uri) => {
                let error = answer.unwrap_err().to_string();
                assert!(error.contains("built without TLS"), "{id}: {error}");
            }
            "accept" | "accept; without effect" => assert!(answer.is_ok(), "{id}: {answer:?}"),
            "refuse, naming place and remedy" | "refuse the one option sleep, naming it" => {
                let error = answer.expect_err(id);
                assert!(error.hint.is_some() && error.offset < uri.len(), "{id}: {error}");
            }
            other => panic!("{id}: nobody knows what `{other}` means"),
        }
    }
}

fn posted(id: &str) -> &'static str {
    rows().iter().find(|row| row.id == id).unwrap().uri
}

#[test]
fn refusals_name_the_mistake_its_place_and_what_to_write() {
    for (id, kind, place, hint) in REFUSALS {
        let uri = posted(id);
        let error = error(uri);
        assert_eq!(error.kind.to_string(), kind, "{id}");
        assert_eq!(error.offset, uri.find(place).unwrap(), "{id}: {error}");
        assert_eq!(error.hint.as_deref(), Some(hint), "{id}");
    }
}

/// Number, what is wrong, what stands there, what to write.
const REFUSALS: [(&str, &str, &str, &str); 15] = [
    (
        "3",
        "unknown option Randomize",
        "Randomize",
        "did you mean randomize? Also leave out the \" at its end.",
    ),
    (
        "15",
        "unexpected comma between options",
        ",startupMax",
        "write failover:(tcp://a:1,tcp://b:1)?option=value&option=value",
    ),
    (
        "17",
        "unknown option transport.startupMaxReconnectAttempts",
        "transport.startup",
        "did you mean startupMaxReconnectAttempts?",
    ),
    (
        "22",
        "scheme activemq is not supported",
        "activemq:",
        "leave out this prefix of the .NET client",
    ),
    (
        "23",
        "unexpected second question mark",
        "?tcpNoDelay",
        "the first option follows a ?, each other one an &",
    ),
    ("28", "unexpected &amp; of an XML or HTML file", "&amp;", "write & alone"),
    ("30", "unknown option transport.randomize", "transport.randomize", "did you mean randomize?"),
    (
        "40",
        "scheme multicast is not supported",
        "multicast:",
        "brokers are not looked for on the network; list them in failover:(…)",
    ),
    ("45", "broker without a scheme", "broker-b:8161", "write tcp://host:port"),
    (
        "47",
        "unknown option compressLargeMessages",
        "compressLargeMessages",
        "leave it out; docs/uris.md lists all options",
    ),
    ("53", "unknown option sleep", "sleep", "leave it out; docs/uris.md lists all options"),
    (
        "56",
        "option trackMessages has no effect here",
        "trackMessages",
        "put it behind the closing parenthesis",
    ),
    ("68", "unexpected backslash", "\\\\broker-a", "write tcp://host:port, with slashes"),
    ("75", "scheme vm is not supported", "vm:", "it needs a broker inside the Java client"),
    (
        "86",
        "unknown option connection.optimizeAcknowledge",
        "connection.optimize",
        "did you mean jms.optimizeAcknowledge?",
    ),
];

#[test]
fn what_has_no_effect_is_noted_with_its_reason() {
    for (id, options) in [
        ("14", &["closeAsync"][..]),
        ("25", &["jms.optimizeAcknowledge", "jms.optimizeAcknowledgeTimeOut"]),
        ("31", &["jms.messagePrioritySupported"]),
        ("32", &["nested.soTimeout"]),
        ("33", &["jms.optimizeAcknowledge"]),
        ("57", &["maxCacheSize", "trackMessages"]),
        ("70", &["jms.rmIdFromConnectionId"]),
        ("82", &["transport.commandTracingEnabled", "transport.tcpTracingEnabled"]),
        ("83", &["jms.blobTransferPolicy.defaultUploadUrl"]),
    ] {
        let parsed = BrokerUri::parse(posted(id)).unwrap();
        let noted: Vec<&str> = parsed
            .warnings()
            .iter()
            .map(|warning| match &warning.kind {
                UriWarningKind::NoEffect { option, reason } if !reason.is_empty() => option,
                other => panic!("{id}: {other:?}"),
            })
            .map(String::as_str)
            .collect();
        assert_eq!(noted, options, "{id}");
    }
}

#[test]
fn a_list_in_a_file_may_replace_the_one_in_the_parentheses() {
    let file = |id| options(posted(id)).reconnect.update_uris_url.unwrap();
    assert_eq!(file("61").to_str(), Some("/home/app/urllist.txt"));
    assert_eq!(file("62").to_str(), Some("/C:/Dir(1)/a.csv"));
    assert!(options(posted("61")).endpoints.is_empty());
}
