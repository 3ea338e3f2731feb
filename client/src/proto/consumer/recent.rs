//! What was acknowledged last.

use std::collections::VecDeque;

use relaismq_openwire::{MessageId, ProducerId};

/// Acknowledged ids that are remembered until the link breaks; the broker is never behind by more
/// than what it may dispatch.
pub(super) const RECENT: usize = 32_768;

/// Ids in the order of their acknowledgement, oldest forgotten first. What a producer sent one after the other
/// is one entry.
#[derive(Debug, Default)]
pub(super) struct Recent {
    runs: VecDeque<Run>,
    count: usize,
}

/// Messages of one producer, without a gap.
#[derive(Debug)]
struct Run {
    producer: Option<ProducerId>,
    first: i64,
    /// Behind the last one.
    end: i64,
}

impl Recent {
    pub(super) fn note(&mut self, id: Option<&MessageId>) {
        let Some(MessageId { producer_id: producer, producer_sequence_id: number, .. }) = id else {
            return;
        };
        let end = number.saturating_add(1);
        match self.runs.back_mut() {
            Some(run) if run.end == *number && run.producer == *producer => run.end = end,
            _ => self.runs.push_back(Run { producer: producer.clone(), first: *number, end }),
        }
        self.count += 1;
        if self.count > RECENT {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        self.count -= 1;
        let Some(run) = self.runs.front_mut() else { return };
        run.first += 1;
        if run.first >= run.end {
            self.runs.pop_front();
        }
    }

    /// All of them, which are forgotten here.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = MessageId> {
        self.count = 0;
        self.runs.drain(..).flat_map(|Run { producer, first, end }| {
            (first..end).map(move |number| MessageId {
                producer_id: producer.clone(),
                producer_sequence_id: number,
                ..MessageId::default()
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use relaismq_openwire::ConnectionId;

    use super::*;

    fn id(producer: i64, sequence: i64) -> MessageId {
        ConnectionId::new("ID:a").session(1).producer(producer).message(sequence)
    }

    #[test]
    fn gives_back_each_id_in_order_though_it_keeps_ranges() {
        let mut recent = Recent::default();
        let ids = [id(1, 1), id(1, 2), id(2, 3), id(1, 3), id(1, 5), id(1, 5)];
        ids.iter().for_each(|id| recent.note(Some(id)));
        recent.note(None);
        assert_eq!(recent.runs.len(), 5);
        assert_eq!(recent.drain().collect::<Vec<_>>(), ids);
        assert_eq!(recent.drain().count(), 0);
    }

    #[test]
    fn the_oldest_are_forgotten_one_by_one() {
        let mut recent = Recent::default();
        let most = i64::try_from(RECENT).unwrap();
        recent.note(Some(&id(2, 1)));
        (0..=most).for_each(|number| recent.note(Some(&id(1, number))));
        let left: Vec<MessageId> = recent.drain().collect();
        assert_eq!((left.len(), &left[0]), (RECENT, &id(1, 1)));
    }
}
