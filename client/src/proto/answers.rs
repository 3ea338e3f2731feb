//! How long the peer usually takes to answer.

use std::time::{Duration, Instant};

/// Measures one question at a time.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// The question that is being measured, and when it was written.
    measured: Option<(i32, Instant)>,
    /// Falls slowly and rises at once: what is slow now and then is not to be taken for silence.
    usual: Option<Duration>,
    /// So far only the login was answered, which may take longer than anything else.
    only_login: bool,
}

/// The least patience with a peer, whatever is usual.
const LEAST: Duration = Duration::from_millis(100);

/// A question that old is not answered any more.
const FORGOTTEN: Duration = Duration::from_secs(60);

impl Answers {
    /// On a new link, the question of which is the login.
    pub(crate) const fn of_login(command_id: i32, now: Instant) -> Self {
        Self { measured: Some((command_id, now)), usual: None, only_login: true }
    }

    /// A question is written.
    pub(crate) fn asked(&mut self, command_id: i32, now: Instant) {
        let forgotten = |since: Instant| now.saturating_duration_since(since) > FORGOTTEN;
        if self.measured.is_none_or(|(_, since)| forgotten(since)) {
            self.measured = Some((command_id, now));
        }
    }

    /// A question is answered. Answers come in order, so an earlier one will not be any more.
    pub(crate) fn answered(&mut self, command_id: i32, now: Instant) {
        let Some((measured, since)) = self.measured.filter(|(id, _)| *id <= command_id) else {
            return;
        };
        self.measured = None;
        if measured != command_id {
            return;
        }
        let took = now.saturating_duration_since(since);
        let before = self.usual.filter(|_| !std::mem::take(&mut self.only_login));
        self.usual = Some(took.max(before.map_or(took, |before| before - before / 8 + took / 8)));
    }

    /// How long a peer may be silent that is asked to answer: twice as long as usual, and a tenth of a
    /// second at least.
    pub(crate) fn patience(&self) -> Duration {
        self.usual.map_or(LEAST, |usual| usual.saturating_mul(2).max(LEAST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[allow(clippy::disallowed_methods, reason = "tests need some origin of time")]
    fn answers() -> (Answers, Instant) {
        let now = Instant::now();
        (Answers::of_login(1, now), now)
    }

    fn answer(answers: &mut Answers, now: &mut Instant, id: i32, took: u32) {
        answers.asked(id, *now);
        *now += MS * took;
        answers.answered(id, *now);
    }

    #[test]
    fn the_login_counts_only_as_long_as_nothing_else_was_answered() {
        let (mut answers, mut now) = answers();
        assert_eq!(answers.patience(), MS * 100);
        now += MS * 3000;
        answers.answered(1, now);
        assert_eq!(answers.patience(), MS * 6000);
        answer(&mut answers, &mut now, 2, 5);
        assert_eq!(answers.patience(), MS * 100);
    }

    #[test]
    fn patience_rises_at_once_and_falls_slowly() {
        let (mut answers, mut now) = answers();
        answers.answered(1, now);
        answer(&mut answers, &mut now, 2, 300);
        assert_eq!(answers.patience(), MS * 600);
        answer(&mut answers, &mut now, 3, 20);
        assert_eq!(answers.patience(), MS * 530);
        for id in 4..60 {
            answer(&mut answers, &mut now, id, 20);
        }
        assert_eq!(answers.patience(), MS * 100);
    }

    #[test]
    fn a_question_that_is_never_answered_does_not_stop_the_measuring() {
        let (mut answers, mut now) = answers();
        answers.answered(1, now);
        answers.asked(2, now);
        now += MS * 1000;
        answers.asked(3, now);
        answers.answered(3, now);
        answer(&mut answers, &mut now, 4, 200);
        assert_eq!(answers.patience(), MS * 400);
    }
}
