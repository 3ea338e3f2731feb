//! Values of the two clients in terms of each other.

use std::collections::BTreeMap;

use relaismq::Value;
use relaismq_tests::peer::JmsValue;

pub(super) fn named(values: &relaismq::PrimitiveMap) -> BTreeMap<String, JmsValue> {
    values.iter().map(|(name, value)| (name.to_string(), theirs(value))).collect()
}

pub(super) fn ours(value: &JmsValue) -> Value {
    match value {
        JmsValue::Null => Value::Null,
        JmsValue::Boolean(it) => Value::Boolean(*it),
        JmsValue::Byte(it) => Value::Byte(*it),
        JmsValue::Short(it) => Value::Short(*it),
        JmsValue::Int(it) => Value::Int(*it),
        JmsValue::Long(it) => Value::Long(*it),
        JmsValue::Float(it) => Value::Float(*it),
        JmsValue::Double(it) => Value::Double(*it),
        JmsValue::Char(it) => Value::Char(*it),
        JmsValue::String(it) => Value::from(it.as_str()),
        JmsValue::Bytes(it) => Value::Bytes(it.clone().into()),
        JmsValue::Map(it) => {
            Value::Map(it.iter().map(|(name, value)| (name.as_str(), ours(value))).collect())
        }
        JmsValue::List(it) => Value::List(it.iter().map(ours).collect()),
    }
}

pub(super) fn theirs(value: &Value) -> JmsValue {
    match value {
        Value::Null => JmsValue::Null,
        Value::Boolean(it) => JmsValue::Boolean(*it),
        Value::Byte(it) => JmsValue::Byte(*it),
        Value::Short(it) => JmsValue::Short(*it),
        Value::Int(it) => JmsValue::Int(*it),
        Value::Long(it) => JmsValue::Long(*it),
        Value::Float(it) => JmsValue::Float(*it),
        Value::Double(it) => JmsValue::Double(*it),
        Value::Char(it) => JmsValue::Char(*it),
        Value::Text(it) => JmsValue::from(it.as_str()),
        Value::Bytes(it) => JmsValue::Bytes(it.to_vec()),
        Value::Map(it) => JmsValue::Map(named(it)),
        Value::List(it) => JmsValue::List(it.iter().map(theirs).collect()),
    }
}
