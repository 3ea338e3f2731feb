//! A question goes to whoever can answer it.

use crate::engine::{
    Engine,
    io::{Deed, Pick, Question, Report, Token},
    state::walk::Purpose,
};

impl Engine {
    /// True if something may follow from it.
    pub(crate) fn asked(&mut self, token: Token, question: Question) -> bool {
        let report = match question {
            Question::Waits(link) => Report::Waits(link, self.room.load.has(link)),
            Question::Memory => Report::Memory {
                waiting: self.destinations.memory.bytes(),
                in_flight: self.in_flight.bytes(),
            },
            Question::Figures => Report::Figures(self.figures()),
            Question::Destinations { kind, after, limit } => {
                self.list_destinations(kind, after, limit)
            }
            Question::Destination { kind, name } => self.report_destination(kind, name),
            Question::Subscriptions { after, limit } => self.list_subscriptions(after, limit),
            Question::Connections { after, limit } => self.list_connections(after, limit),
            Question::Browse { queue, selector, after, limit } => {
                let pick = selector.map_or(Pick::All, Pick::Where);
                let purpose = Purpose::Show { seen: Vec::new(), limit, looked: 0 };
                self.begin_walk(token, &queue, pick, after, purpose);
                return true;
            }
            Question::Do(deed) => {
                self.begin_deed(token, deed);
                return true;
            }
        };
        self.say(token, report);
        false
    }

    fn begin_deed(&mut self, token: Token, deed: Deed) {
        let begun = match deed {
            Deed::Send { to, message } => self.send_own(token, to, *message),
            Deed::Each { queue, pick, fate } => self.go_through(token, &queue, pick, fate),
            Deed::Delete { queue } => self.delete_queue(token, &queue),
        };
        if let Err(refusal) = begun {
            let reason = refusal.message().to_owned();
            self.say(token, Report::Refused { done: 0, reason });
        }
    }
}
