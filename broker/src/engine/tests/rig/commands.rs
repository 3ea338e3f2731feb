//! What clients say, and what they hear of it.

use std::collections::VecDeque;

use relaismq_openwire::{Command, MessageDispatch, Text, Throwable};

use super::{Peer, Rig};
use crate::engine::io::{Input, Link};

/// How the broker answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    /// Class and text of the exception.
    Refused(String, String),
    /// Not yet; by this number.
    Pending(i32),
}

impl Answer {
    pub(crate) fn class(&self) -> &str {
        match self {
            Self::Refused(class, _) => class,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Refused(_, text) => text,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) fn command(&self) -> i32 {
        match self {
            Self::Pending(command) => *command,
            other => panic!("answered: {other:?}"),
        }
    }
}

impl Rig {
    /// Sends a command and looks for its response.
    pub(crate) fn request(&mut self, peer: &Peer, command: impl Into<Command>) -> Answer {
        self.request_on(peer.link, command)
    }

    pub(crate) fn request_on(&mut self, link: Link, command: impl Into<Command>) -> Answer {
        self.last_command += 1;
        let number = self.last_command;
        let mut command = command.into();
        command.set_request(number, true);
        self.feed(Input::Received { link, commands: vec![command] });
        self.answer_to(link, number)
    }

    /// The response to a command, if it has come.
    pub(crate) fn answer_to(&mut self, link: Link, number: i32) -> Answer {
        let mut answers = self.take(link, |command| match command {
            Command::Response(it) if it.correlation_id == number => Some(Answer::Done),
            Command::ExceptionResponse(it) if it.correlation_id == number => {
                Some(refused(it.exception.as_ref()))
            }
            _ => None,
        });
        assert!(answers.len() <= 1, "one response to one command: {answers:?}");
        answers.pop_front().unwrap_or(Answer::Pending(number))
    }

    /// Sends a command that wants no response.
    pub(crate) fn tell(&mut self, link: Link, command: impl Into<Command>) {
        self.last_command += 1;
        let mut command = command.into();
        command.set_request(self.last_command, false);
        self.feed(Input::Received { link, commands: vec![command] });
    }

    /// Failures of commands that wanted no response.
    pub(crate) fn errors(&mut self, link: Link) -> Vec<Answer> {
        let errors = self.take(link, |command| match command {
            Command::ConnectionError(it) => Some(refused(it.exception.as_ref())),
            _ => None,
        });
        errors.into()
    }

    /// Takes what was sent to a client and fits.
    pub(crate) fn take<T>(
        &mut self,
        link: Link,
        fits: impl Fn(&Command) -> Option<T>,
    ) -> VecDeque<T> {
        let mut taken = VecDeque::new();
        if let Some(inbox) = self.inboxes.get_mut(&link) {
            inbox.retain(|command| match fits(command) {
                Some(it) => {
                    taken.push_back(it);
                    false
                }
                None => true,
            });
        }
        taken
    }

    pub(crate) fn dispatches(&mut self, link: Link) -> VecDeque<MessageDispatch> {
        self.take(link, |command| match command {
            Command::MessageDispatch(dispatch) => Some(dispatch.clone()),
            _ => None,
        })
    }

    /// A client reads everything that it was sent, and goes on reading.
    pub(crate) fn read_again(&mut self, link: Link) {
        if let Some(bytes) = self.slow.remove(&link) {
            self.feed(Input::Written { link, bytes });
        }
    }
}

fn refused(exception: Option<&Throwable>) -> Answer {
    let exception = exception.expect("an exception says which");
    let text = |it: &Option<Text>| it.as_deref().unwrap_or_default().to_owned();
    Answer::Refused(text(&exception.class), text(&exception.message))
}
