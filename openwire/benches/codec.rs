//! How many messages a connection's encoder and decoder handle in steady state: persistent text
//! messages with a body of 1 KiB, version 12, tight, cached.
//!
//! ```text
//! cargo bench -p relaismq-openwire
//! ```
//!
//! With `encode N` or `decode N` behind `--` it handles N thousand messages and says nothing: for tools
//! that count instructions.
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

/// A connection in steady state: the first round has filled its cache.
struct Sending {
    encoder: Encoder,
    out: BytesMut,
}

impl Sending {
    fn new(format: WireFormat, commands: &[Command]) -> Self {
        let mut sending = Self { encoder: Encoder::new(format, u64::MAX), out: BytesMut::new() };
        sending.round(commands);
        sending
    }

    /// The bytes it took.
    fn round(&mut self, commands: &[Command]) -> usize {
        self.out.clear();
        for command in commands {
            self.encoder.encode(black_box(command), &mut self.out).unwrap();
        }
        black_box(&self.out).len()
    }
}

struct Receiving {
    decoder: Decoder,
    steady: BytesMut,
}

impl Receiving {
    fn new(format: WireFormat, commands: &[Command]) -> Self {
        let mut sending = Sending { encoder: Encoder::new(format, u64::MAX), out: BytesMut::new() };
        let mut decoder = Decoder::new(format, Limits::default());
        sending.round(commands);
        while decoder.decode(&mut sending.out).unwrap().is_some() {}
        sending.round(commands);
        Self { decoder, steady: sending.out }
    }

    /// As after a read from a socket. The time it took.
    fn round(&mut self) -> Duration {
        let mut input = self.steady.clone();
        let started = Instant::now();
        while let Some(command) = self.decoder.decode(&mut input).unwrap() {
            drop(black_box(command));
        }
        started.elapsed()
    }
}

fn encode(mut sending: Sending, commands: &[Command]) {
    let (started, mut messages, mut bytes) = (Instant::now(), 0, 0);
    while started.elapsed() < TIME {
        bytes += sending.round(commands);
        messages += BATCH;
    }
    report("encode", started, messages, bytes);
}

fn decode(mut receiving: Receiving) {
    let (mut spent, mut messages, mut bytes) = (Duration::ZERO, 0, 0);
    while spent < TIME {
        spent += receiving.round();
        messages += BATCH;
        bytes += receiving.steady.len();
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
    let mut sending = Sending::new(format, &commands);
    let mut receiving = Receiving::new(format, &commands);
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["encode", rounds] => {
            for _ in 0..rounds.parse::<u32>().unwrap() {
                sending.round(&commands);
            }
        }
        ["decode", rounds] => {
            for _ in 0..rounds.parse::<u32>().unwrap() {
                receiving.round();
            }
        }
        _ => {
            encode(sending, &commands);
            decode(receiving);
        }
    }
}
