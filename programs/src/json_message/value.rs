//! Typed values in JSON, so that each comes back with its type.
//!
//! A text, `true`, `false` and `null` stand for themselves; a whole number is an `int` if 32 bits hold it,
//! else a `long`; a number with a fraction or an exponent is a `double`. Any other value is an object that
//! names its type: `{"long":5}`, `{"byte":1}`, `{"short":1}`, `{"float":1.5}`, `{"double":"NaN"}`,
//! `{"char":120}`, `{"bytes":"Base64"}`, `{"map":{…}}`, `{"list":[…]}`.

use base64::{Engine, prelude::BASE64_STANDARD};
use relaismq::{PrimitiveMap, Value};
use serde_json::{Map, Number, Value as Json, json};

/// Named values as an object.
pub(super) fn object(map: &PrimitiveMap) -> Map<String, Json> {
    map.iter().map(|(name, value)| (name.to_string(), json(value))).collect()
}

/// A value as JSON.
pub(super) fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(it) => json!(it),
        Value::Text(text) => json!(text.as_str()),
        Value::Int(it) => json!(it),
        Value::Long(it) if i32::try_from(*it).is_err() => json!(it),
        Value::Double(it) if it.is_finite() => json!(it),
        Value::Long(it) => json!({ "long": it }),
        Value::Byte(it) => json!({ "byte": it }),
        Value::Short(it) => json!({ "short": it }),
        Value::Char(unit) => json!({ "char": unit }),
        Value::Float(it) if it.is_finite() => json!({ "float": it }),
        // JSON has no infinity.
        Value::Float(it) => json!({ "float": it.to_string() }),
        Value::Double(it) => json!({ "double": it.to_string() }),
        Value::Bytes(bytes) => json!({ "bytes": BASE64_STANDARD.encode(bytes) }),
        Value::Map(map) => json!({ "map": object(map) }),
        Value::List(items) => json!({ "list": items.iter().map(json).collect::<Vec<_>>() }),
    }
}

/// The entries of an object, as values.
pub(super) fn entries(object: &Map<String, Json>) -> Result<Vec<(String, Value)>, String> {
    let entries = object.iter().map(|(name, json)| match value(json) {
        Ok(value) => Ok((name.clone(), value)),
        Err(error) => Err(format!("`{name}`: {error}")),
    });
    entries.collect()
}

/// A value from JSON.
pub(super) fn value(json: &Json) -> Result<Value, String> {
    match json {
        Json::Null => Ok(Value::Null),
        Json::Bool(it) => Ok((*it).into()),
        Json::String(text) => Ok(text.as_str().into()),
        Json::Number(number) => plain(number).ok_or_else(|| format!("{number} is too large")),
        Json::Array(_) => Err("write a list as {\"list\":[…]}".to_owned()),
        Json::Object(object) => match object.iter().collect::<Vec<_>>()[..] {
            [(kind, json)] => named(kind, json),
            _ => Err(OBJECTS.to_owned()),
        },
    }
}

const OBJECTS: &str =
    "an object names the type of its value, such as {\"long\":5}; a map is {\"map\":{…}}";

fn plain(number: &Number) -> Option<Value> {
    if let Some(whole) = number.as_i64() {
        return Some(i32::try_from(whole).map_or(Value::Long(whole), Value::Int));
    }
    number.as_f64().filter(|_| number.is_f64()).map(Value::Double)
}

fn named(kind: &str, json: &Json) -> Result<Value, String> {
    let value = match kind {
        "byte" => whole(json).map(Value::Byte),
        "short" => whole(json).map(Value::Short),
        "int" => whole(json).map(Value::Int),
        "long" => whole(json).map(Value::Long),
        "char" => whole(json).map(Value::Char),
        "float" => real(json).map(Value::Float),
        "double" => real(json).map(Value::Double),
        "bytes" => {
            json.as_str().and_then(|text| BASE64_STANDARD.decode(text).ok()).map(Value::from)
        }
        "map" => match json.as_object() {
            Some(object) => Some(Value::Map(entries(object)?.into_iter().collect())),
            None => None,
        },
        "list" => match json.as_array() {
            Some(items) => Some(Value::List(items.iter().map(value).collect::<Result<_, _>>()?)),
            None => None,
        },
        _ => return Err(format!("there is no type {kind}; {OBJECTS}")),
    };
    value.ok_or_else(|| format!("{json} is no {kind}"))
}

fn whole<T: TryFrom<i64>>(json: &Json) -> Option<T> {
    T::try_from(json.as_i64()?).ok()
}

/// A number, or the name of one that JSON does not have.
fn real<T: std::str::FromStr>(json: &Json) -> Option<T> {
    match json {
        Json::Number(number) => number.to_string().parse().ok(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}
