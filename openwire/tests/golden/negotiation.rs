//! What follows from two `WireFormatInfo`.

use bytes::BytesMut;
use relaismq_openwire::{
    Agreed, DecodeFault, Decoder, Encoder, Preferences, PrimitiveMap, WireFormat, WireFormatInfo,
};
use serde_json::Value as Json;

use crate::{
    compare::{same_values, value},
    vectors::{Case, bytes_of, check_file, flag, same},
};

fn info(side: &Json, version: i32) -> WireFormatInfo {
    let properties: PrimitiveMap = side["properties"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, json)| (name.as_str(), value(json)))
        .collect();
    WireFormatInfo {
        magic: *b"ActiveMQ",
        version,
        marshalled_properties: Some(properties.encode().unwrap()),
    }
}

fn version(side: &Json) -> i32 {
    side["version"].as_i64().unwrap().try_into().unwrap()
}

fn check_local_frame(case: &Case) -> Result<(), String> {
    let frame = bytes_of(case, "local_frame_hex");
    let command = Decoder::default().decode(&mut BytesMut::from(&frame[..])).unwrap().unwrap();
    let mut again = BytesMut::new();
    Encoder::default().encode(&command, &mut again).unwrap();
    same("encoded again", &again, &frame)?;
    let info = WireFormatInfo::from_first(command).unwrap();
    let found = info.properties().map_err(|error| error.to_string())?;
    let expected = case["local"]["properties"].as_object().unwrap();
    let all = expected
        .iter()
        .all(|(name, json)| found.get(name).is_some_and(|it| same_values(it, &value(json))));
    if all && found.len() == expected.len() { Ok(()) } else { Err(format!("{found:?}")) }
}

fn check_result(agreed: &Agreed, result: &Json) -> Result<(), String> {
    let number = |key: &str| result[key].as_i64().unwrap();
    // Versions that do not exist yet are spoken as the newest that does.
    let version = number("version").min(WireFormat::MAX_VERSION.into());
    let slots = u16::try_from(number("cache_size")).unwrap();
    let limit = u64::try_from(number("max_frame_size")).ok().filter(|limit| *limit > 0);
    let expected = Agreed {
        format: WireFormat {
            version: u8::try_from(version).unwrap(),
            tight: flag(result, "tight"),
            cache_slots: Some(slots).filter(|_| flag(result, "cache")),
            stack_traces: flag(result, "stack_trace"),
            size_prefix: !flag(result, "size_prefix_disabled"),
        },
        tcp_no_delay: flag(result, "tcp_no_delay"),
        max_frame_bytes: limit.unwrap_or(u64::MAX),
        ..agreed.clone()
    };
    if *agreed == expected { Ok(()) } else { Err(format!("{agreed:?} for {expected:?}")) }
}

fn check(case: &Case) -> Result<(), String> {
    check_local_frame(case)?;
    let (local, remote) = (&case["local"], &case["remote"]);
    // Versions below 1 cannot be chosen here; the other side's decides in Java then.
    let mine = Some(version(local)).filter(|version| *version > 0).unwrap_or(i32::MAX);
    let mut preferences = Preferences::try_from(&info(local, mine)).unwrap();
    // Not part of these vectors; enforcing is what makes the limit show.
    preferences.max_frame_enforced = true;
    let theirs = version(remote);
    let negotiated = preferences.negotiate(&info(remote, theirs));
    if theirs < 1 {
        let refused = negotiated.unwrap_err();
        assert_eq!(refused.fault(), &DecodeFault::BadVersion(theirs));
        if version(local) < 1 {
            return Ok(());
        }
        // All but the version is as if the peer had sent a usable one.
        return check_result(
            &preferences.negotiate(&info(remote, i32::MAX)).unwrap(),
            &case["result"],
        );
    }
    match (negotiated, case.get("error")) {
        (Err(_), Some(_)) => Ok(()),
        (Ok(agreed), None) => check_result(&agreed, &case["result"]),
        (found, _) => Err(format!("{found:?}")),
    }
}

#[test]
fn golden_negotiations_end_as_in_java() {
    check_file("negotiation", check);
}
