//! One owner of the store: what it did, and how the disk was after each change.

use std::time::Duration;

use super::super::open_simulated;
use super::verdict::{Expected, observe};
use super::workload::Workload;
use crate::store::disk::simulated::{Moment, Random, SimulatedDisk, Survival};
use crate::store::file::FileStore;
use crate::store::{Store, StoreError};

/// What one owner did.
pub(super) struct Life {
    pub(super) disk: SimulatedDisk,
    pub(super) workload: Workload,
    pub(super) moments: Vec<(usize, Moment)>,
    /// Messages that were moved, and segments that were used again.
    pub(super) moved: u64,
    pub(super) reused: u64,
    /// What the store holds after so many of this owner's commits.
    states: Vec<Expected>,
    commits: Vec<Done>,
    /// Between which changes of the disk it was closed.
    closed: Option<(usize, usize)>,
    /// Until then it was as its owner before had left it.
    taken_over: usize,
    before: Vec<Expected>,
}

/// How a life ends at some moment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    Killed,
    PowerCut(Survival),
}

impl Ending {
    pub(super) fn any(random: &mut Random) -> Self {
        match random.below(6) {
            0 => Self::Killed,
            n => Self::PowerCut(Survival::ALL[n - 1]),
        }
    }

    pub(super) fn of(self, moment: &Moment, random: &mut Random) -> SimulatedDisk {
        match self {
            Self::Killed => moment.kill(random),
            Self::PowerCut(survival) => moment.crash(survival, random),
        }
    }

    const fn is_kill(self) -> bool {
        matches!(self, Self::Killed)
    }
}

/// A commit: between which changes of the disk it was made.
#[derive(Clone, Copy, Debug)]
struct Done {
    before: usize,
    after: usize,
    sync: bool,
}

/// What must have survived at some moment.
pub(super) struct Survivors {
    /// One of these states.
    pub(super) states: Vec<Expected>,
    /// And if the power fails before the next owner has taken over, one of these.
    unless_taken_over: Vec<Expected>,
    /// Whether the marks of given out messages are known to be whole, where there is no doubt.
    pub(super) offers_known: Option<bool>,
}

impl Survivors {
    /// Of a new disk.
    pub(super) fn none() -> Self {
        let states = vec![Expected::default()];
        Self { states: states.clone(), unless_taken_over: states, offers_known: Some(true) }
    }
}

/// How an owner goes about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) segment_bytes: u64,
    pub(super) steps: usize,
    pub(super) close: bool,
}

impl Life {
    /// Takes over a store that must be one of what is expected; returns the life of its new owner.
    pub(super) fn live(
        disk: SimulatedDisk,
        mut workload: Workload,
        before: &Survivors,
        plan: Plan,
    ) -> Result<Self, String> {
        disk.watch();
        let (mut store, recovered) = start(&disk, plan)?;
        let offers_known = recovered.as_ref().is_some_and(|it| it.offers_known);
        let taken_over = disk.changes();
        let found = observe(&mut store, recovered)?;
        let tick = found.tick();
        let state = before.states.iter().find(|state| state.tick() == tick);
        let state = state.ok_or_else(|| {
            let ticks: Vec<_> = before.states.iter().map(Expected::tick).collect();
            format!("commit {tick:?} is the last, not one of {ticks:?}")
        })?;
        state.check(&found)?;
        if before.offers_known.is_some_and(|known| known != offers_known) {
            return Err(format!("it says {offers_known} of its marks"));
        }
        workload.restart(tick.unwrap_or(0));
        let mut life = Self {
            disk,
            workload,
            moments: Vec::new(),
            moved: 0,
            reused: 0,
            states: vec![state.after_restart()],
            commits: Vec::new(),
            closed: None,
            taken_over,
            before: before.unless_taken_over.clone(),
        };
        for _ in 0..plan.steps {
            life.step(&mut store)?;
        }
        (life.moved, life.reused) = store.upkeep();
        if plan.close {
            let before = life.disk.changes();
            store.close().map_err(|error| error.to_string())?;
            life.closed = Some((before, life.disk.changes()));
        }
        drop(store);
        life.moments = life.disk.moments();
        Ok(life)
    }

    fn step(&mut self, store: &mut FileStore) -> Result<(), String> {
        if self.workload.pick(5) == 0 {
            while store.tidy().map_err(|e| e.to_string())? == Some(Duration::ZERO) {}
            return Ok(());
        }
        let before = self.disk.changes();
        let batches = self.workload.commit();
        match store.commit(&batches) {
            Ok(()) => {}
            Err(StoreError::Full { .. }) => {
                self.workload.commits -= 1;
                return Ok(());
            }
            Err(error) => return Err(error.to_string()),
        }
        let after = self.disk.changes();
        let sync = batches.iter().any(|batch| batch.sync);
        self.commits.push(Done { before, after, sync });
        let next = self.states.last().map(|state| state.after(&batches));
        self.states.extend(next);
        if self.workload.pick(10) == 0 {
            let found = observe(store, None)?;
            self.states.last().map_or(Ok(()), |state| state.check_running(&found))?;
        }
        Ok(())
    }

    /// What must be there if it ends like this after so many changes.
    pub(super) fn survivors(&self, changes: usize, ending: Ending) -> Survivors {
        if changes <= self.taken_over {
            let killed = self.states[..1].iter().chain(&self.before).cloned();
            let states = if ending.is_kill() { killed.collect() } else { self.before.clone() };
            let unless_taken_over = self.before.clone();
            return Survivors { states, unless_taken_over, offers_known: None };
        }
        let closed = match self.closed {
            Some((_, end)) if changes >= end => Some(true),
            Some((begin, _)) if changes > begin => None,
            _ => Some(false),
        };
        let power_cut = self.states_between(changes, false, closed == Some(true));
        if !ending.is_kill() {
            let states = power_cut.clone();
            return Survivors { states, unless_taken_over: power_cut, offers_known: closed };
        }
        let states = self.states_between(changes, true, false);
        let offers_known = closed.map(|_| true);
        Survivors { states, unless_taken_over: power_cut, offers_known }
    }

    fn states_between(&self, changes: usize, killed: bool, closed: bool) -> Vec<Expected> {
        // A kill may cut the last change short.
        let done_with = if killed { changes - 1 } else { changes };
        let returned = |done: &&Done| done.after <= done_with && (killed || closed || done.sync);
        let least = self.commits.iter().rposition(|done| returned(&done)).map_or(0, |at| at + 1);
        let most = self.commits.iter().filter(|done| done.before < changes).count();
        self.states[least..=most].to_vec()
    }
}

type Started = (FileStore, Option<crate::model::Recovered>);

fn start(disk: &SimulatedDisk, plan: Plan) -> Result<Started, String> {
    let opened = open_simulated(disk, plan.segment_bytes, plan.seed);
    let mut store = opened.map_err(|trouble| format!("does not open: {trouble:?}"))?;
    let recovered = store.recover().map_err(|error| format!("does not recover: {error}"))?;
    Ok((store, Some(recovered)))
}
