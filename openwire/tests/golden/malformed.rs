//! Frames that are broken in one place.

use relaismq_openwire::{Decoder, Limits};

use crate::{
    compare::same_fields,
    frames::{decode_one, format_of},
    vectors::{Case, bytes_of, check_file},
};

fn check(case: &Case) -> Result<(), String> {
    let format = format_of(case);
    let mut decoder = Decoder::new(format, Limits::default());
    let decoded = decode_one(&mut decoder, &bytes_of(case, "frame_hex"));
    match (case["expect"].as_str().unwrap(), decoded) {
        ("error", Ok(command)) => Err(format!("accepted as {command:?}")),
        ("ok", Ok(Some(command))) => same_fields(&command, format.version, &case["fields"]),
        ("ok", Err(error)) => Err(error),
        ("ok", Ok(None)) if !case["fields"].is_null() => Err("nothing decoded".to_owned()),
        _ => Ok(()),
    }
}

#[test]
fn golden_malformed_frames_are_refused_where_they_must_be() {
    check_file("malformed", check);
}
