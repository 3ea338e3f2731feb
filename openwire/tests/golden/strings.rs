//! Ids and destinations as text.

use std::collections::BTreeSet;

use relaismq_openwire::{
    BrokerId, Command, ConnectionId, ConsumerId, Destination, LocalTransactionId, MessageId,
    ProducerId, SessionId, Text, XaTransactionId, destination::Kind,
};
use serde_json::Value as Json;

use crate::{
    compare::same_fields,
    vectors::{Case, bytes, check_file},
};

fn text(json: &Json) -> Option<Text> {
    json.as_str().map(Text::from)
}

fn long(json: &Json) -> i64 {
    json.as_i64().unwrap()
}

fn destination_kind(name: &str) -> Kind {
    match name {
        "ActiveMQQueue" | "queue" => Kind::Queue,
        "ActiveMQTopic" | "topic" => Kind::Topic,
        "ActiveMQTempQueue" => Kind::TempQueue,
        "ActiveMQTempTopic" => Kind::TempTopic,
        other => panic!("{other}"),
    }
}

fn producer(json: &Json) -> ProducerId {
    ProducerId {
        connection_id: text(&json["connectionId"]),
        value: long(&json["value"]),
        session_id: long(&json["sessionId"]),
    }
}

/// The structure, its text, and the text once more after reading it where that is possible.
fn structure(json: &Json) -> (Command, String, Option<String>) {
    let connection_id = text(&json["connectionId"]);
    let part = |key: &str| json[key].as_str().map(|hex| bytes(hex).into());
    match json["@type"].as_str().unwrap() {
        "ConnectionId" => shown(ConnectionId { value: text(&json["value"]) }),
        "BrokerId" => shown(BrokerId { value: text(&json["value"]) }),
        "SessionId" => shown(SessionId { connection_id, value: long(&json["value"]) }),
        "ConsumerId" => shown(ConsumerId {
            connection_id,
            session_id: long(&json["sessionId"]),
            value: long(&json["value"]),
        }),
        "ProducerId" => shown(producer(json)),
        "MessageId" => shown(MessageId {
            text_view: text(&json["textView"]),
            producer_id: Some(producer(&json["producerId"])),
            producer_sequence_id: long(&json["producerSequenceId"]),
            broker_sequence_id: long(&json["brokerSequenceId"]),
        }),
        "LocalTransactionId" => shown(LocalTransactionId {
            value: long(&json["value"]),
            connection_id: Some(ConnectionId { value: text(&json["connectionId"]["value"]) }),
        }),
        "XATransactionId" => {
            let id = XaTransactionId {
                format_id: long(&json["formatId"]).try_into().unwrap(),
                global_transaction_id: part("globalTransactionId"),
                branch_qualifier: part("branchQualifier"),
            };
            (id.clone().into(), id.to_string(), None)
        }
        kind => {
            let name = text(&json["physicalName"]).unwrap();
            let it = Destination { kind: destination_kind(kind), name };
            (it.clone().into(), it.to_string(), None)
        }
    }
}

fn shown<T>(id: T) -> (Command, String, Option<String>)
where
    T: Into<Command> + ToString + std::str::FromStr<Err: std::fmt::Debug>,
{
    let text = id.to_string();
    let again = text.parse::<T>().unwrap().to_string();
    (id.into(), text, Some(again))
}

fn same(found: &str, expected: &Json) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{found} for {expected}")) }
}

fn check_to_string(case: &Case) -> Result<(), String> {
    let (command, shown, again) = structure(&case["value"]);
    same_fields(&command, 12, &case["value"])?;
    same(&shown, &case["string"])?;
    if let Some(key) = case.get("producer_key") {
        let Command::MessageId(id) = &command else { return Err("no message id".to_owned()) };
        same(&id.key(), key)?;
    }
    match again {
        Some(again) => same(&again, &case["string"]),
        None => Ok(()),
    }
}

fn check_message_id(case: &Case) -> Result<(), String> {
    let id = MessageId::parse(case["input"].as_str().unwrap());
    same(&id.to_string(), &case["string"])?;
    same_fields(&id.into(), 12, &case["value"])
}

fn check_destination(case: &Case) -> Result<(), String> {
    let input = case["input"].as_str().unwrap();
    let parsed = Destination::parse(input, destination_kind(case["default"].as_str().unwrap()));
    let Some(destination) = parsed else {
        return if case.get("error").is_some() { Ok(()) } else { Err("refused".to_owned()) };
    };
    let Some(kind) = case["type"].as_str() else { return Err(format!("{destination:?}")) };
    if destination.kind != destination_kind(kind) {
        return Err(format!("{destination:?}"));
    }
    same(&destination.name, &case["physical_name"])?;
    same(&destination.to_string(), &case["qualified_name"])?;
    let marks = [destination.is_composite(), destination.is_pattern()];
    if case["is_composite"] != marks[0] || case["is_pattern"] != marks[1] {
        return Err(format!("{marks:?}"));
    }
    if let Some(composites) = case["composites_unordered"].as_array() {
        let found: BTreeSet<_> = destination.parts().iter().map(ToString::to_string).collect();
        let expected = composites.iter().map(|it| it.as_str().unwrap().to_owned()).collect();
        if found != expected {
            return Err(format!("{found:?} for {expected:?}"));
        }
    }
    check_options(input, case)
}

fn check_options(input: &str, case: &Case) -> Result<(), String> {
    let found: Json = Destination::options(input)
        .into_iter()
        .map(|(name, value)| (name, Json::from(value)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let none = Json::Object(serde_json::Map::new());
    let expected = case.get("options").unwrap_or(&none);
    if found == *expected { Ok(()) } else { Err(format!("{found} for {expected}")) }
}

fn check_composition(case: &Case) -> Result<(), String> {
    let parts: Vec<_> = case["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| Destination::parse(part.as_str().unwrap(), Kind::Queue).unwrap())
        .collect();
    let kind = destination_kind(case["container"].as_str().unwrap());
    same(&Destination::compose(kind, &parts).unwrap().name, &case["physical_name"])
}

#[test]
fn golden_ids_and_destinations_have_the_text_of_java() {
    check_file("strings", |case| match case["kind"].as_str().unwrap() {
        "to_string" => check_to_string(case),
        "parse_message_id" => check_message_id(case),
        "parse_destination" => check_destination(case),
        "compose_destination" => check_composition(case),
        other => Err(format!("unknown kind {other}")),
    });
}
