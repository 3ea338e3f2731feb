//! Questions are answered.

use crate::engine::{
    Engine,
    io::{Effect, Report, Token},
};

impl Engine {
    pub(crate) fn say(&mut self, token: Token, report: Report) {
        self.effects.push_back(Effect::Tell { token, report });
    }
}
