//! The end of a connection whose brokers would all fail again in the same way.

use relaismq_openwire::ExceptionResponse;

use super::{
    Client,
    io::{Epoch, Failure, Output},
    settle::refusal,
};

impl Client {
    /// The broker of an attempt cannot be used before something is changed.
    pub(super) fn unusable(&mut self, epoch: Epoch, reason: &str) {
        if self.search.unusable(epoch, reason, self.now.instant) {
            self.end_unusable();
        }
        self.search_on();
    }

    /// The broker has refused the login.
    pub(super) fn login_refused(&mut self, refused: &ExceptionResponse) {
        let (class, message) = match refusal(refused.exception.as_ref()) {
            Failure::Refused { class, message } => (class, message),
            other => return self.lost(&format!("login refused: {other}")),
        };
        let reason = format!("login refused: {class}: {message}");
        let (broker, now) = (self.link.broker(), self.now.instant);
        let is_final = if class.ends_with("InvalidClientIDException") {
            self.search.id_in_use(&broker, &reason, now)
        } else {
            self.search.refused(&broker, &reason, now)
        };
        if !is_final {
            return self.lost(&reason);
        }
        self.outputs.push_back(Output::HangUp(self.link.epoch));
        if self.search.has_faults() {
            return self.end_unusable();
        }
        self.end(Some(reason), &Failure::LoginRefused { class, message });
    }

    fn end_unusable(&mut self) {
        let failures = self.search.failures().to_vec();
        let reason = format!("no broker can be used: {}", self.search.reasons());
        self.end(Some(reason), &Failure::Unusable(failures));
    }
}
