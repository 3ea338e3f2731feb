//! Messages whose confirmation nobody asked for. The broker reads in order, so each answer proves that
//! it has read what was written before the question; now and then one of them is made a question.
//!
//! ActiveMQ waits for its disk with each message that is to be answered, and reads nothing meanwhile.
//! So most of them must not be.

use std::collections::VecDeque;

/// How far the proof goes on this link.
#[derive(Debug, Default)]
pub(crate) struct OneWay {
    written: Written,
    settled: Written,
    /// Commands that will be answered, and what was written before each.
    asked: VecDeque<(i32, Written)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Written {
    messages: u64,
    bytes: usize,
    /// Of the messages, those that nobody keeps to send them again.
    unkept: u64,
}

/// After so many without a question, one of them is one.
const MESSAGES: u64 = 256;
/// Likewise. Far below what may be kept altogether, or the sends would wait for each other.
const BYTES: usize = 1024 * 1024;

impl OneWay {
    /// One more is written. True if it must ask for an answer.
    pub(crate) fn wrote(&mut self, command_id: i32, bytes: usize, kept: bool) -> bool {
        self.written.messages += 1;
        self.written.bytes = self.written.bytes.wrapping_add(bytes);
        self.written.unkept += u64::from(!kept);
        let last = self.last();
        let asks = self.written.messages - last.messages >= MESSAGES
            || self.written.bytes.wrapping_sub(last.bytes) >= BYTES;
        if asks {
            self.asked.push_back((command_id, self.written));
        }
        asks
    }

    /// A command is written that will be answered.
    pub(crate) fn asked(&mut self, command_id: i32) {
        if self.written.messages > self.last().messages {
            self.asked.push_back((command_id, self.written));
        }
    }

    /// What the latest question covers.
    fn last(&self) -> Written {
        self.asked.back().map_or(self.settled, |(_, before)| *before)
    }

    /// A command was answered, whatever the answer.
    pub(crate) fn answered(&mut self, command_id: i32) {
        let place = self.asked.iter().position(|(asked, _)| *asked == command_id);
        if let Some((_, before)) = place.and_then(|place| self.asked.drain(..=place).next_back()) {
            self.settled = before;
        }
    }

    /// The peer may not have read all of it yet.
    pub(crate) const fn is_unproven(&self) -> bool {
        self.written.messages > self.settled.messages
    }

    /// The link is gone: how many of those that nobody keeps may be, too.
    pub(crate) fn lost(&mut self) -> u64 {
        let lost = self.written.unkept - self.settled.unkept;
        *self = Self::default();
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_proves_what_was_written_before_the_question() {
        let mut one_way = OneWay::default();
        assert!(!one_way.wrote(1, 10, false) && !one_way.wrote(2, 10, false));
        one_way.asked(3);
        one_way.asked(4);
        assert!(!one_way.wrote(5, 10, false) && !one_way.wrote(6, 10, true));
        one_way.answered(4);
        one_way.answered(3);
        assert_eq!(one_way.lost(), 1);
        assert_eq!(one_way.lost(), 0);
    }

    #[test]
    fn asks_now_and_then_where_nobody_else_does() {
        let mut one_way = OneWay::default();
        let asking: Vec<i32> = (1..=600).filter(|id| one_way.wrote(*id, 10, false)).collect();
        assert_eq!(asking, [256, 512]);
        one_way.answered(512);
        assert_eq!(one_way.lost(), 88);
        let large: Vec<i32> = (1..=4).filter(|id| one_way.wrote(*id, BYTES / 2, true)).collect();
        assert_eq!(large, [2, 4]);
    }
}
