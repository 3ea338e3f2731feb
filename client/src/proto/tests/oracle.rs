//! What must be so after any faults.

use std::collections::HashSet;

use relaismq_openwire::MessageId;

use super::{
    faults::{Chaos, Work},
    play::millis,
};
use crate::proto::io::{Answer, Failure, Input, Request, RequestId, SessionMode};

impl Chaos {
    /// Heals everything, and consumes what is left.
    pub(super) fn heal(&mut self) {
        for host in ["a", "b"] {
            self.world.revive(host);
            self.world.broker(host).scripts.clear();
        }
        self.world.black_holes.clear();
        // Attempts that were swallowed end some time.
        for epoch in std::mem::take(&mut self.world.swallowed) {
            let input = Input::DialFailed(epoch, "swallowed".to_owned());
            self.world.input(input);
        }
        self.world.resume();
        self.world.settle();
        self.note();
        for session in self.modes.keys().copied().collect::<Vec<_>>() {
            let end = match self.modes[&session] {
                SessionMode::Transacted => Request::Rollback(session),
                _ => Request::Recover { session, only: None },
            };
            self.work.remove(&session);
            self.world.ask(end);
        }
        for _ in 0..40 {
            self.world.advance(millis(2000));
            self.drain();
        }
    }

    fn drain(&mut self) {
        for (consumer, session) in self.consumers.clone() {
            let mut last = None;
            while let Some(delivery) = self.world.take(consumer) {
                let (epoch, number) = (delivery.epoch, delivery.number);
                last = Some(number);
                if matches!(self.modes[&session], SessionMode::Client | SessionMode::Individual) {
                    self.world.ask(Request::Acknowledge { consumer, epoch, number });
                }
            }
            if last.is_some() && self.modes[&session] == SessionMode::Transacted {
                let commit = self.world.ask(Request::Commit(session));
                assert!(self.world.answer(commit).is_some());
            }
            self.world.settle();
        }
    }

    pub(super) fn check(&self) {
        let store = &self.world.store;
        let stored: HashSet<&MessageId> = store.stored.iter().collect();
        assert_eq!(stored.len(), store.stored.len(), "stored twice");
        for id in &self.sends {
            match self.world.answer(*id) {
                Some(Ok(Answer::Sent { message_id, confirmed: true })) => {
                    assert!(stored.contains(message_id), "confirmed and not stored: {id:?}");
                }
                None => assert!(self.cancelled.contains(id), "never answered: {id:?}"),
                _ => {}
            }
        }
        for (id, message_id) in &self.acks {
            match self.world.answer(*id) {
                Some(Ok(_)) => {
                    let gone = store.acknowledged.contains(message_id);
                    assert!(gone, "acknowledged and kept: {message_id}");
                }
                None => assert!(self.cancelled.contains(id), "never answered: {id:?}"),
                Some(Err(_)) => {}
            }
        }
        for (id, work) in &self.commits {
            self.check_commit(*id, work, &stored);
        }
        let taken: HashSet<&MessageId> = self
            .world
            .inboxes
            .values()
            .flat_map(|inbox| &inbox.taken)
            .filter_map(|delivery| delivery.message.message_id.as_ref())
            .collect();
        assert!(store.acknowledged.iter().all(|id| taken.contains(id)), "acknowledged unseen");
        assert!(store.dead.is_empty(), "{:?}", store.dead);
        if !self.consumers.is_empty() {
            let left = store.queues.get("Q").map_or(0, Vec::len);
            assert_eq!(left, 0, "never delivered");
        }
    }

    fn check_commit(&self, id: RequestId, work: &Work, stored: &HashSet<&MessageId>) {
        let sent: Vec<&MessageId> = work
            .sent
            .iter()
            .filter_map(|id| match self.world.answer(*id) {
                Some(Ok(Answer::Sent { message_id, .. })) => Some(message_id),
                _ => None,
            })
            .collect();
        let there = sent.iter().filter(|id| stored.contains(**id)).count();
        assert!(there == 0 || there == sent.len(), "half a transaction: {id:?} {work:?}");
        match self.world.answer(id) {
            Some(Ok(_)) => {
                assert_eq!(there, sent.len(), "committed and not stored: {id:?}");
                let acknowledged = &self.world.store.acknowledged;
                assert!(work.taken.iter().all(|id| acknowledged.contains(id)), "{id:?} {work:?}");
            }
            Some(Err(Failure::TransactionRolledBack(_))) => {
                assert_eq!(there, 0, "rolled back and stored: {id:?}");
            }
            None => assert!(self.cancelled.contains(&id), "never answered: {id:?}"),
            _ => {}
        }
    }
}
