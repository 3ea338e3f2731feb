//! What a message costs in the engine alone, to be counted in instructions. For example:
//!
//! ```text
//! cargo test --release -p relaismq-broker --lib --no-run
//! valgrind --tool=callgrind --toggle-collect='*tests::cost::Traffic::run*' \
//!     target/release/deps/relaismq_broker-… --ignored --exact engine::tests::cost::of_fast_messages
//! ```

use std::sync::Arc;

use relaismq_openwire::{Command, Message, MessageAck, TransactionInfo};

use super::{Consumer, Rig, queue};
use crate::engine::{
    Engine,
    io::{Effect, Input, Link},
};

const MESSAGES: usize = 20_000;
/// Messages that come in together, and are acknowledged together.
const TOGETHER: usize = 16;

/// One producer and one consumer, and all that they say.
struct Traffic {
    rig: Rig,
    sent: Vec<Vec<Command>>,
    acknowledged: Vec<Vec<Command>>,
    consumer: Link,
    producer: Link,
}

impl Traffic {
    fn new(change: impl Fn(&mut Message), commits: bool) -> Self {
        let mut rig = Rig::new();
        let (sender, receiver) = (rig.connect_failover("sender"), rig.connect_failover("receiver"));
        let mut producer = rig.producer(&sender, queue("Q"));
        let consumer = rig.consumer(&receiver, queue("Q"));
        let transaction = commits.then(|| sender.connection.transaction(1));
        let text = "x".repeat(1024);
        let mut traffic = Self {
            rig,
            sent: Vec::new(),
            acknowledged: Vec::new(),
            consumer: receiver.link,
            producer: sender.link,
        };
        for _ in 0..MESSAGES / TOGETHER {
            let mut messages = Vec::new();
            for _ in 0..TOGETHER {
                let mut message = producer.message(&text, &change);
                message.transaction_id.clone_from(&transaction);
                messages.push(message);
            }
            traffic.acknowledged.push(vec![acknowledgement(&consumer, &messages).into()]);
            let mut commands = Vec::new();
            let about = |transaction_type| TransactionInfo {
                transaction_id: transaction.clone(),
                transaction_type,
                ..TransactionInfo::default()
            };
            if commits {
                commands.push(about(TransactionInfo::BEGIN).into());
            }
            commands.extend(messages.into_iter().map(|it| Command::Message(Arc::new(it))));
            if commits {
                commands.push(about(TransactionInfo::COMMIT_ONE_PHASE).into());
            }
            traffic.sent.push(commands);
        }
        traffic
    }

    /// Everything that is to be counted. Returns how many messages were given out.
    #[inline(never)]
    fn run(mut self) -> usize {
        let mut given = 0;
        for (sent, acknowledged) in self.sent.into_iter().zip(self.acknowledged) {
            let now = self.rig.now;
            let engine = &mut self.rig.engine;
            engine.handle(now, Input::Received { link: self.producer, commands: sent });
            given += carry_out(engine, now);
            engine.handle(now, Input::Received { link: self.consumer, commands: acknowledged });
            given += carry_out(engine, now);
        }
        given
    }
}

fn acknowledgement(consumer: &Consumer, messages: &[Message]) -> MessageAck {
    MessageAck {
        destination: Some(consumer.destination.clone()),
        consumer_id: Some(consumer.id.clone()),
        ack_type: MessageAck::STANDARD,
        first_message_id: messages.first().and_then(|it| it.message_id.clone()),
        last_message_id: messages.last().and_then(|it| it.message_id.clone()),
        message_count: i32::try_from(messages.len()).expect("few"),
        ..MessageAck::default()
    }
}

/// Clients read at once, and the store keeps everything at once.
fn carry_out(engine: &mut Engine, now: crate::model::Now) -> usize {
    let mut given = 0;
    let mut written: Option<(Link, usize)> = None;
    loop {
        while let Some(effect) = engine.poll_effect() {
            match effect {
                Effect::Send { link, command, bytes } => {
                    given += usize::from(matches!(command, Command::MessageDispatch(_)));
                    let before = written.filter(|(before, _)| *before == link);
                    written = Some((link, before.map_or(0, |(_, bytes)| bytes) + bytes));
                }
                Effect::Store { ticket, .. } => engine.handle(now, Input::Stored { ticket }),
                other => panic!("{other:?}"),
            }
        }
        match written.take() {
            Some((link, bytes)) => engine.handle(now, Input::Written { link, bytes }),
            None => return given,
        }
    }
}

fn every_message_is_given_out(change: impl Fn(&mut Message), commits: bool) {
    let traffic = Traffic::new(change, commits);
    assert_eq!(traffic.run(), MESSAGES / TOGETHER * TOGETHER);
}

#[test]
#[ignore = "counted in instructions, not in seconds"]
fn of_fast_messages() {
    every_message_is_given_out(|it| it.persistent = false, false);
}

#[test]
#[ignore = "counted in instructions, not in seconds"]
fn of_stored_messages() {
    every_message_is_given_out(|_| (), false);
}

#[test]
#[ignore = "counted in instructions, not in seconds"]
fn of_committed_messages() {
    every_message_is_given_out(|_| (), true);
}
