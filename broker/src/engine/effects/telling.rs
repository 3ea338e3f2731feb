//! Questions are answered, from what is known when they come.

use crate::engine::{
    Engine,
    io::{Effect, Question, Report, Token},
};

impl Engine {
    pub(crate) fn tell_of(&mut self, token: Token, question: Question) {
        let report = match question {
            Question::Waits(link) => Report::Waits(link, self.room.load.has(link)),
            Question::Memory => Report::Memory {
                waiting: self.destinations.memory.bytes(),
                in_flight: self.in_flight.bytes(),
            },
        };
        self.effects.push_back(Effect::Tell { token, report });
    }
}
