//! Something is done without a client.

use std::sync::Arc;

use relaismq_openwire::{Destination, Message, ProducerId, Text};

use crate::engine::{
    Engine,
    io::{Fate, Pick, Report, Token},
    state::{
        client::Route, destinations::Target, fits, outcomes::Then, refusal::Refusal, walk::Purpose,
    },
};

impl Engine {
    /// With an id of the broker's own.
    pub(crate) fn send_own(
        &mut self,
        token: Token,
        to: Destination,
        mut message: Message,
    ) -> Result<(), Refusal> {
        self.check_single(&to)?;
        fits::check_message(&self.limits, &message)?;
        if self.is_full() {
            return Err(Refusal::resources("the store has no room for another message"));
        }
        self.ensure_destination(&to)?;
        let producer =
            ProducerId { connection_id: self.id.value.clone(), value: 2, session_id: -1 };
        self.own_messages += 1;
        message.message_id = Some(producer.message(self.own_messages));
        message.producer_id = Some(producer);
        message.destination = Some(to.clone());
        message.timestamp = self.now.unix_ms;
        let kept = self.deliver(Arc::new(message), Route::Parts(vec![to]), false);
        self.work.batch.sync |= kept;
        self.work.later(Then::Told(token, 1));
        Ok(())
    }

    pub(crate) fn go_through(
        &mut self,
        token: Token,
        queue: &Text,
        pick: Pick,
        fate: Fate,
    ) -> Result<(), Refusal> {
        if let Fate::Move(to) | Fate::Copy(to) = &fate {
            self.check_single(to)?;
            if *to == Destination::queue(queue.clone()) {
                return Err(Refusal::argument(format!("{to} is where the messages are")));
            }
            self.ensure_destination(to)?;
        }
        self.begin_walk(token, queue, pick, 0, Purpose::Do { fate, done: 0 });
        Ok(())
    }

    pub(crate) fn delete_queue(&mut self, token: Token, queue: &Text) -> Result<(), Refusal> {
        let queue = Destination::queue(queue.clone());
        let Some(Target::Queue(line)) = self.destinations.find(&queue) else {
            self.say(token, Report::NoQueue);
            return Ok(());
        };
        let depth = self.destinations.line(line).map_or(0, |line| line.tally.depth());
        self.forget_destination(&queue);
        self.work.later_for_sure(Then::Told(token, depth));
        Ok(())
    }

    fn check_single(&self, to: &Destination) -> Result<(), Refusal> {
        if to.is_composite() || to.name.is_empty() {
            return Err(Refusal::destination(format!("{to} is not a single destination")));
        }
        self.check_target(to)
    }
}
