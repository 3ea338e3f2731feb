//! Messages that must cross unchanged.

use std::collections::BTreeMap;
use std::time::Duration;

use relaismq_tests::peer::{Body, JmsValue};

/// A message as an application describes it, whatever client sends or receives it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Specimen {
    pub(super) body: Body,
    pub(super) properties: BTreeMap<String, JmsValue>,
    pub(super) headers: Headers,
}

/// What travels beside body and properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headers {
    pub(super) correlation_id: Option<String>,
    pub(super) message_type: Option<String>,
    /// As Java writes it: `queue://A`, but `A,topic://B` if there are several.
    pub(super) reply_to: Option<String>,
    pub(super) priority: u8,
    pub(super) persistent: bool,
    pub(super) time_to_live: Option<Duration>,
    pub(super) group: Option<(String, i32)>,
}

impl Default for Headers {
    fn default() -> Self {
        Self {
            correlation_id: None,
            message_type: None,
            reply_to: None,
            priority: 4,
            persistent: true,
            time_to_live: None,
            group: None,
        }
    }
}

impl From<Body> for Specimen {
    fn from(body: Body) -> Self {
        Self { body, properties: BTreeMap::new(), headers: Headers::default() }
    }
}

impl From<Headers> for Specimen {
    fn from(headers: Headers) -> Self {
        Self { headers, ..Self::from(Body::Text(Some("headers".to_owned()))) }
    }
}

/// All that every client can send and receive.
pub(super) fn all() -> Vec<Specimen> {
    let bodies = bodies().into_iter().map(Specimen::from);
    let headers = headers().into_iter().map(Specimen::from);
    let mut all: Vec<_> = bodies.chain(headers).collect();
    let values = values().into_iter().enumerate();
    all.push(Specimen {
        properties: values.map(|(place, value)| (format!("p{place}"), value)).collect(),
        ..Specimen::from(Body::None)
    });
    all.push(Specimen {
        body: Body::Bytes(vec![7; 100]),
        properties: [("élan".to_owned(), JmsValue::from("名")), ("$a_1".to_owned(), 1.into())]
            .into(),
        headers: full_headers(),
    });
    all
}

/// What the Java client sends right and receives wrong: it decodes property and entry texts by the
/// rules of standard UTF-8, but they are written in Java's modified one.
pub(super) fn beyond_the_java_receiver() -> Vec<Specimen> {
    let texts = ["\0", "a\0b", "😀", "x😀\0é"];
    let named = |(place, text): (usize, &&str)| (format!("v{place}"), JmsValue::from(*text));
    let values: BTreeMap<_, _> = texts.iter().enumerate().map(named).collect();
    vec![
        Specimen { properties: values.clone(), ..Specimen::from(Body::None) },
        Specimen::from(Body::Map(values)),
    ]
}

/// What only the Java client has a way to say.
pub(super) fn java_only() -> Vec<Specimen> {
    vec![Specimen::from(Body::Text(None))]
}

/// One value of each type, and the extreme ones. All may be properties.
fn values() -> Vec<JmsValue> {
    let mut values = vec![
        JmsValue::Null,
        JmsValue::Boolean(true),
        JmsValue::Boolean(false),
        JmsValue::Char(0),
        JmsValue::Char(0x20ac),
        JmsValue::Char(0xd83d),
        JmsValue::from(""),
        JmsValue::from("é€ \u{7f}\u{80}\u{7ff}\u{800}\u{ffff}"),
        JmsValue::from("x".repeat(65_535).as_str()),
        JmsValue::from("é€".repeat(20_000).as_str()),
    ];
    values.extend([i8::MIN, -1, 0, i8::MAX].map(JmsValue::Byte));
    values.extend([i16::MIN, -1, 0, i16::MAX].map(JmsValue::Short));
    values.extend([i32::MIN, -1, 0, i32::MAX].map(JmsValue::Int));
    values.extend([i64::MIN, -1, 0, i64::MAX].map(JmsValue::Long));
    let floats = [f32::MIN, f32::MAX, f32::MIN_POSITIVE, 1e-45, -0.0, 0.1];
    values.extend(floats.map(JmsValue::Float));
    values.extend([f32::NAN, f32::INFINITY, f32::NEG_INFINITY].map(JmsValue::Float));
    let doubles = [f64::MIN, f64::MAX, f64::MIN_POSITIVE, 5e-324, -0.0, 0.1];
    values.extend(doubles.map(JmsValue::Double));
    values.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(JmsValue::Double));
    values.extend(nested());
    values
}

fn nested() -> Vec<JmsValue> {
    let inner: BTreeMap<_, _> = [
        ("null".to_owned(), JmsValue::Null),
        ("long".to_owned(), JmsValue::Long(i64::MIN)),
        ("text".to_owned(), JmsValue::from("é")),
        ("list".to_owned(), JmsValue::List(vec![JmsValue::Byte(1), JmsValue::from("two")])),
    ]
    .into();
    let deep = JmsValue::List(vec![JmsValue::Map(inner.clone()), JmsValue::List(Vec::new())]);
    vec![
        JmsValue::Map(BTreeMap::new()),
        JmsValue::List(Vec::new()),
        JmsValue::Map(inner),
        JmsValue::Map([("deep".to_owned(), deep)].into()),
    ]
}

fn bodies() -> Vec<Body> {
    let text = |text: &str| Body::Text(Some(text.to_owned()));
    let noise: Vec<u8> =
        (0..2_097_152_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut entries: BTreeMap<_, _> =
        values().into_iter().enumerate().map(|(n, value)| (format!("v{n}"), value)).collect();
    entries.insert("bytes".to_owned(), JmsValue::Bytes(vec![0, 127, 128, 255]));
    entries.insert("no bytes".to_owned(), JmsValue::Bytes(Vec::new()));
    entries.insert("多".to_owned(), JmsValue::Int(1));
    let is_flat = |value: &JmsValue| !matches!(value, JmsValue::Map(_) | JmsValue::List(_));
    let mut stream: Vec<_> = values().into_iter().filter(is_flat).collect();
    stream.extend([JmsValue::Bytes(vec![1, 2, 255]), JmsValue::from("\0 and 😀")]);
    vec![
        Body::None,
        text(""),
        text("plain"),
        text("\0 é € 😀 \u{ffff}"),
        text(&"0123456789abcdé".repeat(140_000)),
        Body::Bytes(Vec::new()),
        Body::Bytes((0..=255).collect()),
        Body::Bytes(noise),
        Body::Map(BTreeMap::new()),
        Body::Map(entries),
        Body::Stream(Vec::new()),
        Body::Stream(stream),
        // A serialized java.lang.String, "A".
        Body::Object(vec![0xac, 0xed, 0, 5, 0x74, 0, 1, 0x41]),
    ]
}

fn headers() -> Vec<Headers> {
    let plain = Headers::default;
    let mut headers: Vec<_> = (0..=9).map(|priority| Headers { priority, ..plain() }).collect();
    headers.extend([
        Headers { correlation_id: Some("é 😀".to_owned()), ..plain() },
        Headers { correlation_id: Some(String::new()), ..plain() },
        Headers { message_type: Some("x".repeat(30_000)), ..plain() },
        Headers { persistent: false, ..plain() },
        Headers { time_to_live: Some(Duration::from_secs(3600)), ..plain() },
        Headers { group: Some(("g".to_owned(), 0)), ..plain() },
        Headers { group: Some(("h".to_owned(), 1)), ..plain() },
        Headers { group: Some(("h".to_owned(), -1)), ..plain() },
    ]);
    let replies = ["queue://a.b", "topic://VirtualTopic.é", "a,topic://b"];
    headers.extend(replies.map(|name| Headers { reply_to: Some(name.to_owned()), ..plain() }));
    headers.push(full_headers());
    headers
}

fn full_headers() -> Headers {
    Headers {
        correlation_id: Some("order-7".to_owned()),
        message_type: Some("order".to_owned()),
        reply_to: Some("queue://answers".to_owned()),
        priority: 9,
        persistent: true,
        time_to_live: Some(Duration::from_secs(7200)),
        group: Some(("full".to_owned(), 3)),
    }
}
