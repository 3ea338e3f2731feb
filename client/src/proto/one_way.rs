//! Messages that nobody keeps: written once, and gone with the link if the broker had not read them.

use std::collections::VecDeque;

/// How many of them the broker may not have read. It reads in order, so each answer proves that it has
/// read what was written before the question.
#[derive(Debug, Default)]
pub(crate) struct OneWay {
    written: u64,
    proven: u64,
    /// Commands that will be answered, and what was written before each.
    asked: VecDeque<(i32, u64)>,
}

/// After so many without a question, one of them asks for an answer.
const UNPROVEN: u64 = 256;

impl OneWay {
    /// One more is written. True if it should ask for an answer.
    pub(crate) fn wrote(&mut self, command_id: i32) -> bool {
        self.written += 1;
        let last = self.asked.back().map_or(self.proven, |(_, before)| *before);
        let asks = self.written - last >= UNPROVEN;
        if asks {
            self.asked.push_back((command_id, self.written));
        }
        asks
    }

    /// A command is written that will be answered.
    pub(crate) fn asked(&mut self, command_id: i32) {
        let last = self.asked.back().map_or(self.proven, |(_, before)| *before);
        if self.written > last {
            self.asked.push_back((command_id, self.written));
        }
    }

    /// A command was answered, whatever the answer.
    pub(crate) fn answered(&mut self, command_id: i32) {
        let place = self.asked.iter().position(|(asked, _)| *asked == command_id);
        if let Some((_, before)) = place.and_then(|place| self.asked.drain(..=place).next_back()) {
            self.proven = before;
        }
    }

    /// The link is gone: how many may be, too.
    pub(crate) fn lost(&mut self) -> u64 {
        let lost = self.written - self.proven;
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
        assert!(!one_way.wrote(1) && !one_way.wrote(2));
        one_way.asked(3);
        one_way.asked(4);
        assert!(!one_way.wrote(5));
        one_way.answered(4);
        one_way.answered(3);
        assert_eq!(one_way.lost(), 1);
        assert_eq!(one_way.lost(), 0);
    }

    #[test]
    fn asks_now_and_then_where_nobody_else_does() {
        let mut one_way = OneWay::default();
        let asking: Vec<i32> = (1..=600).filter(|id| one_way.wrote(*id)).collect();
        assert_eq!(asking, [256, 512]);
        one_way.answered(512);
        assert_eq!(one_way.lost(), 88);
    }
}
