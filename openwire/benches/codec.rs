//! How many messages a connection's encoder and decoder handle in steady state: persistent text
//! messages with a body of 1 KiB, version 12, tight, cached.
//!
//! ```text
//! cargo bench -p relaismq-openwire
//! ```
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(clippy::unwrap_used, reason = "a benchmark that meets something unexpected has failed")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::BytesMut;
use relaismq_openwire::{
    Command, ConnectionId, Decoder, Destination, Encoder, Limits, Message, PrimitiveMap, WireFormat,
};

const BODY: usize = 1024;
/// Messages in one round.
const BATCH: i64 = 1_000;
const TIME: Duration = Duration::from_secs(2);

fn message(sequence: i64) -> Command {
    let producer = ConnectionId::new("ID:host-40001-1700000000000-1:1").session(1).producer(1);
    let mut message = Message::new_text(&"x".repeat(BODY)).unwrap();
    message.command_id = i32::try_from(sequence).unwrap();
    message.response_required = true;
    message.message_id = Some(producer.message(sequence));
    message.producer_id = Some(producer);
    message.destination = Some(Destination::queue("ORDERS.EUROPE"));
    message.persistent = true;
    message.priority = 4;
    message.timestamp = 1_700_000_000_000 + sequence;
    let properties: PrimitiveMap = [("color", "blue"), ("size", "large")].into_iter().collect();
    message.set_properties(&properties).unwrap();
    Command::Message(Arc::new(message))
}

fn report(what: &str, started: Instant, messages: i64, bytes: usize) {
    #[allow(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
    let (messages, bytes) = (messages as f64, bytes as f64);
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{what}: {:.2} million messages/s, {:.0} MB/s, {:.0} ns each",
        messages / seconds / 1e6,
        bytes / seconds / 1e6,
        seconds / messages * 1e9
    );
}

fn encode(format: WireFormat, commands: &[Command]) {
    let mut encoder = Encoder::new(format, u64::MAX);
    let mut out = BytesMut::new();
    let (started, mut messages, mut bytes) = (Instant::now(), 0, 0);
    while started.elapsed() < TIME {
        for command in commands {
            encoder.encode(black_box(command), &mut out).unwrap();
        }
        messages += BATCH;
        bytes += black_box(&out).len();
        out.clear();
    }
    report("encode", started, messages, bytes);
}

fn decode(format: WireFormat, commands: &[Command]) {
    let mut encoder = Encoder::new(format, u64::MAX);
    let mut decoder = Decoder::new(format, Limits::default());
    let (mut first, mut steady) = (BytesMut::new(), BytesMut::new());
    for out in [&mut first, &mut steady] {
        commands.iter().for_each(|command| encoder.encode(command, out).unwrap());
    }
    while decoder.decode(&mut first).unwrap().is_some() {}
    let (mut spent, mut messages, mut bytes) = (Duration::ZERO, 0, 0);
    while spent < TIME {
        // As after a read from a socket.
        let mut input = steady.clone();
        let started = Instant::now();
        while let Some(command) = decoder.decode(&mut input).unwrap() {
            drop(black_box(command));
        }
        spent += started.elapsed();
        messages += BATCH;
        bytes += steady.len();
    }
    report("decode", Instant::now().checked_sub(spent).unwrap(), messages, bytes);
}

fn main() {
    let commands: Vec<Command> = (1..=BATCH).map(message).collect();
    let format = WireFormat {
        version: 12,
        tight: true,
        cache_slots: Some(1024),
        stack_traces: true,
        size_prefix: true,
    };
    encode(format, &commands);
    decode(format, &commands);
}
