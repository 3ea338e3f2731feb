//! What clients are sent, and how much each is owed.

use relaismq_openwire::{
    Command, ConnectionError, ExceptionResponse, IntegerResponse, MessageDispatch, Response,
};

use crate::engine::{
    Engine,
    io::{Effect, Link},
    state::{client::Client, in_flight::InFlight, outcomes::Answer, refusal::Refusal, work::Due},
};

/// What a client may always be owed. More than what it may have read without having said so.
const ALWAYS: usize = 128 * 1024;

impl Engine {
    pub(crate) fn respond(&mut self, link: Link, answer_to: Option<i32>) {
        if let Some(correlation_id) = answer_to {
            self.send_to(link, Response { correlation_id, ..Response::default() });
        }
    }

    pub(crate) fn send_to(&mut self, link: Link, command: impl Into<Command>) {
        let command = command.into();
        let bytes = command.footprint();
        self.send_weighed(link, command, bytes);
    }

    /// A message of which it is known what it takes in memory.
    pub(crate) fn send_message(&mut self, link: Link, dispatch: MessageDispatch, bytes: usize) {
        self.send_weighed(link, dispatch.into(), bytes + size_of::<Command>());
    }

    fn send_weighed(&mut self, link: Link, command: Command, bytes: usize) {
        if let Some(client) = self.clients.late_mut(link).filter(|client| !client.closing) {
            client.owed.add(bytes);
            self.effects.push_back(Effect::Send { link, command, bytes });
        }
    }

    /// By the response if the client waits for one, by a connection error otherwise.
    pub(crate) fn refuse(&mut self, link: Link, answer_to: Option<i32>, refusal: &Refusal) {
        let exception = Some(refusal.throwable());
        match answer_to {
            Some(correlation_id) => self.send_to(
                link,
                ExceptionResponse { correlation_id, exception, ..ExceptionResponse::default() },
            ),
            None => {
                self.send_to(link, ConnectionError { exception, ..ConnectionError::default() });
            }
        }
    }

    /// It has succeeded.
    pub(crate) fn answer(&mut self, link: Link, answer: Answer) {
        match answer {
            Answer::Response(command) => self.respond(link, Some(command)),
            Answer::Number(correlation_id, result) => self.send_to(
                link,
                IntegerResponse { correlation_id, result, ..IntegerResponse::default() },
            ),
            Answer::Window(ack) => self.send_to(link, *ack),
            Answer::Silence => {}
        }
    }

    /// It has failed.
    pub(crate) fn answer_failure(&mut self, link: Link, answer: Answer, refusal: &Refusal) {
        match answer {
            Answer::Response(command) | Answer::Number(command, _) => {
                self.refuse(link, Some(command), refusal);
            }
            Answer::Window(ack) => {
                self.send_to(link, *ack);
                self.refuse(link, None, refusal);
            }
            Answer::Silence => self.refuse(link, None, refusal),
        }
    }

    /// It is not owed too much. A little is never too much, so that each client can go on.
    pub(crate) fn reads(&self, link: Link) -> bool {
        let Some(client) = self.clients.get(link) else { return false };
        let limit = self.settings.outbound_bytes;
        let owed = client.owed.bytes() + client.promised;
        let reads = owed < limit && (owed < ALWAYS || client.owed.may_grow());
        client.refused.set(client.refused.get() || !reads);
        reads
    }

    /// A slow reader has caught up.
    pub(crate) fn written(&mut self, link: Link, bytes: usize) {
        self.lighten(link, |client| client.owed.take(bytes));
    }

    /// A client is owed less than before, perhaps so much less that its consumers may have more.
    pub(crate) fn lighten(&mut self, link: Link, less: impl FnOnce(&mut Client)) {
        let Some(client) = self.clients.late_mut(link) else { return };
        less(client);
        if client.owed.bytes() == 0 {
            self.remembered.told(client);
        }
        if client.refused.replace(false) && self.reads(link) {
            self.work.due(Due::Client(link));
        }
    }

    /// What is promised to a client counts as if it were on its way.
    pub(crate) fn promise(&mut self, link: Link, bytes: usize) {
        if let Some(client) = self.clients.get_mut(link) {
            client.promised += bytes;
        }
    }

    /// These will not be sent after all.
    pub(crate) fn keep_no_promise(&mut self, link: Link, gone: &[InFlight]) {
        let unsent = gone.iter().filter(|it| !it.sent);
        let bytes: usize = unsent.map(|it| it.entry.bytes).sum();
        if bytes > 0 {
            self.lighten(link, |client| {
                client.promised = client.promised.saturating_sub(bytes);
            });
        }
    }
}
