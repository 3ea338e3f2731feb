//! A client of the broker that is the master: it sends, and removes what it has sent.
#![expect(clippy::disallowed_methods, reason = "time is virtual")]

use std::time::Duration;

use bytes::Bytes;
use tokio::{sync::watch, time::sleep};

use super::ledger::Ledger;
use crate::{
    model::{Batch, Change, Container, Envelope},
    replica::{Standing, machine::Shared, proposer::Proposer, types::Raft},
    store::{Store as _, disk::simulated::Random},
};

pub(super) struct Client {
    pub(super) node: usize,
    pub(super) ledger: Ledger,
    pub(super) raft: Raft,
    pub(super) contents: Shared,
    pub(super) standing: watch::Receiver<Standing>,
}

impl Client {
    /// As long as its broker runs.
    pub(super) async fn run(self, seed: u64) {
        let mut random = Random(seed);
        let mut standing = self.standing.clone();
        loop {
            let is_master = |now: &Standing| matches!(now, Standing::Master { .. });
            let Ok(now) = standing.wait_for(is_master).await.map(|now| now.clone()) else { return };
            if let Standing::Master { term } = now {
                self.ledger.begins(self.node, term, &numbers(&self.contents));
                self.serve(term, &mut random).await;
            }
        }
    }

    /// One term, with two senders.
    async fn serve(&self, term: u64, random: &mut Random) {
        let mut other = Random(random.next());
        tokio::join!(self.send(term, random), self.send(term, &mut other));
    }

    async fn send(&self, term: u64, random: &mut Random) {
        let proposer = Proposer::new(self.raft.clone(), self.standing.clone(), term);
        while proposer.is_master() {
            if self.ledger.is_at_rest() {
                sleep(REST).await;
                continue;
            }
            let attempt = self.ledger.attempt(term, random.once_in(3));
            let len = [20, 200, 2000].get(random.below(3)).copied().unwrap_or(20);
            let mut changes = vec![add(attempt.added, len)];
            let remove = |sequence| Change::Remove { container: queue(), sequence };
            changes.extend(attempt.removed.map(remove));
            if proposer.decide(&[Batch { changes, sync: true }]).await.is_ok() {
                self.ledger.confirmed(&attempt);
            }
            let pause = u64::try_from(random.below(30)).unwrap_or(0);
            sleep(Duration::from_millis(pause)).await;
        }
    }
}

const REST: Duration = Duration::from_millis(100);

fn add(sequence: u64, len: usize) -> Change {
    let blob = Bytes::from(vec![sequence.to_le_bytes()[0]; len]);
    let envelope = Envelope::default();
    Change::Add { container: queue(), sequence, envelope, blob, transient: false }
}

fn queue() -> Container {
    Container::Queue("orders".into())
}

/// What is in a store.
pub(super) fn numbers(contents: &Shared) -> Vec<u64> {
    let mut contents = contents.lock();
    let page = contents.store().map(|it| it.page(&queue(), 0, usize::MAX, usize::MAX));
    let Ok(Ok(page)) = page else { return Vec::new() };
    page.iter().map(|message| message.sequence).collect()
}
