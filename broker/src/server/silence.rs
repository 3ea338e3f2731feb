//! Whether a peer that says nothing is still there.
//!
//! As ActiveMQ's inactivity monitor: nothing is checked before the initial delay, since a peer's own
//! signs of life begin then, and anything that was heard since the last look will do. Before it is
//! given up, a peer is asked.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

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
    every: Duration,
    /// Nothing if nobody looks.
    next: Option<Instant>,
    heard: bool,
    asked: bool,
}

impl Silence {
    /// From now on a look every so often; zero switches it off.
    pub(crate) fn new(now: Instant, every: Duration, initial_delay: Duration) -> Self {
        let next = (!every.is_zero()).then(|| now + initial_delay + every);
        Self { every, next, heard: true, asked: false }
    }

    /// The peer has said something, or was not listened to.
    pub(crate) const fn broken(&mut self) {
        (self.heard, self.asked) = (true, false);
    }

    /// When it is time to look. Cancel-safe.
    pub(crate) async fn due(&self) {
        match self.next {
            Some(next) => sleep_until(next).await,
            None => std::future::pending().await,
        }
    }

    /// A look that comes late does not bring the next one forward: the peer has its time to answer.
    pub(crate) fn look(&mut self, now: Instant) -> Verdict {
        self.next = self.next.map(|_| now + self.every);
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
    use relaismq_openwire::{Agreed, Preferences, WireFormatInfo};

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_silent_peer_is_asked_before_it_is_given_up() {
        let now = Instant::now();
        let mut silence = Silence::new(now, MS, MS);
        let looks = |silence: &mut Silence| [(); 3].map(|()| silence.look(now));
        let [first, second, _] = looks(&mut silence);
        assert_eq!([first, second], [Verdict::Alive, Verdict::Ask]);
        silence.broken();
        assert_eq!(looks(&mut silence), [Verdict::Alive, Verdict::Ask, Verdict::Dead]);
    }

    /// What a client with these options and a broker agree on.
    fn agreed(inactivity: Duration, initial_delay: Duration) -> Agreed {
        let client =
            Preferences { max_inactivity: inactivity, initial_delay, ..Preferences::default() };
        let info = client.to_info().unwrap();
        let info = WireFormatInfo::from_first(info.into()).unwrap();
        Preferences::broker().negotiate(&info).unwrap()
    }

    /// When the peer is given up that is heard at these times, after its connection began, if that is
    /// within the time. It answers no question.
    fn given_up(
        agreed: &Agreed,
        heard: impl IntoIterator<Item = Duration>,
        within: Duration,
    ) -> Option<Duration> {
        let begin = Instant::now();
        let mut silence = Silence::new(begin, agreed.max_inactivity, agreed.initial_delay);
        let mut heard = heard.into_iter().peekable();
        while let Some(next) = silence.next.filter(|next| *next <= begin + within) {
            while heard.next_if(|time| begin + *time < next).is_some() {
                silence.broken();
            }
            if silence.look(next) == Verdict::Dead {
                return Some(next - begin);
            }
        }
        None
    }

    /// Signs of life of an idle Java client: a third of the time apart, the first one after the initial
    /// delay, or a third later if it had said something in it.
    fn java(agreed: &Agreed) -> impl Iterator<Item = Duration> {
        let (first, pause) = (agreed.initial_delay, agreed.max_inactivity / 3);
        (1..10_000).map(move |number| first + pause * number)
    }

    /// And of ours, which does not wait for the initial delay if that is longer.
    fn ours(agreed: &Agreed) -> impl Iterator<Item = Duration> {
        let pause = agreed.max_inactivity / 3;
        let first = pause.min(agreed.initial_delay);
        (1..10_000).map(move |number| first + pause * number)
    }

    const INACTIVITY: [u32; 5] = [1000, 3000, 5000, 30_000, 0];
    const INITIAL_DELAY: [u32; 2] = [1000, 10_000];

    fn each(test: impl Fn(&Agreed, &str)) {
        for inactivity in INACTIVITY {
            for delay in INITIAL_DELAY {
                let what = format!("maxInactivityDuration {inactivity}, initial delay {delay}");
                let agreed = agreed(MS * inactivity, MS * delay);
                assert_eq!(agreed.max_inactivity, MS * inactivity, "{what}");
                assert_eq!(agreed.initial_delay, MS * delay, "{what}");
                test(&agreed, &what);
            }
        }
    }

    #[test]
    fn an_idle_client_is_never_given_up_whatever_it_has_agreed_on() {
        each(|agreed, what| {
            let long = Duration::from_secs(600);
            assert_eq!(given_up(agreed, java(agreed), long), None, "Java: {what}");
            assert_eq!(given_up(agreed, ours(agreed), long), None, "ours: {what}");
        });
    }

    #[test]
    fn a_dead_client_is_given_up_soon_after_its_last_sign_of_life() {
        each(|agreed, what| {
            let (time, delay) = (agreed.max_inactivity, agreed.initial_delay);
            for died in [Duration::ZERO, delay, delay + time, delay + 10 * time] {
                let heard = java(agreed).take_while(|it| *it < died);
                let found = given_up(agreed, heard, Duration::from_secs(600));
                let Some(found) = found else {
                    assert!(time.is_zero(), "never given up: {what}");
                    continue;
                };
                // A look may have come just before, then it is asked, then it has its time to answer.
                assert!(
                    found > died + time && found <= died + delay + 3 * time,
                    "{found:?}: {what}"
                );
            }
        });
    }
}
