//! Values of properties and bodies, in JSON and back.

use relaismq_openwire::{PrimitiveMap, Value as Wire};
use serde_json::{Map, Value as Json, json};

/// Bytes of a value that are shown.
const MOST_BYTES: usize = 4 * 1024;

/// JSON has no NaN; it becomes null.
pub(super) fn to_json(value: &Wire) -> Json {
    match value {
        Wire::Null => Json::Null,
        Wire::Boolean(it) => json!(it),
        Wire::Byte(it) => json!(it),
        Wire::Char(it) => json!(String::from_utf16_lossy(&[*it])),
        Wire::Short(it) => json!(it),
        Wire::Int(it) => json!(it),
        Wire::Long(it) => json!(it),
        Wire::Float(it) => json!(it),
        Wire::Double(it) => json!(it),
        Wire::Text(it) => json!(it.as_str()),
        Wire::Bytes(it) => json!(hex(it.get(..MOST_BYTES).unwrap_or(it))),
        Wire::Map(it) => Json::Object(map_to_json(it)),
        Wire::List(it) => Json::Array(it.iter().map(to_json).collect()),
    }
}

pub(super) fn map_to_json(map: &PrimitiveMap) -> Map<String, Json> {
    map.iter().map(|(name, value)| (name.to_string(), to_json(value))).collect()
}

/// Properties of messages are plain.
pub(super) fn from_json(value: Json) -> Option<Wire> {
    Some(match value {
        Json::Null => Wire::Null,
        Json::Bool(it) => Wire::Boolean(it),
        Json::String(it) => Wire::Text(it.into()),
        Json::Number(it) => match it.as_i64() {
            Some(whole) => i32::try_from(whole).map_or(Wire::Long(whole), Wire::Int),
            None => Wire::Double(it.as_f64()?),
        },
        Json::Array(_) | Json::Object(_) => return None,
    })
}

/// Two digits for each byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |it: u8| DIGITS.get(usize::from(it)).copied().unwrap_or('?');
    bytes.iter().flat_map(|it| [digit(it >> 4), digit(it & 15)]).collect()
}
