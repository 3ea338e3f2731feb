//! Properties and bodies.

use std::sync::Arc;

use relaismq_openwire::{
    Command, DataReader, DataWriter, Decoder, Encoder, Limits, Message, PrimitiveMap, Value,
    WireFormat,
};
use serde_json::Value as Json;

use crate::{
    compare::{map, same_fields, same_maps, same_values, value},
    frames::decode_one,
    vectors::{Case, bytes, bytes_of, check_file, flag, same},
};

fn ensure(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

fn check_map(case: &Case) -> Result<(), String> {
    let encoded = bytes_of(case, "hex");
    let found = PrimitiveMap::decode(&encoded).map_err(|error| error.to_string())?;
    if case["entries"].is_null() {
        return ensure(found.is_empty(), "entries in the null map");
    }
    ensure(same_maps(&found, &map(&case["entries"])), &format!("{found:?}"))?;
    same("encoded again", &found.encode().unwrap(), &encoded)
}

#[test]
fn golden_primitive_maps_decode_and_encode_as_in_java() {
    check_file("primitive_maps", check_map);
}

/// The message in both frames, after their fields and bytes have been compared.
fn message(case: &Case) -> Result<Arc<Message>, String> {
    let mut messages = Vec::new();
    for (key, tight) in [("loose_v12", false), ("tight_v12", true)] {
        let format = WireFormat { version: 12, tight, ..WireFormat::default() };
        let frame = bytes_of(&case["frames"], key);
        let mut decoder = Decoder::new(format, Limits::default());
        let command = decode_one(&mut decoder, &frame)?.ok_or("no command")?;
        same_fields(&command, 12, &case["fields"])?;
        let mut again = bytes::BytesMut::new();
        Encoder::new(format, u64::MAX).encode(&command, &mut again).unwrap();
        same("encoded again", &again, &frame)?;
        let Command::Message(message) = command else { return Err("no message".to_owned()) };
        messages.push(message);
    }
    let message = messages.pop().unwrap();
    ensure(messages.contains(&message), "loose and tight differ")?;
    Ok(message)
}

/// The body read, and a message that carries the same.
fn check_body(message: &Message, case: &Case) -> Result<(), String> {
    let failed = |error: relaismq_openwire::DecodeError| error.to_string();
    let made = match case["kind"].as_str().unwrap() {
        "text" => {
            let text = message.body_text().map_err(failed)?;
            ensure(text.as_deref() == case["text"].as_str(), &format!("{text:?}"))?;
            text.map(|text| Message::new_text(&text).unwrap())
        }
        "bytes" => {
            let body = message.body_bytes().map_err(failed)?;
            same("body", &body, &bytes(case["body_hex"].as_str().unwrap_or_default()))?;
            check_data(&body, &case["writes"])?;
            Some(Message::new_bytes(body)).filter(|_| message.content.is_some())
        }
        "map" => {
            let entries = message.body_map().map_err(failed)?;
            ensure(same_maps(&entries, &map(&case["entries"])), &format!("{entries:?}"))?;
            Some(Message::new_map(&entries).unwrap())
        }
        "stream" => {
            let items = message.body_stream().map_err(failed)?;
            let expected: Vec<_> = case["items"].as_array().unwrap().iter().map(value).collect();
            let same = same_values(&items.clone().into(), &expected.into());
            ensure(same, &format!("{items:?}"))?;
            Some(Message::new_stream(&items).unwrap())
        }
        "object" => message.body_object().map_err(failed)?.map(Message::new_object),
        _ => None,
    };
    made.map_or(Ok(()), |made| check_content(made, message, case))
}

/// Content made here is the same as Java's, packed or not.
fn check_content(mut made: Message, message: &Message, case: &Case) -> Result<(), String> {
    let unpacked = message.content_within(usize::MAX).map_err(|error| error.to_string())?;
    same(
        "content",
        &made.content.clone().unwrap_or_default(),
        &unpacked.clone().unwrap_or_default(),
    )?;
    if let Some(inflated) = case["inflated_hex"].as_str() {
        let whole = bytes(inflated);
        let unpacked = unpacked.clone().unwrap_or_default();
        same("inflated", &unpacked, whole.get(..unpacked.len()).unwrap_or_default())?;
    }
    made.compress();
    ensure(made.compressed == made.content.is_some(), "not packed")?;
    let again = made.content_within(usize::MAX).map_err(|error| error.to_string())?;
    same("unpacked", &again.unwrap_or_default(), &unpacked.unwrap_or_default())?;
    let (mut whole, bound) = (made.clone(), made.body_size());
    ensure(bound == 0 || whole.decompress(bound - 1).is_err(), "unpacked beyond the bound")?;
    ensure(whole.decompress(bound).is_ok() && !whole.compressed, "not unpacked")
}

trait BodySize {
    fn body_size(&self) -> usize;
}

impl BodySize for Message {
    fn body_size(&self) -> usize {
        self.content_within(usize::MAX).unwrap().unwrap_or_default().len()
    }
}

fn check_data(body: &[u8], writes: &Json) -> Result<(), String> {
    let values: Vec<_> = writes.as_array().unwrap().iter().map(value).collect();
    let (mut reader, mut writer) = (DataReader::new(body), DataWriter::new());
    for expected in &values {
        let found = transfer(expected, &mut reader, &mut writer).map_err(|e| e.to_string())?;
        ensure(same_values(&found, expected), &format!("{found:?} for {expected:?}"))?;
    }
    ensure(reader.remaining() == 0, "more in the body")?;
    same("written again", &writer.finish(), body)
}

/// Reads a value of the type of `like`, and writes it.
fn transfer(
    like: &Value,
    reader: &mut DataReader<'_>,
    writer: &mut DataWriter,
) -> Result<Value, Box<dyn std::error::Error>> {
    let found = match like {
        Value::Boolean(_) => reader.boolean()?.into(),
        Value::Byte(_) => reader.byte()?.into(),
        Value::Char(_) => Value::Char(reader.char()?),
        Value::Short(_) => reader.short()?.into(),
        Value::Int(_) => reader.int()?.into(),
        Value::Long(_) => reader.long()?.into(),
        Value::Float(_) => reader.float()?.into(),
        Value::Double(_) => reader.double()?.into(),
        Value::Text(_) => reader.text()?.into(),
        Value::Bytes(bytes) => reader.bytes(bytes.len())?.to_vec().into(),
        other => return Err(format!("{other:?} in a bytes message").into()),
    };
    match &found {
        Value::Boolean(value) => writer.boolean(*value),
        Value::Byte(value) => writer.byte(*value),
        Value::Char(value) => writer.char(*value),
        Value::Short(value) => writer.short(*value),
        Value::Int(value) => writer.int(*value),
        Value::Long(value) => writer.long(*value),
        Value::Float(value) => writer.float(*value),
        Value::Double(value) => writer.double(*value),
        Value::Text(value) => writer.text(value)?,
        Value::Bytes(value) => writer.bytes(value),
        _ => writer,
    };
    Ok(found)
}

/// A property ends up in the same field or entry as with Java.
fn check_property(message: &Message, case: &Case) -> Result<(), String> {
    let name = case["name"].as_str().unwrap();
    let mut made = Message::new_plain();
    made.message_id.clone_from(&message.message_id);
    made.set_property(name, value(&case["value"])).map_err(|error| error.to_string())?;
    ensure(&made == message, &format!("{made:?} for {message:?}"))
}

fn check_properties(message: &Message, case: &Case) -> Result<(), String> {
    let found = message.properties().map_err(|error| error.to_string())?;
    let encoded = if found.is_empty() { None } else { Some(found.encode().unwrap()) };
    let expected = case["marshalled_properties_hex"].as_str().map(bytes);
    ensure(encoded.as_deref() == expected.as_deref(), "properties encoded again")?;
    if let Some(expected) = case.get("properties_in_wire_order") {
        ensure(same_maps(&found, &map(expected)), &format!("{found:?}"))?;
    }
    let found_alone = found.iter().all(|(name, expected)| {
        message.property(name).unwrap().is_some_and(|found| same_values(&found, expected))
    });
    ensure(found_alone, "a property alone")?;
    ensure(message.property("no such property").unwrap().is_none(), "a property from nowhere")
}

#[test]
fn golden_bodies_and_properties_are_those_of_java() {
    check_file("bodies", |case| {
        let message = message(case)?;
        ensure(message.compressed == flag(case, "compressed"), "compressed")?;
        check_properties(&message, case)?;
        check_body(&message, case)?;
        match case["kind"].as_str() {
            Some("property") => check_property(&message, case),
            _ => Ok(()),
        }
    });
}
