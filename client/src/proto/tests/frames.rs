//! What the Java client fills in its frames, and whether ours does: brokers rely on more of it than one
//! would think. Artemis names the queue of a durable subscription after the consumer's client id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::BytesMut;
use relaismq_openwire::{
    Command, Decoder, Described, Destination, Field, MessageAck, Preferences, TransactionInfo,
    describe, destination::Kind,
};

use super::{
    inbox::sequence,
    play::{PREFETCH, millis, queue, spec},
    world::{World, options},
};
use crate::{
    message::Message,
    options::RedeliveryPolicy,
    proto::io::{Answer, ConsumerSpec, ProducerKey, Request, SessionMode},
};

const CONVERSATIONS: [(&str, &str); 13] = [
    ("ack_modes", include_str!("java/ack_modes.hex")),
    ("browser", include_str!("java/browser.hex")),
    ("client_ack", include_str!("java/client_ack.hex")),
    ("durable", include_str!("java/durable-1.hex")),
    ("exclusive_composite", include_str!("java/exclusive_composite.hex")),
    ("failover before", include_str!("java/failover-1.hex")),
    ("failover after", include_str!("java/failover-2.hex")),
    ("producer_window", include_str!("java/producer_window.hex")),
    ("pull", include_str!("java/pull.hex")),
    ("request_reply", include_str!("java/request_reply.hex")),
    ("selector", include_str!("java/selector.hex")),
    ("topic_async", include_str!("java/topic_async.hex")),
    ("transacted", include_str!("java/transacted.hex")),
];

/// What Java fills and we do not, and why.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    ("ProducerInfo", "windowSize", "our window is counted by confirmations, not by ProducerAck"),
    (
        "ConsumerControl",
        "*",
        "Java restores consumers without a window first; ours has none to mend",
    ),
];

/// Of a command: what it is, and the fields that say something.
type Filled = (String, BTreeSet<&'static str>);

fn filled(command: &Command) -> Filled {
    let Described { name, fields } = describe(command, 12);
    let says = |field: &Field| match field {
        Field::Null | Field::Boolean(false) | Field::Integer(0) => false,
        Field::Text(text) => !text.is_empty(),
        Field::Bytes(bytes) => !bytes.is_empty(),
        Field::Array(items) => !items.is_empty(),
        _ => true,
    };
    let fields = fields.into_iter().filter(|(_, field)| says(field)).map(|(name, _)| name);
    (kind(command, name), fields.collect())
}

/// Commands that are compared with each other.
fn kind(command: &Command, name: &str) -> String {
    match command {
        Command::Message(_) => "a message".to_owned(),
        Command::RemoveInfo(info) => {
            let of = info.object_id.as_deref().map_or("nothing", Command::name);
            format!("{name} of {of}")
        }
        Command::MessageAck(ack) => format!("{name} {}", ack.ack_type),
        Command::TransactionInfo(info) => format!("{name} {}", info.transaction_type),
        Command::DestinationInfo(info) => format!("{name} {}", info.operation_type),
        _ => name.to_owned(),
    }
}

/// The frames that a client has sent.
fn frames(hex: &str) -> Vec<Command> {
    let digits: Vec<u32> = hex.trim().chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    let mut bytes: BytesMut =
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect();
    let mut frames = Vec::new();
    let first = Decoder::default().decode(&mut bytes).unwrap().unwrap();
    let Command::WireFormatInfo(info) = &first else { panic!("{first:?}") };
    let mut decoder = Preferences::default().negotiate(info).unwrap().decoder();
    frames.push(first);
    while let Some(frame) = decoder.decode(&mut bytes).unwrap() {
        frames.push(frame);
    }
    assert!(bytes.is_empty(), "the end is missing");
    frames
}

/// A message of the application with everything that it can set.
fn message() -> Message {
    Message::text("text")
        .property("number", 7)
        .correlation_id("c")
        .reply_to(Destination::queue("answers"))
        .message_type("greeting")
        .group("g")
        .group_sequence(1)
}

fn send(world: &mut World, producer: ProducerKey) {
    let mut message = message().to_wire(true).unwrap();
    let headers = Arc::make_mut(&mut message);
    (headers.persistent, headers.priority) = (true, 4);
    let time_to_live = Some(millis(60_000));
    let id =
        world.ask(Request::Send { producer, message, time_to_live, stamp: true, confirm: true });
    world.done(id);
}

/// Everything that our client can say.
fn ours() -> Vec<Command> {
    let mut options = options(&["a", "b"]);
    options.identity.client_id = Some("client".to_owned());
    let mut world = World::with(options);
    let connect = world.ask(Request::Connect);
    world.done(connect);
    send_and_receive(&mut world);
    subscribe(&mut world);
    transact(&mut world);
    temporaries(&mut world);
    world.fail_over();
    let close = world.ask(Request::Close);
    world.done(close);
    world.finish();
    let logs = ["a", "b"].map(|host| std::mem::take(&mut world.broker(host).log));
    logs.concat()
}

fn send_and_receive(world: &mut World) {
    let (session, producer) = world.producing(SessionMode::Client);
    for _ in 0..PREFETCH {
        send(world, producer);
    }
    let redelivery = RedeliveryPolicy::default().maximum_redeliveries(Some(0));
    let everything = ConsumerSpec {
        selector: Some("number = 7".to_owned()),
        no_local: true,
        exclusive: true,
        retroactive: true,
        priority: 5,
        redelivery,
        ..queue(PREFETCH)
    };
    let consumer = world.consumer(session, everything);
    // Half of a window asks for more.
    let taken: Vec<_> = std::iter::from_fn(|| world.take(consumer)).collect();
    world.settle();
    assert_eq!(world.acknowledge(consumer, &taken[2]), Ok(Answer::Done));
    // Poison, in the end.
    world.put("Q", 1);
    world.take_all(consumer);
    let recover = world.ask(Request::Recover { session, only: None });
    world.done(recover);
    let close = world.ask(Request::CloseConsumer(consumer));
    world.done(close);
    for end in [Request::CloseProducer(producer), Request::CloseSession(session)] {
        let end = world.ask(end);
        world.done(end);
    }
}

fn subscribe(world: &mut World) {
    let session = world.session(SessionMode::Individual);
    let topic = Destination::topic("T");
    let durable = ConsumerSpec {
        durable: Some("sub".to_owned()),
        selector: Some("number = 7".to_owned()),
        no_local: true,
        ..spec(&topic, PREFETCH)
    };
    let consumer = world.consumer(session, durable);
    let close = world.ask(Request::CloseConsumer(consumer));
    world.done(close);
    let unsubscribe = world.ask(Request::Unsubscribe("sub".to_owned()));
    world.done(unsubscribe);
    world.consumer(session, ConsumerSpec { browser: true, ..queue(PREFETCH) });
    let pulling = world.consumer(session, queue(0));
    world.put("Q", 1);
    world.ask(Request::Pull { consumer: pulling, wait: Some(millis(500)) });
    let delivery = world.take(pulling).unwrap();
    assert!(sequence(&delivery) > 0);
    assert_eq!(world.acknowledge(pulling, &delivery), Ok(Answer::Done));
}

fn transact(world: &mut World) {
    let (session, producer) = world.producing(SessionMode::Transacted);
    let consumer = world.consumer(session, queue(PREFETCH));
    for end in [Request::Commit(session), Request::Rollback(session)] {
        world.put("Q", 1);
        world.take_all(consumer);
        send(world, producer);
        let end = world.ask(end);
        world.done(end);
    }
}

fn temporaries(world: &mut World) {
    let id = world.ask(Request::CreateTemporary(Kind::Queue));
    let Answer::Temporary(destination) = world.done(id) else { panic!() };
    let delete = world.ask(Request::DeleteDestination(destination));
    world.done(delete);
    world.ask(Request::CreateTemporary(Kind::Topic));
}

#[test]
fn our_frames_say_all_that_those_of_the_java_client_say() {
    let mut ours: BTreeMap<String, Vec<BTreeSet<&str>>> = BTreeMap::new();
    for (kind, fields) in self::ours().iter().map(filled) {
        ours.entry(kind).or_default().push(fields);
    }
    let mut compared = 0;
    for (conversation, hex) in CONVERSATIONS {
        for frame in frames(hex) {
            let (kind, mut fields) = filled(&frame);
            fields.retain(|field| !EXCEPTIONS.iter().any(|it| (it.0, it.1) == (&kind, field)));
            if EXCEPTIONS.iter().any(|it| (it.0, it.1) == (&kind, "*")) || is_advisory(&frame) {
                continue;
            }
            compared += 1;
            let candidates = ours.get(&kind).map_or(&[][..], Vec::as_slice);
            let found = candidates.iter().any(|candidate| candidate.is_superset(&fields));
            assert!(found, "{conversation}: {kind} {fields:?}\nours: {:#?}", most(candidates));
        }
    }
    assert!(compared > 200, "only {compared} frames");
}

/// The consumer that Java opens for itself to hear of temporary destinations; its session has no info.
fn is_advisory(frame: &Command) -> bool {
    matches!(frame, Command::ConsumerInfo(info)
        if info.consumer_id.as_ref().is_some_and(|id| id.session_id == -1))
}

fn most<'a>(candidates: &'a [BTreeSet<&'a str>]) -> BTreeSet<&'a str> {
    candidates.iter().flatten().copied().collect()
}

#[test]
fn the_wire_format_offered_has_the_properties_that_java_offers() {
    let names = |command: &Command| {
        let Command::WireFormatInfo(info) = command else { panic!("{command:?}") };
        info.properties().unwrap().iter().map(|(name, _)| name.to_string()).collect()
    };
    let theirs: BTreeSet<String> = names(&frames(CONVERSATIONS[2].1)[0]);
    let ours: BTreeSet<String> = names(&ours()[0]);
    assert!(ours.is_superset(&theirs), "{:?}", theirs.difference(&ours));
}

#[test]
fn kinds_tell_what_must_not_be_compared() {
    let ack = |ack_type| Command::from(MessageAck { ack_type, ..MessageAck::default() });
    assert_ne!(filled(&ack(MessageAck::STANDARD)).0, filled(&ack(MessageAck::POISON)).0);
    let begin = TransactionInfo { transaction_type: TransactionInfo::BEGIN, ..Default::default() };
    assert_eq!(filled(&begin.into()).0, "TransactionInfo 0");
}
