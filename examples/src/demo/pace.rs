//! When messages may be sent and when brokers are killed, so that each kill comes in mid-stream.
//!
//! Each round has its share of the messages. The broker is killed when a quarter of it is sent, while
//! sending goes on. The last quarter is only sent after the kill, across the failover; then sending
//! rests until there is a stand-in again. What is left after the last round follows.

use tokio::sync::watch;

/// Shares of the messages.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    messages: u64,
    rounds: u64,
}

impl Shares {
    /// Of `messages`, for `rounds` kills.
    pub fn new(messages: u64, rounds: u32) -> Self {
        Self { messages, rounds: rounds.into() }
    }

    /// So few messages that each step of so many rounds still has one.
    pub fn fewest(rounds: u32) -> u64 {
        (u64::from(rounds) + 1) * 4
    }

    /// The master is killed when so many sends have ended.
    pub fn kill_after(&self, round: u32) -> u64 {
        self.quarters(round, 1)
    }

    /// Before the kill no more than these are sent.
    pub fn before_kill(&self, round: u32) -> u64 {
        self.quarters(round, 3)
    }

    /// After the kill and before the next round no more than these are sent.
    pub fn in_round(&self, round: u32) -> u64 {
        self.quarters(round, 4)
    }

    fn quarters(&self, round: u32, quarters: u64) -> u64 {
        let before = u64::from(round.saturating_sub(1)) * 4 + quarters;
        let all = self.messages.saturating_mul(before) / ((self.rounds + 1) * 4);
        all.min(self.messages)
    }
}

/// Holds the sender back.
#[derive(Debug)]
pub struct Gate(watch::Sender<u64>);

/// The sender's side of a gate.
#[derive(Clone, Debug)]
pub struct Permit(watch::Receiver<u64>);

impl Gate {
    /// One that lets nothing pass yet.
    pub fn closed() -> (Self, Permit) {
        let (gate, permit) = watch::channel(0);
        (Self(gate), Permit(permit))
    }

    /// Lets the first `messages` messages pass.
    pub fn open(&self, messages: u64) {
        self.0.send_replace(messages);
    }
}

impl Permit {
    /// Waits until message `number` (from 0) may be sent; false if it never may.
    pub async fn wait(&mut self, number: u64) -> bool {
        self.0.wait_for(|messages| *messages > number).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_the_fewest_messages_each_step_still_sends_one() {
        for rounds in [1, 2, 7] {
            let shares = Shares::new(Shares::fewest(rounds), rounds);
            assert_eq!((shares.kill_after(1), shares.before_kill(1)), (1, 3));
            assert!(shares.in_round(rounds) < Shares::fewest(rounds));
        }
    }

    #[test]
    fn messages_flow_before_during_and_after_each_kill() {
        let shares = Shares::new(20_000, 20);
        let mut sent = 0;
        for round in 1..=20 {
            let steps =
                [shares.kill_after(round), shares.before_kill(round), shares.in_round(round)];
            for step in steps {
                assert!(step > sent, "round {round}: {step}");
                sent = step;
            }
        }
        assert!(sent < 20_000);
    }

    #[test]
    fn few_messages_never_ask_for_more_than_may_be_sent() {
        let shares = Shares::new(2, 5);
        for round in 1..=5 {
            assert!(shares.kill_after(round) <= shares.before_kill(round));
            assert!(shares.in_round(round) <= 2);
        }
        assert_eq!(Shares::new(8, 0).in_round(1), 8);
    }
}
