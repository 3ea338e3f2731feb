//! Who waits for an answer of the engine.

use std::collections::HashMap;

use tokio::sync::oneshot;

use crate::engine::io::{Report, Token};

/// The engine task's own questions, which nobody waits for.
pub(super) const OWN: Token = Token(0);

/// Open questions.
#[derive(Debug, Default)]
pub(super) struct Answers {
    last: u64,
    waiting: HashMap<Token, oneshot::Sender<Report>>,
}

impl Answers {
    /// Names a question.
    pub(super) fn expect(&mut self, answer: oneshot::Sender<Report>) -> Token {
        self.last += 1;
        let token = Token(self.last);
        self.waiting.insert(token, answer);
        token
    }

    /// Whoever does not wait any more is not told.
    pub(super) fn give(&mut self, token: Token, report: Report) {
        if let Some(answer) = self.waiting.remove(&token) {
            drop(answer.send(report));
        }
    }
}
