//! Arbitrary text, values and maps.

use proptest::{collection::vec, option, prelude::*};
use relaismq_openwire::{PrimitiveMap, Text, Value};

pub(crate) fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        "[a-z.:]{0,12}".prop_map(Text::from),
        vec(any::<char>(), 0..8).prop_map(|chars| String::from_iter(chars).into()),
    ]
}

pub(crate) fn optional_text() -> impl Strategy<Value = Option<Text>> {
    option::of(text())
}

pub(crate) fn bytes() -> impl Strategy<Value = Option<bytes::Bytes>> {
    option::of(vec(any::<u8>(), 0..40).prop_map(bytes::Bytes::from))
}

pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        any::<u16>().prop_map(Value::Char),
        any::<i16>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        // Around the length where text gets a longer length field.
        (8_180..8_200usize).prop_map(|length| "é".repeat(length).into()),
        vec(any::<u8>(), 0..20).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((text(), inner), 0..4).prop_map(|pairs| PrimitiveMap::from_iter(pairs).into()),
        ]
    })
}

pub(crate) fn any_map() -> impl Strategy<Value = PrimitiveMap> {
    vec((text(), any_value()), 0..8).prop_map(PrimitiveMap::from_iter)
}
