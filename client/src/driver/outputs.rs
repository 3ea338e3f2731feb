//! What the core wants done.

use std::sync::atomic::Ordering;

use relaismq_openwire::{Command, EncodeError, ExceptionResponse, Throwable};

use super::Driver;
use super::job::Job;
use super::mailbox::End;
use super::port::{Ending, Queues};
use super::ticket::Outcome;
use crate::proto::event::Event;
use crate::proto::io::{
    Answer, ConsumerKey, Delivery, Epoch, Failure, Input, Output, Request, RequestId,
    UNSENDABLE_CLASS,
};
use crate::state::State;

impl Driver {
    pub(super) fn work_off_outputs(&mut self) {
        while let Some(output) = self.core.poll_output() {
            self.perform(output);
        }
        self.hand_in();
    }

    fn perform(&mut self, output: Output) {
        if !matches!(output, Output::Deliver(..) | Output::Send(..)) {
            self.hand_in();
        }
        match output {
            Output::Deliver(key, delivery) => self.arrived(key, delivery),
            Output::ReadList(file) => self.reading = Some(self.list_file.read(file)),
            Output::Dial(epoch, endpoint) => self.links.dial(epoch, *endpoint),
            Output::Send(epoch, command) => self.send(epoch, &command),
            Output::Agree(epoch, agreed) => {
                if let Some(link) = self.links.get(epoch) {
                    link.agree(&agreed);
                }
            }
            Output::HangUp(epoch) => self.links.hang_up(epoch, self.now.instant),
            Output::Answer(id, outcome) => self.answer(id, outcome),
            Output::Redeliver(..)
            | Output::Hold(_)
            | Output::Discard(_)
            | Output::EndOfBrowse(_)
            | Output::ConsumerEnded(..) => self.fill_mailbox(output),
            Output::Notify(event @ Event::Closed { .. }) => {
                // The last word on what is lost with it.
                self.tell_left_behind();
                self.notify(event);
            }
            Output::Notify(event) => self.notify(event),
            Output::Ended(failure) => self.end(failure),
        }
    }

    /// Deliveries for one consumer go to its mailbox together.
    fn arrived(&mut self, key: ConsumerKey, delivery: Delivery) {
        if self.arriving_for != key {
            self.hand_in();
            self.arriving_for = key;
        }
        self.arriving.push(delivery);
    }

    /// Before anything else is done that its application may see.
    fn hand_in(&mut self) {
        if self.arriving.is_empty() {
            return;
        }
        let waker = match self.mailboxes.get(&self.arriving_for) {
            Some(mailbox) => mailbox.deliver(&mut self.arriving),
            None => {
                self.arriving.clear();
                None
            }
        };
        self.wakers.extend(waker);
    }

    fn fill_mailbox(&mut self, output: Output) {
        let waker = match output {
            Output::Redeliver(key, deliveries) => {
                self.mailboxes.get(&key).and_then(|it| it.redeliver(deliveries))
            }
            Output::Hold(key) => {
                let mailbox = self.mailboxes.get(&key);
                mailbox.inspect(|it| it.hold());
                self.report_seen(key, mailbox.and_then(|it| it.seen()));
                None
            }
            Output::Discard(key) => {
                let mailbox = self.mailboxes.get(&key);
                mailbox.inspect(|it| it.discard());
                // Whoever gets it again shall know.
                self.report_seen(key, mailbox.and_then(|it| it.seen()));
                None
            }
            Output::EndOfBrowse(key) => self.end_mailbox(key, End::Browsed),
            Output::ConsumerEnded(key, failure) => self.end_mailbox(key, End::Failed(failure)),
            _ => None,
        };
        self.wakers.extend(waker);
    }

    fn end_mailbox(&mut self, key: ConsumerKey, end: End) -> Option<std::task::Waker> {
        self.mailboxes.remove(&key)?.end(end)
    }

    fn send(&mut self, epoch: Epoch, command: &Command) {
        if let Err(error) = self.links.send(epoch, command, self.now.instant) {
            self.unsendable(epoch, command, &error);
        }
    }

    /// A command that cannot be encoded is refused on the broker's behalf, so that whoever waits for
    /// it hears of it; the link is as good as before.
    fn unsendable(&mut self, epoch: Epoch, command: &Command, error: &EncodeError) {
        tracing::warn!(command = command.name(), %error, "a command cannot be sent");
        // A message of a transaction waits for no response, but the transaction must not go on
        // without it.
        let matters = command.response_required() || matches!(command, Command::Message(_));
        if let (true, Some(correlation_id)) = (matters, command.command_id()) {
            let refusal = ExceptionResponse {
                correlation_id,
                exception: Some(Throwable::new(UNSENDABLE_CLASS, error.to_string())),
                ..ExceptionResponse::default()
            };
            self.core.handle(self.now, Input::Received(epoch, refusal.into()));
        } else {
            let text = format!("a {} was dropped: {error}", command.name());
            self.notify(Event::Warning(text));
        }
    }

    fn answer(&mut self, id: RequestId, outcome: Outcome) {
        let Some(waiting) = self.waiting.remove(&id) else { return };
        if let (Ok(Answer::Consumer(key)), Some(mailbox)) = (&outcome, waiting.mailbox) {
            mailbox.opened(*key);
            self.mailboxes.insert(*key, mailbox);
        }
        let outcome = outcome.map(|answer| self.completed(answer));
        if let Err(Ok(orphan)) = waiting.reply.answer(outcome) {
            self.close_orphan(orphan);
        }
    }

    /// Closes what was opened for somebody who has gone meanwhile.
    pub(super) fn close_orphan(&mut self, answer: Answer) {
        let request = match answer {
            Answer::Session(session) => Request::CloseSession(session),
            Answer::Producer(producer) => Request::CloseProducer(producer),
            Answer::Consumer(consumer) => Request::CloseConsumer(consumer),
            Answer::Temporary(destination) => Request::DeleteDestination(destination),
            Answer::Done
            | Answer::Sent { .. }
            | Answer::Pulled(_)
            | Answer::Drained(_)
            | Answer::Statistics(_) => return,
        };
        self.forget_mailboxes(&request);
        self.submit(None, request, None);
    }

    /// The state changes before the event is told, so that a listener finds them in step.
    pub(super) fn notify(&self, event: Event) {
        let state = match &event {
            Event::Connected { broker, .. } | Event::Resumed { broker, .. } => {
                Some(State::Connected { broker: broker.clone() })
            }
            Event::Interrupted { .. } => Some(State::Reconnecting),
            Event::Closed { reason } => Some(State::Closed { reason: reason.clone() }),
            _ => None,
        };
        match &event {
            Event::Interrupted { .. } | Event::ConsumerLost { .. } | Event::Warning(_) => {
                tracing::warn!(%event);
            }
            _ => tracing::info!(%event),
        }
        if let Some(state) = state {
            let connected = matches!(state, State::Connected { .. });
            self.inlet.queues.connected.store(connected, Ordering::Release);
            self.inlet.state.send_replace(state);
        }
        // Nobody needs to listen.
        let _ = self.inlet.events.send(event);
    }

    /// Whatever is still open ends with the connection.
    pub(super) fn end(&mut self, failure: Failure) {
        self.ended = true;
        // Known before anybody can find the lanes closed. There is one end only.
        let mut statistics = self.core.statistics(self.now.instant);
        statistics.nothing_left();
        let _ = self.inlet.ending.set(Ending { failure, statistics });
        let mut reason = None;
        self.inlet.state.send_if_modified(|state| match state {
            State::Closed { reason: known } => {
                reason.clone_from(known);
                false
            }
            _ => {
                *state = State::Closed { reason: None };
                true
            }
        });
        let closed = |maybe_done| Failure::Closed { maybe_done, reason: reason.clone() };
        for mailbox in std::mem::take(&mut self.mailboxes).into_values() {
            self.wakers.extend(mailbox.end(End::Failed(closed(false))));
        }
        for (_, waiting) in self.waiting.drain() {
            // Whoever has gone does not mind.
            let _ = waiting.reply.answer(Err(closed(true)));
        }
        let Queues { ordered, urgent, acknowledgements, connected } = &*self.inlet.queues;
        connected.store(false, Ordering::Release);
        let queued = [ordered.close(), urgent.close(), acknowledgements.close()];
        let left = self.backlog.drain(..).chain(queued.into_iter().flatten());
        for Job { reply, .. } in left {
            if let Some(reply) = reply.filter(|reply| reply.take()) {
                let _ = reply.answer(Err(closed(false)));
            }
        }
    }
}
