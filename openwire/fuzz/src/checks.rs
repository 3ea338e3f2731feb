//! What must hold for any bytes. Run by the fuzzer on bytes it makes up, and by an ordinary test on
//! those it found interesting.

use bytes::{Bytes, BytesMut};
use relaismq_openwire::{
    Command, Decoder, Encoder, Limits, Message, Preferences, PrimitiveMap, WireFormat,
    WireFormatInfo, decode_stored_command, describe, encode_stored,
};

const LIMITS: Limits = Limits {
    max_frame_bytes: 1 << 20,
    max_inflated_bytes: 1 << 20,
    max_nesting: 32,
    max_elements: 4_096,
    max_cached_bytes: 1 << 20,
};

/// The first byte chooses the format, the others are payload.
fn split(data: &[u8]) -> Option<(WireFormat, &[u8])> {
    let (&choice, payload) = data.split_first()?;
    let format = WireFormat {
        version: choice % 12 + 1,
        tight: choice & 0x80 != 0,
        cache_slots: (choice & 0x40 != 0).then_some(128),
        stack_traces: choice & 0x20 != 0,
        size_prefix: true,
    };
    Some((format, payload))
}

/// Any bytes decode, or are refused; what came out can be looked at.
pub fn decode_frame(data: &[u8]) {
    let Some((format, payload)) = split(data) else { return };
    let mut decoder = Decoder::new(format, LIMITS);
    let _ = decoder.decode(&mut BytesMut::from(payload));
    if let Ok(Some(command)) = decoder.decode_payload(payload) {
        let _ = describe(&command, format.version).to_string();
        if let Command::Message(message) = &command {
            look_inside(message);
        }
    }
    let _ = decode_stored_command(payload);
}

fn look_inside(message: &Message) {
    let _ = message.properties();
    let _ = message.selectable("JMSMessageID");
    let _ = message.selectable("color");
    let _ = message.clone().decompress(LIMITS.max_inflated_bytes);
    let _ = message.body_text();
    let _ = message.body_map();
    let _ = message.body_stream();
    let _ = encode_stored(message);
}

/// What decodes can be encoded, and then decodes to the same.
pub fn roundtrip(data: &[u8]) {
    let Some((format, payload)) = split(data) else { return };
    let mut first = Decoder::new(format, LIMITS);
    let (mut encoder, mut second) = (Encoder::new(format, u64::MAX), Decoder::new(format, LIMITS));
    let Ok(Some(command)) = first.decode_payload(payload) else { return };
    let mut frame = BytesMut::new();
    // Loose text can be too long, and references to nothing too empty, to be said again.
    if encoder.encode(&command, &mut frame).is_err() {
        return;
    }
    let again = second.decode(&mut frame).ok().flatten().map(|it| describe(&it, format.version));
    // Those that Java's marshallers of these versions change are no use here.
    if !matches!(format.version, 1 | 10) {
        assert_eq!(again, Some(describe(&command, format.version)));
    }
}

/// Any properties of a peer lead to a format or are refused.
pub fn negotiate(data: &[u8]) {
    let Some((&version, properties)) = data.split_first() else { return };
    let info = WireFormatInfo {
        magic: *b"ActiveMQ",
        version: i8::from_be_bytes([version]).into(),
        marshalled_properties: Some(Bytes::copy_from_slice(properties)),
    };
    if let Ok(agreed) = Preferences::broker().negotiate(&info) {
        assert!((1..=WireFormat::MAX_VERSION).contains(&agreed.format.version));
        assert!(agreed.format.cache_slots != Some(0));
        assert!(agreed.max_frame_bytes > 0);
        let _ = (agreed.encoder(), agreed.decoder());
    }
    if let Ok(preferences) = Preferences::try_from(&info) {
        assert!(preferences.to_info().is_ok());
    }
}

/// A map that decodes can be encoded, and then decodes to the same.
pub fn primitive_map(data: &[u8]) {
    let Ok(map) = PrimitiveMap::decode(data) else { return };
    let bytes = map.encode().expect("text that was decoded fits");
    let again = PrimitiveMap::decode(&bytes).expect("what was encoded decodes");
    assert_eq!(format!("{again:?}"), format!("{map:?}"));
    let mut message = Message::new_plain();
    message.marshalled_properties = Some(Bytes::copy_from_slice(data));
    for (name, _) in map.iter() {
        let found = message.property(name).expect("a map that decodes can be searched");
        assert_eq!(format!("{found:?}"), format!("{:?}", map.get(name).cloned()));
    }
}
