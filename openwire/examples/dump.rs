//! Prints recorded connections as readable frames.
//!
//! ```text
//! cargo run -p relaismq-openwire --example dump -- CLIENT.hex BROKER.hex
//! ```
//!
//! Each file holds the bytes of one direction as hexadecimal digits. The first frames of both decide
//! how the others are read. Bodies and properties are shown as they are on the wire.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::{error::Error, fs};

use bytes::BytesMut;
use relaismq_openwire::{Agreed, Decoder, Preferences, WireFormatInfo, describe};

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [client, broker] = files.as_slice() else {
        return Err("usage: dump CLIENT.hex BROKER.hex".into());
    };
    let (mut from_client, mut from_broker) = (read(client)?, read(broker)?);
    let agreed = agree(&first(&mut from_client)?, &first(&mut from_broker)?)?;
    println!("{agreed:#?}");
    print(">", &agreed, from_client)?;
    print("<", &agreed, from_broker)
}

fn read(file: &str) -> Result<BytesMut, Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let byte = |pair: &[u32]| u8::try_from(pair.iter().fold(0, |byte, digit| byte * 16 + digit));
    Ok(digits.chunks(2).map(byte).collect::<Result<Vec<u8>, _>>()?.as_slice().into())
}

fn first(stream: &mut BytesMut) -> Result<WireFormatInfo, Box<dyn Error>> {
    let command = Decoder::default().decode(stream)?.ok_or("no first frame")?;
    Ok(WireFormatInfo::from_first(command)?)
}

fn agree(client: &WireFormatInfo, broker: &WireFormatInfo) -> Result<Agreed, Box<dyn Error>> {
    Ok(Preferences::try_from(client)?.negotiate(broker)?)
}

fn print(arrow: &str, agreed: &Agreed, mut stream: BytesMut) -> Result<(), Box<dyn Error>> {
    let mut decoder = agreed.decoder();
    while let Some(command) = decoder.decode(&mut stream)? {
        println!("{arrow} {}", describe(&command, agreed.format.version));
    }
    Ok(())
}
