use relaismq::PrimitiveMap;

use super::*;

/// What a line gives when it is read.
fn sent(line: &str) -> String {
    format!("{:?}", read(line).unwrap().message)
}

#[test]
fn values_keep_their_types() {
    let map: PrimitiveMap = [("a", Value::Short(1))].into_iter().collect();
    for value in [
        Value::Null,
        true.into(),
        "text".into(),
        5.into(),
        Value::Long(5),
        Value::Long(1 << 40),
        Value::Byte(-1),
        Value::Short(-1),
        Value::Char(0xd83d),
        Value::Float(0.1),
        Value::Float(f32::INFINITY),
        1.5.into(),
        2.0.into(),
        Value::Double(f64::NEG_INFINITY),
        vec![0_u8, 255].into(),
        Value::Map(map),
        Value::List(vec![1.into(), Value::Long(2)]),
    ] {
        let text = value::json(&value).to_string();
        let again = value::value(&serde_json::from_str(&text).unwrap());
        assert_eq!(again, Ok(value), "{text}");
    }
}

#[test]
fn what_is_wrong_in_a_line_is_told() {
    for (line, text) in [
        ("{", "EOF"),
        ("two teas", "expected"),
        (r#"{"txt":"x"}"#, "unknown field `txt`"),
        (r#"{"text":5}"#, "expected a string"),
        (r#"{"text":"x","bytes":"eA=="}"#, "give one of"),
        (r#"{"bytes":"?"}"#, "`bytes` is no Base64"),
        (r#"{"priority":10}"#, "`priority` is a number from 0 to 9"),
        (r#"{"replyTo":""}"#, "queue://NAME"),
        (r#"{"properties":{"n":{"byte":300}}}"#, "`n`: 300 is no byte"),
        (r#"{"properties":{"n":{"integer":3}}}"#, "there is no type integer"),
        (r#"{"properties":{"n":[1]}}"#, "write a list as"),
        (r#"{"properties":{"n":{"a":1,"b":2}}}"#, "names the type"),
        (r#"{"properties":{"n":9999999999999999999}}"#, "too large"),
        (r#"{"unreadable":"damaged"}"#, "could not be read"),
        (r#"{"received":3,"elapsed_s":0.1}"#, "leave that option out"),
    ] {
        let error = read(line).unwrap_err();
        assert!(error.contains(text), "{line}: {error}");
    }
}

#[test]
fn a_line_may_have_as_little_as_nothing() {
    assert!(sent("{}").contains("Empty"));
    assert!(sent(r#"{"text":""}"#).contains("Text"));
    let read = read(r#"{"persistent":false,"priority":9}"#).unwrap();
    assert_eq!((read.persistent, read.priority), (Some(false), Some(9)));
}
