//! Some simulated brokers, what is done to them, and what must never be seen.

use std::{collections::BTreeSet, time::Duration};

use super::{
    broker::Broker,
    faults::{Cure, Fault},
    ledger::Ledger,
    wires::{Way, Wires},
};
use crate::{
    replica::{Standing, Trouble},
    store::disk::simulated::{Random, Survival},
};

pub(super) struct World {
    pub(super) random: Random,
    wires: Wires,
    pub(super) ledger: Ledger,
    brokers: Vec<Broker>,
    now: Duration,
    /// What ends when.
    cures: Vec<(Duration, Cure)>,
    /// What was done, for whoever looks into a violation.
    pub(super) story: Vec<String>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let count = if random.once_in(4) { 5 } else { 3 };
        Self::with(count, random)
    }

    /// With so many brokers.
    pub(super) fn with(count: usize, mut random: Random) -> Self {
        let (wires, ledger) = (Wires::default(), Ledger::default());
        let mut brokers: Vec<_> =
            (0..count).map(|node| Broker::new(node, count, &wires, &ledger)).collect();
        brokers.iter_mut().for_each(|it| {
            it.start(random.next());
        });
        let (cures, story) = (Vec::new(), vec![format!("{count} brokers")]);
        Self { random, wires, ledger, brokers, now: Duration::ZERO, cures, story }
    }

    pub(super) fn spoil_disks(&self) {
        self.brokers.iter().for_each(Broker::spoil_disk);
    }

    pub(super) fn count(&self) -> usize {
        self.brokers.len()
    }

    /// Until something is violated, or for so long, with faults all along.
    pub(super) fn live(&mut self, time: Duration) -> Result<(), String> {
        let end = self.now + time;
        while self.now < end {
            if self.random.once_in(STEPS_BETWEEN_FAULTS) {
                let (fault, lasts) = Fault::choose(self);
                self.inflict(fault, lasts);
            }
            self.step()?;
        }
        Ok(())
    }

    /// Goes on until something has come, which is found.
    pub(super) fn until<T>(&mut self, found: impl Fn(&Self) -> Option<T>) -> Result<T, String> {
        let end = self.now + SOON;
        while self.now < end {
            self.step()?;
            if let Some(found) = found(self) {
                return Ok(found);
            }
        }
        Err(format!("it does not come within {SOON:?}"))
    }

    /// Brokers that say that they are the master, paused ones left out.
    pub(super) fn masters(&self) -> Vec<(usize, u64)> {
        let awake = self.brokers.iter().filter(|it| !it.is_paused());
        let masters = awake.filter_map(|it| match it.standing()? {
            Standing::Master { term } => Some((it.node, term)),
            _ => None,
        });
        masters.collect()
    }

    /// Nothing comes to this broker or from it, or everything.
    pub(super) fn isolate(&self, node: usize, cut: bool) {
        let ways = self.ways().into_iter().filter(|way| way.from == node || way.to == node);
        match cut {
            true => ways.for_each(|way| self.wires.cut(way)),
            false => ways.for_each(|way| self.wires.mend(way)),
        }
    }

    /// Killed, and started again at once.
    pub(super) fn restart(&mut self, node: usize) {
        self.kill(node, None);
        let seed = self.random.next();
        self.start(node, seed);
    }

    fn step(&mut self) -> Result<(), String> {
        self.now += STEP;
        for cure in self.due() {
            self.cure(cure);
        }
        // Whose turn it is first makes who hears what first.
        let first = self.random.below(self.brokers.len());
        let (late, early) = self.brokers.split_at_mut(first);
        early.iter_mut().chain(late).for_each(|it| it.run(STEP));
        self.restart_without_room();
        self.look();
        self.ledger.violation().map_or(Ok(()), Err)
    }

    /// What is seen at one moment.
    fn look(&self) {
        let masters = self.masters();
        for (node, term) in &masters {
            self.ledger.is_master(*node, *term);
        }
        if masters.len() > 1 {
            self.ledger.violated(format!("at once masters of their terms: {masters:?}"));
        }
        for broker in &self.brokers {
            if let Some(Standing::Failed(why)) = broker.standing() {
                self.ledger.violated(format!("broker {} has failed: {why}", broker.node));
            }
        }
    }

    fn due(&mut self) -> Vec<Cure> {
        let now = self.now;
        self.cures.extract_if(.., |(when, _)| *when <= now).map(|(_, cure)| cure).collect()
    }

    fn inflict(&mut self, fault: Fault, lasts: Duration) {
        self.story.push(format!("{:?}: {fault:?} for {lasts:?}", self.now));
        let cure = match fault {
            Fault::Cut(ways) => {
                ways.iter().for_each(|way| self.wires.cut(*way));
                Cure::Mend(ways)
            }
            Fault::Kill(node, survival) => {
                self.kill(node, survival);
                Cure::Start(node)
            }
            Fault::Wipe(node) => {
                self.kill(node, None);
                self.of(node, Broker::wipe);
                Cure::Start(node)
            }
            Fault::Pause(node) => {
                self.of(node, Broker::pause);
                Cure::Resume(node)
            }
            Fault::Full(node, bytes) => {
                self.of(node, |it| it.leave_room(Some(bytes)));
                Cure::Room(node)
            }
            Fault::Slow(node, milliseconds) => {
                self.of(node, |it| it.slowness.set(milliseconds));
                Cure::Fast(node)
            }
        };
        self.cures.push((self.now + lasts, cure));
    }

    fn kill(&mut self, node: usize, survival: Option<Survival>) {
        let random = &mut self.random;
        if let Some(broker) = self.brokers.get_mut(node) {
            broker.kill(survival, random);
        }
    }

    fn of(&mut self, node: usize, work: impl FnOnce(&mut Broker)) {
        if let Some(broker) = self.brokers.get_mut(node) {
            work(broker);
        }
    }

    fn cure(&mut self, cure: Cure) {
        let seed = self.random.next();
        match cure {
            Cure::Mend(ways) => ways.into_iter().for_each(|way| self.wires.mend(way)),
            Cure::Start(node) => self.start(node, seed),
            Cure::Room(node) => self.of(node, |it| it.leave_room(None)),
            Cure::Resume(node) => self.of(node, Broker::resume),
            Cure::Fast(node) => self.of(node, |it| it.slowness.set(0)),
        }
    }

    fn start(&mut self, node: usize, seed: u64) {
        let Some(broker) = self.brokers.get_mut(node) else { return };
        if !broker.is_running() && !broker.start(seed) {
            self.cures.push((self.now + ROOM_PAUSE, Cure::Start(node)));
        }
    }

    /// Whoever has no room ends, and is tried again.
    fn restart_without_room(&mut self) {
        let lacks_room =
            |it: &Broker| matches!(it.standing(), Some(Standing::Failed(Trouble::NoRoom(_))));
        let full: Vec<_> =
            self.brokers.iter().filter(|it| lacks_room(it)).map(|it| it.node).collect();
        for node in full {
            self.story.push(format!("{:?}: {node} has no room", self.now));
            self.kill(node, None);
            self.cures.push((self.now + ROOM_PAUSE, Cure::Start(node)));
        }
    }

    /// Everything is mended; then all brokers have to have the same soon, and all that was confirmed.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        self.story.push(format!("{:?}: everything is mended", self.now));
        for (_, cure) in std::mem::take(&mut self.cures) {
            self.cure(cure);
        }
        self.wires.mend_all();
        self.ledger.come_to_rest();
        let end = self.now + SOON;
        while !self.is_settled() {
            for _ in 0..STEPS_BETWEEN_LOOKS {
                self.step()?;
            }
            if self.now > end {
                let all = self.brokers.iter();
                let states: Vec<_> =
                    all.map(|it| (it.standing(), it.is_member(), it.contents())).collect();
                return Err(format!("not settled after {SOON:?}: {states:?}"));
            }
        }
        for broker in &self.brokers {
            let (_, found) = broker.contents().unwrap_or_default();
            self.ledger.is_complete(&format!("broker {}", broker.node), &found);
        }
        self.ledger.violation().map_or(Ok(()), Err)
    }

    /// One is the master, all belong to the cluster, and have the same at this moment.
    fn is_settled(&self) -> bool {
        if self.masters().len() != 1 || !self.ledger.is_at_rest() || !self.all_are_members() {
            return false;
        }
        let known: BTreeSet<_> = self.brokers.iter().map(Broker::contents).collect();
        known.len() == 1
    }

    /// Nobody is on its way back from an empty disk.
    pub(super) fn all_are_members(&self) -> bool {
        self.brokers.iter().all(Broker::is_member)
    }

    pub(super) fn ways(&self) -> Vec<Way> {
        let all = 0..self.brokers.len();
        let ways = all.clone().flat_map(|from| all.clone().map(move |to| Way { from, to }));
        ways.filter(|way| way.from != way.to).collect()
    }
}

/// In which messages travel, and clocks differ.
const STEP: Duration = Duration::from_millis(5);
const STEPS_BETWEEN_FAULTS: usize = 250;
const STEPS_BETWEEN_LOOKS: usize = 20;
/// As brokers do.
const ROOM_PAUSE: Duration = Duration::from_secs(1);
const SOON: Duration = Duration::from_secs(60);
