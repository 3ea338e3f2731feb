//! Whole conversations between the Java client and the Java broker.

use std::path::{Path, PathBuf};

use bytes::BytesMut;
use relaismq_openwire::{Agreed, Decoder, Encoder, Preferences, WireFormatInfo};

use crate::vectors::{bytes, same};

/// Frames in all captures together.
const FRAMES: usize = 1_166;

fn read(file: &Path) -> BytesMut {
    BytesMut::from(&bytes(&std::fs::read_to_string(file).unwrap())[..])
}

fn first(stream: &BytesMut) -> WireFormatInfo {
    let command = Decoder::default().decode(&mut stream.clone()).unwrap().unwrap();
    WireFormatInfo::from_first(command).unwrap()
}

/// Decodes frame after frame and encodes each again; gives their number.
fn check_stream(mut stream: BytesMut, agreed: &Agreed) -> Result<usize, String> {
    let (mut decoder, mut encoder) = (Decoder::default(), Encoder::default());
    let mut count = 0;
    loop {
        let before = stream.clone();
        let decoded = decoder.decode(&mut stream);
        let failed = |error: String| format!("frame {count}: {error}");
        let Some(command) = decoded.map_err(|error| failed(error.to_string()))? else { break };
        let mut again = BytesMut::new();
        encoder.encode(&command, &mut again).map_err(|error| failed(error.to_string()))?;
        same(command.name(), &again, &before[..before.len() - stream.len()]).map_err(failed)?;
        count += 1;
        if count == 1 {
            (decoder, encoder) = (agreed.decoder(), agreed.encoder());
        }
    }
    if stream.is_empty() { Ok(count) } else { Err(format!("{} bytes left", stream.len())) }
}

fn check_pair(client: &Path) -> Result<usize, String> {
    let broker = PathBuf::from(client.to_str().unwrap().replace(".c2s.", ".s2c."));
    let (from_client, from_broker) = (read(client), read(&broker));
    let preferences = Preferences::try_from(&first(&from_client)).unwrap();
    let agreed = preferences.negotiate(&first(&from_broker)).unwrap();
    Ok(check_stream(from_client, &agreed)? + check_stream(from_broker, &agreed)?)
}

#[test]
fn golden_captures_decode_and_encode_to_the_same_bytes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let mut frames = 0;
    for entry in folder.read_dir().unwrap() {
        let file = entry.unwrap().path();
        if file.to_str().unwrap().ends_with(".c2s.hex") {
            frames +=
                check_pair(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
    }
    assert_eq!(frames, FRAMES);
}
