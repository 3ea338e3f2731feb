//! What is counted, where it leaves or enters.

use relaismq_openwire::{Command, MessageAck};

use super::{
    event::Event,
    io::{Answer, Failure},
    statistics::Statistics,
};

impl Statistics {
    pub(super) fn noticed(&mut self, event: &Event) {
        match event {
            Event::Connecting { .. } => self.attempts += 1,
            Event::Failed { .. } => self.failed_attempts += 1,
            Event::Waiting { .. } => self.failed_passes += 1,
            Event::Interrupted { .. } => self.interruptions += 1,
            Event::Moving { .. } => self.moves += 1,
            Event::Resumed { outage, restored, resent, .. } => {
                self.reconnects += 1;
                self.outage += *outage;
                self.restored += *restored as u64;
                self.replays += *resent as u64;
            }
            Event::ConsumerLost { .. } => self.consumers_lost += 1,
            Event::Warning(_) => self.warnings += 1,
            _ => {}
        }
    }

    pub(super) fn answered(&mut self, outcome: &Result<Answer, Failure>) {
        match outcome {
            Ok(Answer::Sent { confirmed: true, .. }) => self.confirmed += 1,
            Ok(_) => {}
            Err(failure) => self.failed(failure),
        }
    }

    fn failed(&mut self, failure: &Failure) {
        match failure {
            Failure::Refused { .. } => self.refused += 1,
            Failure::TimedOut { maybe_done } => {
                self.timed_out += 1;
                self.unknown += u64::from(*maybe_done);
            }
            Failure::Closed { maybe_done, .. } => self.unknown += u64::from(*maybe_done),
            Failure::Unanswered => self.unknown += 1,
            Failure::StaleDelivery => self.stale_acks += 1,
            Failure::TransactionInDoubt(_) => self.in_doubt += 1,
            Failure::TransactionRolledBack(_) => self.rolled_back += 1,
            _ => {}
        }
    }

    pub(super) fn wrote(&mut self, command: &Command) {
        let Command::MessageAck(ack) = command else { return };
        let count = u64::try_from(ack.message_count).unwrap_or(0);
        match ack.ack_type {
            MessageAck::STANDARD | MessageAck::INDIVIDUAL => self.acknowledged += count,
            MessageAck::POISON => self.dead_lettered += count,
            MessageAck::EXPIRED => self.expired += count,
            _ => {}
        }
    }

    pub(super) fn received(&mut self, redelivered: bool, seen_before: bool) {
        self.received += 1;
        self.redelivered += u64::from(redelivered);
        self.duplicates += u64::from(seen_before);
    }
}
