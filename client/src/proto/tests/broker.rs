//! One scripted broker: what it is told to do wrong, and what it knows of its link.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::Arc,
};

use relaismq_openwire::{
    Command, ConsumerId, ConsumerInfo, ExceptionResponse, Message, MessageId, ProducerId, Response,
    SessionId, Throwable, TransactionId,
};

/// Chooses commands.
pub(super) type Choice = Box<dyn FnMut(&Command) -> bool>;

/// What a broker does about some commands.
pub(super) enum Script {
    /// Does nothing and says nothing.
    Ignore(Choice),
    /// Does it, and the answer is lost.
    Mute(Choice),
    /// Refuses with this class and text.
    Refuse(Choice, &'static str, &'static str),
    /// Hangs up instead of doing it.
    HangUp(Choice),
    /// Does it, and hangs up before the answer.
    HangUpAfter(Choice),
}

/// What it does about one command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Deed {
    Obey,
    Ignore,
    Mute,
    Refuse(&'static str, &'static str),
    HangUp,
    HangUpAfter,
}

/// A subscription on the link.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) info: ConsumerInfo,
    /// In the order of dispatch.
    pub(super) dispatched: VecDeque<(MessageId, String)>,
    /// How far acknowledgements of the kind `DELIVERED` have extended the window.
    pub(super) extension: usize,
}

/// What is open on a link.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) logged_in: bool,
    pub(super) sessions: Vec<SessionId>,
    pub(super) producers: Vec<ProducerId>,
    pub(super) consumers: BTreeMap<i64, Subscription>,
    pub(super) transactions: Vec<(TransactionId, Vec<Pending>)>,
    pub(super) temporaries: Vec<String>,
}

/// Done at the commit.
#[derive(Debug)]
pub(super) enum Pending {
    Send(Arc<Message>),
    /// Of this consumer, kept from everybody until the outcome.
    Ack(i64, Vec<(MessageId, String)>),
}

#[derive(Default)]
pub(super) struct Broker {
    /// Takes connections.
    pub(super) up: bool,
    pub(super) scripts: Vec<Script>,
    pub(super) open: Open,
    /// Everything received, over all links.
    pub(super) log: Vec<Command>,
    /// On its way to the client.
    pub(super) out: VecDeque<Command>,
    /// Wants to hang up when `out` is empty.
    pub(super) hangs_up: bool,
    /// Pulls that end in vain, when.
    pub(super) pulls: Vec<(std::time::Instant, ConsumerId)>,
    /// Answers a pull at once, as Artemis does if it has no time limit.
    pub(super) impatient: bool,
    /// Zero: never.
    pub(super) inactivity: std::time::Duration,
    pub(super) initial_delay: std::time::Duration,
    /// Gives signs of life as ActiveMQ's inactivity monitor does.
    pub(super) monitor: Option<super::monitor::Monitor>,
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("up", &self.up).finish_non_exhaustive()
    }
}

impl Broker {
    pub(super) fn deed(&mut self, command: &Command) -> Deed {
        for script in &mut self.scripts {
            let (choice, deed) = match script {
                Script::Ignore(choice) => (choice, Deed::Ignore),
                Script::Mute(choice) => (choice, Deed::Mute),
                Script::Refuse(choice, class, text) => (choice, Deed::Refuse(class, text)),
                Script::HangUp(choice) => (choice, Deed::HangUp),
                Script::HangUpAfter(choice) => (choice, Deed::HangUpAfter),
            };
            if choice(command) {
                return deed;
            }
        }
        Deed::Obey
    }

    pub(super) fn say(&mut self, command: impl Into<Command>) {
        self.monitor.iter_mut().for_each(|monitor| monitor.said());
        self.out.push_back(command.into());
    }

    pub(super) fn answer(&mut self, command: &Command, error: Option<(&str, &str)>) {
        if !command.response_required() {
            return;
        }
        let correlation_id = command.command_id().unwrap();
        match error {
            None => self.say(Response { correlation_id, ..Response::default() }),
            Some((class, text)) => self.say(ExceptionResponse {
                correlation_id,
                exception: Some(Throwable::new(class, text)),
                ..ExceptionResponse::default()
            }),
        }
    }

    /// Names of the commands received, without heartbeats.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let names = self.log.iter().map(Command::name);
        names.filter(|name| *name != "KeepAliveInfo").collect()
    }

    /// Acknowledgements received, over all links: kind, count, first and last producer sequence.
    pub(super) fn acks(&self) -> Vec<(i8, i32, Option<i64>, i64)> {
        let sequence = |id: &MessageId| id.producer_sequence_id;
        let acks = self.log.iter().filter_map(|command| match command {
            Command::MessageAck(ack) => Some(ack),
            _ => None,
        });
        acks.map(|ack| {
            let first = ack.first_message_id.as_ref().map(sequence);
            let last = ack.last_message_id.as_ref().map(sequence);
            (ack.ack_type, ack.message_count, first, last.unwrap())
        })
        .collect()
    }

    /// Messages received, over all links.
    pub(super) fn messages(&self) -> Vec<Arc<Message>> {
        let messages = self.log.iter().filter_map(|command| match command {
            Command::Message(message) => Some(message.clone()),
            _ => None,
        });
        messages.collect()
    }

    pub(super) fn forget(&mut self) {
        self.log.clear();
    }
}

/// Chooses commands by name.
pub(super) fn named(name: &'static str) -> Choice {
    Box::new(move |command| command.name() == name)
}

/// Chooses the first command of that name.
pub(super) fn first(name: &'static str) -> Choice {
    let mut met = false;
    Box::new(move |command| command.name() == name && !std::mem::replace(&mut met, true))
}
