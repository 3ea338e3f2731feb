//! From one phase of the link to the next.

use relaismq_openwire::{Command, ExceptionResponse, WireFormatInfo};

use super::{
    Client,
    backoff::NextPass,
    event::Event,
    heartbeat::Heartbeat,
    io::{Answer, Epoch, Failure, Output},
    link::Phase,
    login,
    weight::weight,
};
use crate::options::Endpoint;

/// Refusals of one broker after which its refusal counts as final.
const FINAL_REFUSALS: u32 = 2;

impl Client {
    /// The phase's time is over.
    pub(super) fn phase_timeout(&mut self) {
        if self.link.deadline().is_none_or(|deadline| deadline > self.now.instant) {
            return;
        }
        match self.link.phase {
            Phase::Waiting(_) => self.begin_pass(),
            Phase::Negotiating(_) => {
                self.lost("no WireFormatInfo in time: is this an OpenWire port?");
            }
            Phase::LoggingIn(..) => self.lost("no answer to the login in time"),
            Phase::Restoring(..) => self.lost("no answer to the restore in time"),
            Phase::Closing(_) => self.closed_in_order(),
            Phase::Dialling | Phase::Connected | Phase::Ended(_) => {}
        }
    }

    fn begin_pass(&mut self) {
        self.link.pass = self.link.list.next_pass().into();
        self.dial_next();
    }

    fn dial_next(&mut self) {
        match self.link.pass.pop_front() {
            Some(endpoint) => self.dial(endpoint),
            None => {
                let next = self.link.delays.pass_failed(self.now.instant);
                if self.link.delays.should_warn() {
                    let passes = self.link.delays.failed_passes();
                    let reasons = self.link.reasons();
                    let text = format!("no broker can be reached, {passes} passes: {reasons}");
                    self.notify(Event::Warning(text));
                }
                self.wait(next);
            }
        }
    }

    fn wait(&mut self, next: NextPass) {
        let NextPass::After(delay) = next else { return self.exhausted() };
        if !delay.is_zero() && self.link.delays.failed_passes() > 0 {
            let passes = self.link.delays.failed_passes();
            self.notify(Event::Waiting { delay, passes });
        }
        self.link.phase = Phase::Waiting(self.now.after(delay));
    }

    fn exhausted(&mut self) {
        let failures = self.link.failures.clone();
        let reason = format!("no broker can be reached: {}", self.link.reasons());
        self.end(Some(reason), &Failure::Exhausted(failures));
    }

    fn dial(&mut self, endpoint: Endpoint) {
        self.link.epoch = Epoch(self.link.epoch.0 + 1);
        self.link.attempts += 1;
        self.link.heartbeat = Heartbeat::off(self.now.instant);
        self.link.endpoint = Some(endpoint.clone());
        self.link.phase = Phase::Dialling;
        let broker = endpoint.address.clone();
        self.notify(Event::Connecting { broker, attempt: self.link.attempts });
        self.outputs.push_back(Output::Dial(self.link.epoch, endpoint));
    }

    /// The socket is open: introduce ourselves.
    pub(super) fn dialled(&mut self) {
        let Some(endpoint) = self.link.endpoint.clone() else { return };
        self.link.phase = Phase::Negotiating(self.response_deadline());
        match login::introduction(&endpoint) {
            Ok(info) => self.write(info),
            Err(error) => self.lost(&format!("the wire format options cannot be sent: {error}")),
        }
    }

    fn response_deadline(&self) -> Option<std::time::Instant> {
        self.options.timeouts.connect_response.map(|time| self.now.after(time))
    }

    /// The peer has introduced itself: log in.
    pub(super) fn introduced(&mut self, theirs: &WireFormatInfo) {
        let Some(endpoint) = self.link.endpoint.clone() else { return };
        let agreed = match login::preferences(&endpoint).negotiate(theirs) {
            Ok(agreed) => agreed,
            Err(error) => return self.lost(&error.to_string()),
        };
        let delay = endpoint.options.wire_format.max_inactivity_duration_initial_delay;
        self.link.heartbeat.watch(agreed.max_inactivity, self.now.after(delay));
        self.outputs.push_back(Output::Agree(self.link.epoch, Box::new(agreed)));
        self.write(login::fault_tolerant());
        let command_id = self.ledger.command_id();
        let reconnect = self.link.ever_connected;
        let mut info = login::connection_info(
            &self.options,
            &self.registry.connection,
            &self.client_id,
            reconnect,
        );
        info.command_id = command_id;
        info.response_required = true;
        self.write(info);
        self.link.phase = Phase::LoggingIn(self.response_deadline(), command_id);
    }

    /// The broker has accepted the login.
    pub(super) fn logged_in(&mut self) {
        if self.link.ever_connected {
            let (broker, epoch) = (self.link.broker(), self.link.epoch);
            self.notify(Event::Restoring { broker, epoch });
        }
        self.restore();
    }

    /// The broker has refused the login: final if every broker did so, often enough.
    pub(super) fn login_refused(&mut self, refused: &ExceptionResponse) {
        let (class, message) = match super::settle::refusal(refused.exception.as_ref()) {
            Failure::Refused { class, message } => (class, message),
            other => return self.lost(&format!("login refused: {other}")),
        };
        *self.link.refusals.entry(self.link.broker()).or_default() += 1;
        let enough = if self.link.ever_connected { FINAL_REFUSALS } else { 1 };
        let all = self.link.list.brokers().all(|known| {
            self.link.refusals.get(&known.endpoint.address).is_some_and(|count| *count >= enough)
        });
        let reason = format!("login refused: {class}: {message}");
        if all {
            self.outputs.push_back(Output::HangUp(self.link.epoch));
            return self.end(Some(reason), &Failure::LoginRefused { class, message });
        }
        self.lost(&reason);
    }

    /// The broker has confirmed everything that was restored.
    pub(super) fn connected(&mut self) {
        // What is late already is not written any more.
        self.expire_overdue();
        self.link.phase = Phase::Connected;
        self.link.delays.connected(self.now.instant);
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
        self.resume_pulls();
        for key in self.registry.consumers.keys().copied().collect::<Vec<_>>() {
            self.release_early(key);
        }
        self.notify(self.connection_event(resent));
        self.link.ever_connected = true;
        self.link.interrupted_at = None;
        self.link.attempts = 0;
        self.link.failures.clear();
        self.link.refusals.clear();
        for request in std::mem::take(&mut self.connecting) {
            self.answer(Some(request), Ok(Answer::Done));
        }
    }

    fn connection_event(&self, resent: usize) -> Event {
        let (broker, epoch) = (self.link.broker(), self.link.epoch);
        if !self.link.ever_connected {
            return Event::Connected { broker, epoch };
        }
        let outage = self.link.interrupted_at.map(|at| self.now.instant - at).unwrap_or_default();
        let (attempts, restored) = (self.link.attempts, self.link.restored);
        Event::Resumed { broker, epoch, outage, attempts, restored, resent }
    }

    /// The link is gone, or never came to be.
    pub(super) fn lost(&mut self, reason: &str) {
        self.outputs.push_back(Output::HangUp(self.link.epoch));
        self.link.note_failure(reason);
        // Nothing is written to it from here on.
        let waiting = Phase::Waiting(self.now.instant);
        let phase = std::mem::replace(&mut self.link.phase, waiting);
        match phase {
            Phase::Closing(_) => return self.end(None, &closed_by_us()),
            Phase::Connected => {
                let (broker, epoch) = (self.link.broker(), self.link.epoch);
                self.notify(Event::Interrupted { broker, reason: reason.to_owned(), epoch });
                self.link.interrupted_at = Some(self.now.instant);
                self.link.attempts = 0;
                self.tell_lost_one_ways();
                self.interrupted();
                let next = self.link.delays.lost(self.now.instant);
                return self.wait(next);
            }
            // An interruption that was never answered is still the same one.
            Phase::Restoring(..) => self.interrupted(),
            _ => {}
        }
        let broker = self.link.broker();
        self.notify(Event::Failed { broker, reason: reason.to_owned() });
        self.dial_next();
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
        if matches!(self.link.phase, Phase::Waiting(_)) {
            self.begin_pass();
        }
    }
}

pub(super) const fn closed_by_us() -> Failure {
    Failure::Closed { maybe_done: false, reason: None }
}
