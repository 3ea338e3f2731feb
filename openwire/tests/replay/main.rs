//! What the fuzzer found interesting, on every toolchain: one input in hexadecimal a line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets something unexpected has failed"
)]

#[allow(unreachable_pub, reason = "the fuzzer has it as a library")]
#[path = "../../fuzz/src/checks.rs"]
mod checks;

use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay");
    let corpus = std::fs::read_to_string(folder.join(target).with_extension("hex")).unwrap();
    assert!(corpus.lines().count() > 10, "no corpus");
    for line in corpus.lines() {
        let digits: Vec<u32> = line.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect();
        check(&bytes);
    }
}

#[test]
fn inputs_for_decode_frame_do_no_harm() {
    replay("decode_frame", checks::decode_frame);
}

#[test]
fn inputs_for_roundtrip_do_no_harm() {
    replay("roundtrip", checks::roundtrip);
}

#[test]
fn inputs_for_negotiate_do_no_harm() {
    replay("negotiate", checks::negotiate);
}

#[test]
fn inputs_for_primitive_map_do_no_harm() {
    replay("primitive_map", checks::primitive_map);
}
