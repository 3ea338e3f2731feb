//! What a master decides is proposed to the others.

use tokio::sync::watch;

use super::{
    standing::Standing,
    types::{Proposal, Raft},
};
use crate::{
    fail_point,
    model::{Batch, form},
};

/// For one term.
#[derive(Clone)]
pub(super) struct Proposer {
    raft: Raft,
    standing: watch::Receiver<Standing>,
    pub(super) term: u64,
}

impl Proposer {
    pub(super) const fn new(raft: Raft, standing: watch::Receiver<Standing>, term: u64) -> Self {
        Self { raft, standing, term }
    }

    pub(super) fn is_master(&self) -> bool {
        *self.standing.borrow() == Standing::Master { term: self.term }
    }

    /// Returns when a majority has all of it and it is in the store here, or why nobody knows whether it will be.
    pub(super) async fn decide(&self, batches: &[Batch]) -> Result<(), String> {
        let proposals: Vec<_> =
            pieces(batches).map(|piece| Proposal(form::encode(piece))).collect();
        fail_point::reached("before-append");
        let mut standing = self.standing.clone();
        let over = Standing::Master { term: self.term };
        let outcome = tokio::select! {
            biased;
            _ = standing.wait_for(|now| *now != over) => {
                Err("it is not the master any more".to_owned())
            }
            written = self.write(proposals) => written,
        };
        fail_point::reached("after-sync");
        outcome
    }

    /// One behind the other, without waiting in between.
    async fn write(&self, proposals: Vec<Proposal>) -> Result<(), String> {
        let mut answers = Vec::with_capacity(proposals.len());
        for proposal in proposals {
            let answer = self.raft.client_write_ff(proposal).await;
            answers.push(answer.map_err(|error| error.to_string())?);
        }
        #[cfg(test)]
        if control::CONFIRMS_EARLY.get() {
            return Ok(());
        }
        for answer in answers {
            let written = answer.await.map_err(|_| "it was stopped".to_owned())?;
            written.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// Of about the length that is sent at once; one batch at least.
fn pieces(batches: &[Batch]) -> impl Iterator<Item = &[Batch]> {
    let mut rest = batches;
    std::iter::from_fn(move || {
        let mut weight = 0;
        let fits = |batch: &&Batch| {
            weight += batch.weight();
            weight <= PIECE_BYTES
        };
        let count = rest.iter().take_while(fits).count().max(1);
        let (piece, others) = rest.split_at_checked(count)?;
        rest = others;
        Some(piece)
    })
}

const PIECE_BYTES: usize = 1 << 20;

/// Tests let it confirm what no majority has, to see that this is noticed.
#[cfg(test)]
pub(super) mod control {
    use std::cell::Cell;

    thread_local! {
        pub(in crate::replica) static CONFIRMS_EARLY: Cell<bool> = const { Cell::new(false) };
    }
}
