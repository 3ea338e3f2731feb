//! Decoded commands and values against their JSON.

use relaismq_openwire::{Command, Described, Field, PrimitiveMap, Value, describe};
use serde_json::Value as Json;

use crate::vectors::{bytes, hex};

/// Compares all fields that `version` has with `expected`.
pub(crate) fn same_fields(command: &Command, version: u8, expected: &Json) -> Result<(), String> {
    let version = if version == 0 { 1 } else { version };
    same_structure(&describe(command, version), version, expected)
}

fn same_structure(found: &Described, version: u8, expected: &Json) -> Result<(), String> {
    let expected = expected.as_object().ok_or_else(|| format!("{found} for {expected}"))?;
    if let Some(name) = expected.get("@type").filter(|name| *name != found.name) {
        return Err(format!("{} for {name}", found.name));
    }
    let mut seen = 0;
    for (name, value) in &found.fields {
        let name =
            if *name == "subcriptionName" && version < 6 { "subscriptionName" } else { *name };
        match expected.get(name) {
            Some(expected) => same_field(value, version, expected)
                .map_err(|error| format!("{}.{name}: {error}", found.name))?,
            // Present only where stack traces are on.
            None if matches!(name, "stackTrace" | "cause") && is_nothing(value) => continue,
            None => return Err(format!("{}.{name} does not belong here", found.name)),
        }
        seen += 1;
    }
    let named = expected.keys().filter(|key| *key != "@type").count();
    if seen == named { Ok(()) } else { Err(format!("{seen} of {named} fields: {found}")) }
}

fn is_nothing(value: &Field) -> bool {
    match value {
        Field::Null => true,
        Field::Array(elements) => elements.is_empty(),
        _ => false,
    }
}

fn same_field(found: &Field, version: u8, expected: &Json) -> Result<(), String> {
    let same = match (found, expected) {
        (Field::Null, Json::Null) => true,
        (Field::Boolean(found), Json::Bool(expected)) => found == expected,
        (Field::Integer(found), Json::Number(expected)) => Some(*found) == expected.as_i64(),
        (Field::Text(found), Json::String(expected)) => found == expected.as_str(),
        (Field::Bytes(found), Json::String(expected)) => hex(found) == *expected,
        (Field::Structure(found), Json::Object(_)) => {
            return same_structure(found, version, expected);
        }
        (Field::Array(found), Json::Array(expected)) => {
            found
                .iter()
                .zip(expected)
                .try_for_each(|(found, expected)| same_field(found, version, expected))?;
            found.len() == expected.len()
        }
        _ => false,
    };
    if same { Ok(()) } else { Err(format!("{found} for {expected}")) }
}

/// A primitive value written as `{"t": type, "v": value}`.
pub(crate) fn value(json: &Json) -> Value {
    let v = &json["v"];
    let bits = || u64::from_str_radix(json["bits"].as_str().unwrap(), 16).unwrap();
    match json["t"].as_str().unwrap() {
        "null" => Value::Null,
        "boolean" => v.as_bool().unwrap().into(),
        "byte" => i8::try_from(v.as_i64().unwrap()).unwrap().into(),
        "char" => Value::Char(u16::try_from(v.as_i64().unwrap()).unwrap()),
        "short" => i16::try_from(v.as_i64().unwrap()).unwrap().into(),
        "int" => i32::try_from(v.as_i64().unwrap()).unwrap().into(),
        "long" => v.as_i64().unwrap().into(),
        "float" => f32::from_bits(u32::try_from(bits()).unwrap()).into(),
        "double" => f64::from_bits(bits()).into(),
        "string" | "big_string" => v.as_str().unwrap().into(),
        "bytes" => bytes(v.as_str().unwrap()).into(),
        "map" => map(v).into(),
        "list" => v.as_array().unwrap().iter().map(value).collect::<Vec<_>>().into(),
        other => panic!("type {other}"),
    }
}

/// A map written as `[[name, value], ...]`.
pub(crate) fn map(json: &Json) -> PrimitiveMap {
    let pairs = json.as_array().unwrap().iter();
    pairs.map(|pair| (pair[0].as_str().unwrap(), value(&pair[1]))).collect()
}

/// Equality that tells NaNs apart by their bits.
pub(crate) fn same_values(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Float(found), Value::Float(expected)) => found.to_bits() == expected.to_bits(),
        (Value::Double(found), Value::Double(expected)) => found.to_bits() == expected.to_bits(),
        (Value::List(found), Value::List(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| same_values(found, expected))
        }
        (Value::Map(found), Value::Map(expected)) => same_maps(found, expected),
        _ => found == expected,
    }
}

pub(crate) fn same_maps(found: &PrimitiveMap, expected: &PrimitiveMap) -> bool {
    found.len() == expected.len()
        && found.iter().zip(expected.iter()).all(|((found_name, found), (name, expected))| {
            found_name == name && same_values(found, expected)
        })
}
