//! A bean, and what attributes are made of.

use serde_json::{Map, Value};

use super::names::Name;

/// A bean at this moment.
#[derive(Debug)]
pub(super) struct Bean {
    pub(super) name: Name,
    pub(super) attributes: Map<String, Value>,
}

/// In whole percent.
pub(super) fn percent(part: u64, whole: u64) -> u64 {
    part.saturating_mul(100).checked_div(whole).unwrap_or(0)
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
