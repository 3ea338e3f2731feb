//! From a broker that was found to a link in use, and what follows when that is lost.

use relaismq_openwire::{Agreed, Command, KeepAliveInfo};

use super::{
    Client,
    answers::Answers,
    event::Event,
    heartbeat::Heartbeat,
    io::{Answer, Epoch, Failure, Output},
    link::Phase,
    login,
    search::Step,
    weight::weight,
};
use crate::options::Endpoint;

impl Client {
    /// Does what the search wants done.
    pub(super) fn search_on(&mut self) {
        while let Some(step) = self.search.next_step() {
            match step {
                Step::Dial(epoch, endpoint) => {
                    self.outputs.push_back(Output::Dial(epoch, Box::new(endpoint)));
                }
                Step::Introduce(epoch, endpoint) => self.introduce(epoch, &endpoint),
                Step::Agree(epoch, agreed) => self.outputs.push_back(Output::Agree(epoch, agreed)),
                Step::HangUp(epoch) => self.outputs.push_back(Output::HangUp(epoch)),
                Step::LogIn(epoch, endpoint, agreed) => self.log_in(epoch, endpoint, &agreed),
                Step::Notify(event) => self.notify(event),
                Step::KeepAlive(epoch, asks) => self.keep_alive(epoch, asks),
                Step::Move { to, broker, why } => self.begin_move(to, broker, why),
                Step::Stay => self.stay("the other broker is gone"),
                Step::ReadList(file) => self.outputs.push_back(Output::ReadList(file)),
                Step::GiveUp => self.exhausted(),
            }
        }
    }

    fn introduce(&mut self, epoch: Epoch, endpoint: &Endpoint) {
        match login::introduction(endpoint) {
            Ok(info) => self.outputs.push_back(Output::Send(epoch, info.into())),
            Err(error) => {
                let reason = format!("the wire format options cannot be sent: {error}");
                self.search.attempt_failed(epoch, &reason, self.now.instant);
            }
        }
    }

    fn keep_alive(&mut self, epoch: Epoch, asks: bool) {
        let mut beat = Command::from(KeepAliveInfo::default());
        if asks {
            beat.set_request(self.ledger.command_id(), true);
        }
        self.outputs.push_back(Output::Send(epoch, beat));
    }

    fn exhausted(&mut self) {
        let failures = self.search.failures().to_vec();
        let reason = format!("no broker can be reached: {}", self.search.reasons());
        self.end(Some(reason), &Failure::Exhausted(failures));
    }

    fn response_deadline(&self) -> Option<std::time::Instant> {
        self.options.timeouts.connect_response.map(|time| self.now.after(time))
    }

    /// A broker is ready: the link begins.
    fn log_in(&mut self, epoch: Epoch, endpoint: Endpoint, agreed: &Agreed) {
        let delay = endpoint.options.wire_format.max_inactivity_duration_initial_delay;
        self.link.heartbeat = Heartbeat::off(self.now.instant);
        self.link.heartbeat.watch(agreed.max_inactivity, self.now.after(delay));
        self.link.epoch = epoch;
        self.link.endpoint = Some(endpoint);
        self.write(login::fault_tolerant());
        let command_id = self.ledger.command_id();
        let reconnect = self.search.ever_connected();
        let mut info = login::connection_info(
            &self.options,
            &self.registry.connection,
            &self.client_id,
            reconnect,
        );
        info.command_id = command_id;
        info.response_required = true;
        self.write(info);
        self.link.answers = Answers::of_login(command_id, self.now.instant);
        self.link.phase = Phase::LoggingIn(self.response_deadline(), command_id);
    }

    /// The phase's time is over.
    pub(super) fn phase_timeout(&mut self) {
        if self.link.deadline().is_none_or(|deadline| deadline > self.now.instant) {
            return;
        }
        if self.link.excuses_silence(self.now.instant) {
            return;
        }
        match self.link.phase {
            Phase::LoggingIn(..) => self.lost("no answer to the login in time"),
            Phase::Restoring(..) => self.lost("no answer to the restore in time"),
            Phase::Parting(..) => self.parted(),
            Phase::Closing(_) => self.closed_in_order(),
            Phase::Connected => self.leave_behind(),
            Phase::Down | Phase::Ended(_) => {}
        }
    }

    /// The broker has accepted the login.
    pub(super) fn logged_in(&mut self) {
        self.search.logged_in();
        self.search_on();
        if self.search.ever_connected() {
            let (broker, epoch) = (self.link.broker(), self.link.epoch);
            self.notify(Event::Restoring { broker, epoch });
        }
        if !self.restore() {
            self.connected();
        }
    }

    /// The broker has confirmed everything that was restored.
    pub(super) fn connected(&mut self) {
        // What is late already is not written any more.
        self.expire_overdue();
        self.link.phase = Phase::Connected;
        let written = self.ledger.write_all(self.link.epoch);
        let resent = written.again;
        for command in written.commands {
            self.write_again(command);
        }
        for (request, message_id) in written.handed_over {
            self.answer(Some(request), Ok(Answer::Sent { message_id, confirmed: false }));
        }
        for producer in written.settled {
            self.send_settled(producer);
        }
        self.hold_again();
        self.resume_pulls();
        for key in self.registry.consumers.keys().copied().collect::<Vec<_>>() {
            self.release_early(key);
        }
        self.notify(self.connection_event(resent));
        self.search.succeeded(&self.link.broker(), self.now.instant);
        self.search_on();
        self.link.interrupted_at = None;
        for request in std::mem::take(&mut self.connecting) {
            self.answer(Some(request), Ok(Answer::Done));
        }
    }

    fn connection_event(&self, resent: usize) -> Event {
        let (broker, epoch) = (self.link.broker(), self.link.epoch);
        if !self.search.ever_connected() {
            return Event::Connected { broker, epoch };
        }
        let outage = self.link.interrupted_at.map(|at| self.now.instant - at).unwrap_or_default();
        let (attempts, restored) = (self.search.attempts(), self.link.restored);
        Event::Resumed { broker, epoch, outage, attempts, restored, resent }
    }

    /// The link is gone, or never came to be.
    pub(super) fn lost(&mut self, reason: &str) {
        if matches!(self.link.phase, Phase::Parting(..)) {
            return self.parted();
        }
        self.outputs.push_back(Output::HangUp(self.link.epoch));
        // Nothing is written to it from here on.
        let phase = std::mem::replace(&mut self.link.phase, Phase::Down);
        let (broker, epoch, now) = (self.link.broker(), self.link.epoch, self.now.instant);
        match phase {
            Phase::Closing(_) => return self.end(None, &closed_by_us()),
            Phase::Connected if self.link.leaving.is_some() => {
                return self.end(None, &closed_by_us());
            }
            Phase::Connected => {
                self.moving = None;
                let reason = reason.to_owned();
                self.search.left(&broker, &reason, None, now);
                self.notify(Event::Interrupted { broker, reason, epoch });
                self.link.interrupted_at = Some(now);
                self.tell_lost_one_ways();
                self.interrupted();
            }
            phase => {
                // An interruption that was never answered is still the same one.
                if matches!(phase, Phase::Restoring(..)) {
                    self.interrupted();
                }
                self.search.link_failed(&broker, reason, now);
            }
        }
        self.search_on();
    }

    /// The broker that is left knows so, or takes too long to say so.
    pub(super) fn parted(&mut self) {
        let Phase::Parting(_, _, to) = std::mem::replace(&mut self.link.phase, Phase::Down) else {
            return;
        };
        self.outputs.push_back(Output::HangUp(self.link.epoch));
        self.tell_lost_one_ways();
        let (broker, now) = (self.link.broker(), self.now.instant);
        self.search.left(&broker, "", Some(to), now);
        self.search_on();
    }

    fn write_again(&mut self, mut command: Command) {
        let command_id = command.command_id().unwrap_or_default();
        if command.response_required() {
            self.link.one_way.asked(command_id);
        } else if let Command::Message(message) = &command
            && self.link.one_way.wrote(command_id, weight(message), message.persistent)
        {
            command.set_request(command_id, true);
        }
        self.write(command);
    }

    fn tell_lost_one_ways(&mut self) {
        let lost = self.link.one_way.lost();
        if lost > 0 {
            let text = format!(
                "up to {lost} non-persistent messages may be lost with the link: nobody asked for \
                 their confirmation"
            );
            self.notify(Event::Warning(text));
        }
    }

    /// Skip the waiting.
    pub(super) fn reconnect_now(&mut self) {
        self.search.hurry(self.now.instant);
        self.search_on();
    }
}

pub(super) const fn closed_by_us() -> Failure {
    Failure::Closed { maybe_done: false, reason: None }
}
