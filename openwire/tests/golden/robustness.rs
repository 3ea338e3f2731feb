//! Damage to frames of every type: it must be noticed where that is possible, and survived always.

use std::collections::HashSet;

use bytes::BytesMut;
use relaismq_openwire::{Command, Decoder, Encoder, Limits, WireFormat};

use crate::{
    frames::format_of,
    vectors::{Case, bytes_of, check_folder},
};

/// Versions that differ most.
const VERSIONS: [u8; 3] = [1, 6, 12];

fn decode(format: WireFormat, payload: &[u8]) -> Option<Option<Command>> {
    Decoder::new(format, Limits::default()).decode_payload(payload).ok()
}

/// Runs `check` on the format and payload of one full frame per type, version and encoding.
fn for_samples(mut check: impl FnMut(WireFormat, &[u8]) -> Result<(), String>) {
    let mut seen = HashSet::new();
    check_folder("types", |case: &Case| {
        let format = format_of(case);
        let full = case["case"].as_str().unwrap().starts_with("full");
        let key = (case["type"].to_string(), format.version, format.tight, format.cache_slots);
        if !full || !VERSIONS.contains(&format.version) || !seen.insert(key) {
            return Ok(());
        }
        check(format, &bytes_of(case, "frame_hex")[4..])
    });
    assert!(seen.len() > 600, "{} samples", seen.len());
}

#[test]
fn golden_frames_cut_at_any_byte_are_refused() {
    for_samples(|format, payload| {
        match (0..payload.len()).find(|&end| decode(format, &payload[..end]).is_some()) {
            Some(end) => Err(format!("accepted when cut to {end} of {}", payload.len())),
            None => Ok(()),
        }
    });
}

#[test]
fn golden_frames_with_a_byte_behind_them_are_refused() {
    for_samples(|format, payload| match decode(format, &[payload, &[0]].concat()) {
        Some(_) => Err("accepted".to_owned()),
        None => Ok(()),
    });
}

#[test]
fn golden_frames_with_any_byte_changed_do_no_harm() {
    for_samples(|format, payload| {
        let mut damaged = payload.to_vec();
        for place in 0..payload.len() {
            let change = [0x01, 0x80, 0xff][place % 3];
            damaged[place] ^= change;
            if let Some(Some(command)) = decode(format, &damaged) {
                // What was understood can be said again.
                let mut out = BytesMut::new();
                let _ = Encoder::new(format, u64::MAX).encode(&command, &mut out);
            }
            damaged[place] ^= change;
        }
        Ok(())
    });
}

#[test]
fn golden_structures_inside_one_another_are_refused_before_the_stack_is_full() {
    let mut command = Command::from(relaismq_openwire::Response::default());
    for _ in 0..64 {
        let data = Some(Box::new(command));
        command = relaismq_openwire::DataResponse { data, ..Default::default() }.into();
    }
    let mut frame = BytesMut::new();
    Encoder::default().encode(&command, &mut frame).unwrap();
    assert!(Decoder::default().decode(&mut frame).is_err());
}
