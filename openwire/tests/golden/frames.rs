//! Frames of every type, version and encoding, alone and in streams.

use bytes::BytesMut;
use relaismq_openwire::{
    Command, Decoder, Encoder, Limits, WireFormat, decode_stored, encode_stored,
};
use serde_json::Value as Json;

use crate::{
    compare::same_fields,
    vectors::{Case, bytes_of, check_file, check_folder, flag, same},
};

/// How a case was encoded.
pub(crate) fn format_of(case: &Case) -> WireFormat {
    let slots = case.get("cache_size").map_or(16_383, |slots| slots.as_u64().unwrap());
    WireFormat {
        version: u8::try_from(case["version"].as_u64().unwrap()).unwrap(),
        tight: flag(case, "tight"),
        cache_slots: flag(case, "cache").then(|| u16::try_from(slots).unwrap()),
        stack_traces: flag(case, "stack_trace"),
        size_prefix: !flag(case, "size_prefix_disabled"),
    }
}

/// Decodes a frame that is alone, with or without size prefix.
pub(crate) fn decode_one(decoder: &mut Decoder, frame: &[u8]) -> Result<Option<Command>, String> {
    let mut input = BytesMut::from(frame);
    let command = decoder.decode(&mut input).map_err(|error| error.to_string())?;
    if input.is_empty() { Ok(command) } else { Err(format!("{} bytes left", input.len())) }
}

fn check_frame(
    (decoder, encoder): (&mut Decoder, &mut Encoder),
    version: u8,
    case: &Json,
) -> Result<(), String> {
    let frame = bytes_of(case, "frame_hex");
    let Some(command) = decode_one(decoder, &frame)? else {
        let is_null = case["type"] == "null";
        return if is_null { Ok(()) } else { Err("nothing decoded".to_owned()) };
    };
    if case["type"] != command.name() {
        return Err(format!("{} for {}", command.name(), case["type"]));
    }
    same_fields(&command, version, &case["fields"])?;
    let mut again = BytesMut::new();
    encoder.encode(&command, &mut again).map_err(|error| error.to_string())?;
    same("encoded again", &again, &frame)
}

fn check_alone(case: &Case) -> Result<(), String> {
    let format = format_of(case);
    let (mut decoder, mut encoder) =
        (Decoder::new(format, Limits::default()), Encoder::new(format, u64::MAX));
    check_frame((&mut decoder, &mut encoder), format.version, case)
}

#[test]
fn golden_frames_of_every_type_decode_and_encode_as_in_java() {
    check_folder("types", check_alone);
}

#[test]
fn golden_extreme_frames_decode_and_encode_as_in_java() {
    check_file("special", check_alone);
}

#[test]
fn golden_cached_streams_use_the_slots_that_java_uses() {
    check_file("cache_streams", |stream| {
        let format = format_of(stream);
        let (mut decoder, mut encoder) =
            (Decoder::new(format, Limits::default()), Encoder::new(format, u64::MAX));
        for (index, case) in stream["frames"].as_array().unwrap().iter().enumerate() {
            check_frame((&mut decoder, &mut encoder), format.version, case)
                .map_err(|error| format!("frame {index}: {error}"))?;
        }
        Ok(())
    });
}

#[test]
fn golden_loose_messages_of_version_11_are_what_a_store_holds() {
    let mut messages = 0;
    check_folder("types", |case| {
        let format = format_of(case);
        let stored = WireFormat { version: 11, ..WireFormat::default() };
        if format != stored || !case["type"].as_str().unwrap().ends_with("Message") {
            return Ok(());
        }
        messages += 1;
        let frame = bytes_of(case, "frame_hex");
        let message = decode_stored(&frame).map_err(|error| error.to_string())?;
        same_fields(&message.clone().into(), format.version, &case["fields"])?;
        same("stored again", &encode_stored(&message).unwrap(), &frame)
    });
    assert!(messages > 50, "{messages} messages");
}
