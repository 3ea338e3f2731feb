//! Runs a file of selector cases against the selector language.
//!
//! The environment variable `SELECTOR_CASES` names another file than the project's own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a faulty case file must fail the test")]

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;

use relaismq_broker::selector::{Properties, Selector, Value};
use serde_json::Value as Json;

/// A message with the headers that a case sets and defaults for the others.
struct Message {
    values: HashMap<String, Value<'static>>,
    body: Option<String>,
}

impl Properties for Message {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        self.values.get(name).cloned()
    }

    fn body_text(&self) -> Option<Cow<'_, str>> {
        self.body.as_deref().map(Cow::Borrowed)
    }
}

impl Message {
    fn of(case: &Json) -> Self {
        let mut values = HashMap::from([
            ("JMSDestination".to_owned(), "queue://SEL.Q".into()),
            ("JMSDeliveryMode".to_owned(), "PERSISTENT".into()),
            ("JMSMessageID".to_owned(), "ID:host-1-1:1:1:1:1".into()),
            ("JMSPriority".to_owned(), Value::Int(4)),
            ("JMSTimestamp".to_owned(), Value::Long(1_700_000_000_000)),
            ("JMSExpiration".to_owned(), Value::Long(0)),
            ("JMSRedelivered".to_owned(), Value::Boolean(false)),
            ("JMSXDeliveryCount".to_owned(), Value::Int(1)),
            ("JMSXGroupSeq".to_owned(), Value::Int(0)),
        ]);
        for (name, value) in case["headers"].as_object().into_iter().flatten() {
            match header(name, value) {
                Some(value) => values.insert(name.clone(), value),
                None => values.remove(name),
            };
        }
        for (name, property) in case["properties"].as_object().into_iter().flatten() {
            if let Some(value) = property_value(property) {
                values.insert(name.clone(), value);
            }
        }
        Self { values, body: case["text_body"].as_str().map(str::to_owned) }
    }
}

fn header(name: &str, value: &Json) -> Option<Value<'static>> {
    let number = value.as_i64();
    Some(match (name, value) {
        (_, Json::Null) => return None,
        (_, Json::Bool(value)) => Value::Boolean(*value),
        (_, Json::String(text)) => text.clone().into(),
        ("JMSTimestamp" | "JMSExpiration", _) => Value::Long(number.unwrap()),
        _ => Value::Int(number.unwrap().try_into().unwrap()),
    })
}

fn property_value(property: &Json) -> Option<Value<'static>> {
    let value = &property["value"];
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(match property["type"].as_str().unwrap() {
        "boolean" => Value::Boolean(text == "true"),
        "byte" => Value::Byte(text.parse().unwrap()),
        "short" => Value::Short(text.parse().unwrap()),
        "int" => Value::Int(text.parse().unwrap()),
        "long" => Value::Long(text.parse().unwrap()),
        "float" => Value::Float(text.parse().unwrap()),
        "double" => Value::Double(text.parse().unwrap()),
        "string" => text.into(),
        "char" => Value::Char(text.encode_utf16().next().unwrap()),
        "null" => return None,
        other => panic!("unknown property type {other}"),
    })
}

/// What a case comes to, in the words of the file.
fn outcome(case: &Json) -> (&'static str, Option<&'static str>) {
    let Ok(selector) = Selector::parse(case["selector"].as_str().unwrap()) else {
        return ("invalid", None);
    };
    let message = Message::of(case);
    let matched = if selector.matches(&message) { "match" } else { "no_match" };
    match selector.evaluate(&message) {
        Ok(Some(true)) => (matched, Some("TRUE")),
        Ok(Some(false)) => (matched, Some("FALSE")),
        Ok(None) => (matched, Some("UNKNOWN")),
        Err(_) => ("error", None),
    }
}

#[test]
fn every_selector_case_comes_out_as_expected() {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/selector_cases.json");
    let path = std::env::var_os("SELECTOR_CASES").map_or_else(|| own.into(), PathBuf::from);
    let cases: Vec<Json> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(!cases.is_empty());
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let (found, truth) = outcome(case);
            let same = case["expected"] == found && case["three_valued"].as_str() == truth;
            (!same).then(|| {
                let (id, selector) = (&case["id"], &case["selector"]);
                let (expected, three) = (&case["expected"], &case["three_valued"]);
                format!("{id} {selector}: expected {expected} {three}, found {found} {truth:?}")
            })
        })
        .collect();
    let (failed, all) = (failures.len(), cases.len());
    assert!(failures.is_empty(), "{failed} of {all} cases:\n{}", failures.join("\n"));
}
