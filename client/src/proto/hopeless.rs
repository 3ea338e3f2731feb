//! When to end a connection although its limits would let it go on: every broker fails in a way that would
//! repeat itself.

use std::{collections::HashMap, time::Duration};

use relaismq_openwire::ExceptionResponse;

use super::{
    Client,
    io::{Failure, Output},
    link::Phase,
    settle::refusal,
};
use crate::options::BrokerAddress;

/// Failures of one broker after which they count as final, once the connection has been in use.
const FINAL_FAILURES: u32 = 2;
/// How long an interruption must have lasted before wrong certificates end a connection that has been in
/// use: they get renewed, on all machines at about the same time.
const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    /// The broker of the attempt cannot be used before something is changed.
    pub(super) fn unusable(&mut self, reason: &str) {
        *self.link.unusable.entry(self.link.broker()).or_default() += 1;
        self.lost_or_hopeless(reason, None);
    }

    /// The broker has refused the login.
    pub(super) fn login_refused(&mut self, refused: &ExceptionResponse) {
        let (class, message) = match refusal(refused.exception.as_ref()) {
            Failure::Refused { class, message } => (class, message),
            other => return self.lost(&format!("login refused: {other}")),
        };
        *self.link.refusals.entry(self.link.broker()).or_default() += 1;
        let reason = format!("login refused: {class}: {message}");
        self.lost_or_hopeless(&reason, Some(Failure::LoginRefused { class, message }));
    }

    fn lost_or_hopeless(&mut self, reason: &str, login: Option<Failure>) {
        if !self.is_hopeless() {
            return self.lost(reason);
        }
        self.link.note_failure(reason);
        self.outputs.push_back(Output::HangUp(self.link.epoch));
        match login.filter(|_| self.link.unusable.is_empty()) {
            Some(failure) => self.end(Some(reason.to_owned()), &failure),
            None => {
                let reasons = format!("no broker can be used: {}", self.link.reasons());
                self.end(Some(reasons), &Failure::Unusable(self.link.failures.clone()));
            }
        }
    }

    /// Every known broker has refused the login or proved unusable, often enough.
    fn is_hopeless(&self) -> bool {
        if self.link.is_writable() || matches!(self.link.phase, Phase::Closing(_)) {
            return false;
        }
        let enough = if self.link.ever_connected { FINAL_FAILURES } else { 1 };
        let times = |broker: &BrokerAddress| {
            let count = |of: &HashMap<_, u32>| of.get(broker).copied();
            count(&self.link.refusals).unwrap_or(0) + count(&self.link.unusable).unwrap_or(0)
        };
        let all = self.link.list.brokers().all(|it| times(&it.endpoint.address) >= enough);
        all && (self.link.unusable.is_empty() || self.is_out_of_patience())
    }

    fn is_out_of_patience(&self) -> bool {
        self.link.interrupted_at.is_none_or(|at| self.now.instant >= at + PATIENCE)
    }
}
