//! Commands of every shape there and back, in every version and encoding.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets something unexpected has failed"
)]

mod commands;
mod values;

use bytes::BytesMut;
use proptest::{collection::vec, prelude::*};
use relaismq_openwire::{
    Command, Decoder, Encoder, Limits, Message, Preferences, PrimitiveMap, WireFormat,
    WireFormatInfo, decode_stored, decode_stored_command, describe, encode_stored,
    encode_stored_command,
};

fn formats() -> impl Strategy<Value = WireFormat> {
    (1..=12u8, any::<bool>(), prop_oneof![Just(None), (101..140u16).prop_map(Some)]).prop_map(
        |(version, tight, cache_slots)| WireFormat {
            version,
            tight,
            cache_slots,
            stack_traces: true,
            size_prefix: true,
        },
    )
}

/// Everything that `version` carries, and nothing else.
fn visible(command: &Command, version: u8) -> String {
    format!("{:?}", describe(command, version))
}

proptest! {
    #[test]
    fn commands_survive_a_connection_of_any_format(
        format in formats(),
        commands in vec(commands::any_command(), 1..40),
    ) {
        let mut encoder = Encoder::new(format, u64::MAX);
        let mut decoder = Decoder::new(format, Limits::default());
        let mut stream = BytesMut::new();
        let mut sent = Vec::new();
        for command in commands {
            // A type that the version lacks is refused without a trace.
            if encoder.encode(&command, &mut stream).is_ok() {
                sent.push(command);
            }
        }
        for command in &sent {
            let received = decoder.decode(&mut stream).unwrap().unwrap();
            prop_assert_eq!(visible(&received, format.version), visible(command, format.version));
        }
        prop_assert!(stream.is_empty());
    }

    #[test]
    fn frames_that_arrive_in_pieces_are_put_together(
        format in formats(),
        command in commands::any_command(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut frame = BytesMut::new();
        prop_assume!(Encoder::new(format, u64::MAX).encode(&command, &mut frame).is_ok());
        let mut decoder = Decoder::new(format, Limits::default());
        let cut = cut.index(frame.len());
        let mut stream = BytesMut::from(&frame[..cut]);
        prop_assert_eq!(decoder.decode(&mut stream).unwrap(), None);
        prop_assert_eq!(stream.len(), cut);
        if cut >= 4 {
            prop_assert_eq!(decoder.missing(&stream), frame.len() - cut);
        }
        stream.extend_from_slice(&frame[cut..]);
        prop_assert!(decoder.decode(&mut stream).unwrap().is_some());
    }

    #[test]
    fn a_frame_that_fails_leaves_the_connection_usable(
        format in formats(),
        commands in vec(commands::any_command(), 2..20),
    ) {
        let mut encoder = Encoder::new(format, 400);
        let mut decoder = Decoder::new(format, Limits::default());
        for command in commands {
            let mut stream = BytesMut::from(&b"before"[..]);
            match encoder.encode(&command, &mut stream) {
                Ok(()) => {
                    let mut frame = stream.split_off(6);
                    let received = decoder.decode(&mut frame).unwrap().unwrap();
                    let version = format.version;
                    prop_assert_eq!(visible(&received, version), visible(&command, version));
                }
                Err(_) => prop_assert_eq!(&stream[..], b"before"),
            }
        }
    }

    #[test]
    fn no_bytes_do_harm(format in formats(), bytes in vec(any::<u8>(), 0..200)) {
        let _ = Decoder::new(format, Limits::default()).decode_payload(&bytes);
        let _ = Decoder::new(format, Limits::default()).decode(&mut BytesMut::from(&bytes[..]));
        let _ = PrimitiveMap::decode(&bytes);
        let _ = decode_stored(&bytes);
        let info = WireFormatInfo {
            magic: *b"ActiveMQ",
            version: 12,
            marshalled_properties: Some(bytes.into()),
        };
        let _ = Preferences::default().negotiate(&info);
    }

    #[test]
    fn maps_survive_and_single_values_are_found(map in values::any_map()) {
        let bytes = map.encode().unwrap();
        let found = PrimitiveMap::decode(&bytes).unwrap();
        prop_assert_eq!(format!("{found:?}"), format!("{map:?}"));
        let mut message = Message::new_plain();
        message.set_properties(&map).unwrap();
        for (name, value) in map.iter() {
            let found = message.property(name).unwrap().unwrap();
            prop_assert_eq!(format!("{found:?}"), format!("{value:?}"));
        }
    }

    #[test]
    fn any_command_survives_a_store(command in commands::any_command()) {
        // The first is too new for a store; the others lose their stack traces in one.
        prop_assume!(!matches!(
            command,
            Command::BrokerSubscriptionInfo(_)
                | Command::MessageAck(_)
                | Command::ExceptionResponse(_)
        ));
        let bytes = encode_stored_command(&command).unwrap();
        let found = decode_stored_command(&bytes).unwrap();
        prop_assert_eq!(visible(&found, 11), visible(&command, 11));
        if let Command::Message(message) = &command {
            prop_assert_eq!(&encode_stored(message).unwrap(), &bytes);
            prop_assert_eq!(decode_stored(&bytes).unwrap().kind.code(), message.kind.code());
        }
    }
}
