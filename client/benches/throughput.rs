//! How many messages of 1 KiB one connection moves in a second, against a peer that does as little as
//! possible: it swallows what is sent, or repeats frames made beforehand.
//!
//! `cargo bench -p relaismq` runs it. Both ends share the machine.
#![expect(clippy::print_stdout, reason = "it is a program")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has no result")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use relaismq::{Connection, Message};
use relaismq_openwire::{
    self as openwire, Command, ConsumerInfo, Decoder, Encoder, MessageDispatch, Preferences,
    ProducerId, Response, WireFormatInfo,
};
use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio::time::Instant;

const MESSAGES: u64 = 1_000_000;
const BODY: [u8; 1024] = [b'x'; 1024];
/// Frames that are encoded together and repeated.
const REPEATED: i64 = 1000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        report("non-persistent sends", sends().await);
        report("receives, acknowledged automatically", receives().await);
        report("confirmed sends, windowed", confirmed().await);
    });
}

fn report(what: &str, elapsed: Duration) {
    println!("{what}: {:.0} messages/s", MESSAGES as f64 / elapsed.as_secs_f64());
}

async fn connect(role: Role) -> (Connection, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (done, all_read) = oneshot::channel();
    std::thread::spawn(move || Peer::accept(&listener).run(role, done));
    (Connection::builder(uri(address)).connect().await.unwrap(), all_read)
}

/// Without the cache, so that frames can be repeated.
fn uri(address: SocketAddr) -> String {
    format!("tcp://{address}?wireFormat.cacheEnabled=false")
}

async fn sends() -> Duration {
    let (connection, all_read) = connect(Role::Swallow).await;
    let producer = connection.producer("q").persistent(false).build().await.unwrap();
    let begun = Instant::now();
    for _ in 0..MESSAGES {
        producer.send(Message::bytes(&BODY[..])).await.unwrap();
    }
    all_read.await.unwrap();
    begun.elapsed()
}

async fn confirmed() -> Duration {
    let (connection, _) = connect(Role::Answer).await;
    let producer = connection.producer("q").build().await.unwrap();
    let begun = Instant::now();
    let mut last = None;
    for _ in 0..MESSAGES {
        last = Some(producer.enqueue(Message::bytes(&BODY[..])).await.unwrap());
    }
    last.unwrap().await.unwrap();
    begun.elapsed()
}

async fn receives() -> Duration {
    let (connection, _) = connect(Role::Flood).await;
    let mut consumer = connection.consumer("q").build().await.unwrap();
    consumer.receive().await.unwrap();
    let begun = Instant::now();
    for _ in 1..MESSAGES {
        let delivery = consumer.receive().await.unwrap();
        assert_eq!(delivery.bytes().unwrap().len(), BODY.len());
    }
    begun.elapsed()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Answers what must be answered.
    Answer,
    /// Reads without decoding once a producer is there.
    Swallow,
    /// Dispatches to the first consumer without end.
    Flood,
}

/// The other end, on a thread of its own.
struct Peer {
    stream: TcpStream,
    input: BytesMut,
    decoder: Decoder,
    encoder: Encoder,
}

impl Peer {
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let input = BytesMut::new();
        let mut peer =
            Self { stream, input, decoder: Decoder::default(), encoder: Encoder::default() };
        let preferences = Preferences::broker();
        peer.send(&preferences.to_info().unwrap().into());
        let info = WireFormatInfo::from_first(peer.next().unwrap()).unwrap();
        let agreed = preferences.negotiate(&info).unwrap();
        (peer.decoder, peer.encoder) = (agreed.decoder(), agreed.encoder());
        peer
    }

    fn run(mut self, role: Role, done: Sender<()>) {
        let mut answers = BytesMut::new();
        while let Some(command) = self.next() {
            self.answer(&command, &mut answers);
            // Everything at hand is answered with one write, as a busy broker does.
            let more_at_hand = self.frame().is_some_and(|frame| frame <= self.input.len());
            if more_at_hand && matches!(command, Command::Message(_)) {
                continue;
            }
            if self.stream.write_all(&answers.split()).is_err() {
                return;
            }
            match (role, command) {
                (Role::Swallow, Command::ProducerInfo(_)) => return self.swallow(done),
                (Role::Flood, Command::ConsumerInfo(info)) if is_ours(&info) => {
                    return self.flood(&info);
                }
                _ => {}
            }
        }
    }

    fn answer(&mut self, command: &Command, out: &mut BytesMut) {
        if command.response_required() {
            let correlation_id = command.command_id().unwrap();
            let response = Response { correlation_id, ..Response::default() };
            self.encoder.encode(&response.into(), out).unwrap();
        }
    }

    /// Counts frames by their size prefixes, without decoding them.
    fn swallow(mut self, done: Sender<()>) {
        let mut buffer = vec![0; 1 << 20];
        for _ in 0..MESSAGES {
            while self.frame().is_none_or(|frame| frame > self.input.len()) {
                let read = self.stream.read(&mut buffer).unwrap();
                assert!(read > 0, "the client hung up");
                self.input.extend_from_slice(buffer.get(..read).unwrap_or_default());
            }
            self.input.advance(self.frame().unwrap_or_default());
        }
        done.send(()).unwrap();
    }

    fn frame(&self) -> Option<usize> {
        let prefix = self.input.first_chunk::<4>()?;
        Some(4 + usize::try_from(i32::from_be_bytes(*prefix)).unwrap())
    }

    fn flood(mut self, info: &ConsumerInfo) {
        let mut frames = BytesMut::new();
        for number in 0..REPEATED {
            let producer = ProducerId { value: 1, ..ProducerId::default() };
            let message = openwire::Message {
                producer_id: Some(producer.clone()),
                message_id: Some(producer.message(number)),
                destination: info.destination.clone(),
                ..openwire::Message::new_bytes(&BODY[..])
            };
            let dispatch = MessageDispatch {
                consumer_id: info.consumer_id.clone(),
                destination: info.destination.clone(),
                message: Some(Arc::new(message)),
                ..MessageDispatch::default()
            };
            self.encoder.encode(&dispatch.into(), &mut frames).unwrap();
        }
        let mut acknowledgements = self.stream.try_clone().unwrap();
        std::thread::spawn(move || std::io::copy(&mut acknowledgements, &mut std::io::sink()));
        while self.stream.write_all(&frames).is_ok() {}
    }

    fn next(&mut self) -> Option<Command> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            if let Some(command) = self.decoder.decode(&mut self.input).unwrap() {
                return Some(command);
            }
            match self.stream.read(&mut buffer) {
                Ok(0) | Err(_) => return None,
                Ok(read) => self.input.extend_from_slice(buffer.get(..read).unwrap_or_default()),
            }
        }
    }

    fn send(&mut self, command: &Command) {
        let mut out = BytesMut::new();
        self.encoder.encode(command, &mut out).unwrap();
        self.stream.write_all(&out).unwrap();
    }
}

fn is_ours(info: &ConsumerInfo) -> bool {
    info.destination.as_ref().is_some_and(|destination| &*destination.name == "q")
}
