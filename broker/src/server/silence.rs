//! Whether a peer that says nothing is still there.
//!
//! As ActiveMQ's inactivity monitor: nothing is checked before the initial delay, since a peer's own
//! signs of life begin then, and anything that was heard since the last look will do. Before it is
//! given up, a peer is asked.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// What to do about a silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was heard.
    Alive,
    /// Ask it for a sign of life.
    Ask,
    /// It was asked, and has not answered.
    Dead,
}

/// The regular look.
#[derive(Debug)]
pub(crate) struct Silence {
    looks: Option<Interval>,
    heard: bool,
    asked: bool,
}

impl Silence {
    /// A look every so often; zero switches it off.
    pub(crate) fn new(every: Duration, initial_delay: Duration) -> Self {
        let looks = (!every.is_zero()).then(|| {
            let mut looks = interval_at(Instant::now() + initial_delay + every, every);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            looks
        });
        Self { looks, heard: true, asked: false }
    }

    /// The peer has said something, or was not listened to.
    pub(crate) const fn broken(&mut self) {
        (self.heard, self.asked) = (true, false);
    }

    /// When it is time to look. Cancel-safe.
    pub(crate) async fn due(&mut self) {
        match &mut self.looks {
            Some(looks) => drop(looks.tick().await),
            None => std::future::pending().await,
        }
    }

    pub(crate) const fn look(&mut self) -> Verdict {
        match (std::mem::replace(&mut self.heard, false), self.asked) {
            (true, _) => Verdict::Alive,
            (false, true) => Verdict::Dead,
            (false, false) => {
                self.asked = true;
                Verdict::Ask
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_peer_is_asked_before_it_is_given_up() {
        let mut silence = Silence { looks: None, heard: true, asked: false };
        assert_eq!([silence.look(), silence.look()], [Verdict::Alive, Verdict::Ask]);
        silence.broken();
        let looks = [silence.look(), silence.look(), silence.look()];
        assert_eq!(looks, [Verdict::Alive, Verdict::Ask, Verdict::Dead]);
    }
}
