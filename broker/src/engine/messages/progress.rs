//! How far producers are that may come back and send again.

use relaismq_openwire::{Message, ProducerId};

use crate::{
    engine::{Engine, io::Link, state::outcomes::Then},
    model::Change,
};

impl Engine {
    /// After a reconnect a client sends again what was not answered; some of it is stored.
    pub(crate) fn is_repeated(&mut self, link: Link, message: &Message) -> bool {
        if !message.persistent || !self.clients.get(&link).is_some_and(|client| client.reconnected)
        {
            return false;
        }
        let id = message.message_id.as_ref();
        id.and_then(|id| Some((id.producer_id.as_ref()?, id.producer_sequence_id)))
            .is_some_and(|(producer, sequence)| self.remembered.has(producer, sequence))
    }

    /// How far a producer is that may come back and send again.
    pub(crate) fn progress_of(&self, link: Link, message: &Message) -> Option<(ProducerId, i64)> {
        if !message.persistent || !self.clients.get(&link)?.fault_tolerant {
            return None;
        }
        let id = message.message_id.as_ref()?;
        Some((id.producer_id.clone()?, id.producer_sequence_id))
    }

    /// Goes into the same batch as the message itself, once for each producer.
    pub(crate) fn note_progress(&mut self, noted: Option<(ProducerId, i64)>) {
        let Some((producer, sequence)) = noted else { return };
        self.remembered.note(&producer, sequence);
        self.work.later(Then::Sent(producer.clone(), sequence));
        let noted = &mut self.remembered.noted;
        match noted.iter_mut().rev().find(|(other, _)| *other == producer) {
            Some((_, highest)) => *highest = sequence.max(*highest),
            None => noted.push((producer, sequence)),
        }
    }

    /// Completes the present batch.
    pub(crate) fn flush_progress(&mut self) {
        for (producer, sequence) in std::mem::take(&mut self.remembered.noted) {
            let sequence = self.remembered.known_stored(&producer, sequence);
            let producer = producer.to_string();
            self.work.change(Change::ProducerSequence { producer, sequence });
            self.forget_excess();
        }
    }

    /// A message is refused that its producer may send again, not having heard of that.
    pub(crate) fn note_refused(&mut self, producer: &ProducerId, sequence: i64) {
        self.remembered.take_back(producer, sequence);
        self.forget_excess();
    }

    fn forget_excess(&mut self) {
        while let Some(forgotten) = self.remembered.excess(self.settings.remembered_producers) {
            self.work.change(Change::DropProducer(forgotten));
        }
    }
}
