//! One folder: the names that are synced, those that are there now, and what was done in between.

use std::collections::BTreeMap;

use super::Survival;
use super::random::Random;

type Names = BTreeMap<String, usize>;

#[derive(Clone, Debug)]
enum Unsynced {
    Link(String, usize),
    Unlink(String),
    /// At once or not at all.
    Rename(String, String, usize),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    synced: Names,
    pub(super) now: Names,
    unsynced: Vec<Unsynced>,
}

fn apply(change: &Unsynced, names: &mut Names) {
    match change {
        Unsynced::Link(name, node) => {
            names.insert(name.clone(), *node);
        }
        Unsynced::Unlink(name) => {
            names.remove(name);
        }
        // What was done to a name survives only together with what made that name.
        Unsynced::Rename(from, to, node) => {
            if names.get(from) == Some(node) {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
        }
    }
}

impl Folder {
    fn change(&mut self, change: Unsynced) {
        apply(&change, &mut self.now);
        self.unsynced.push(change);
    }

    pub(super) fn link(&mut self, name: &str, node: usize) {
        self.change(Unsynced::Link(name.into(), node));
    }

    pub(super) fn unlink(&mut self, name: &str) {
        self.change(Unsynced::Unlink(name.into()));
    }

    pub(super) fn rename(&mut self, from: &str, to: &str, node: usize) {
        self.change(Unsynced::Rename(from.into(), to.into(), node));
    }

    pub(super) fn sync(&mut self) {
        self.unsynced.clear();
        self.synced = self.now.clone();
    }

    /// The folder after a power cut: a beginning of what was done, or any part of it in order.
    pub(super) fn crash(&self, survival: Survival, random: &mut Random) -> Self {
        let all = self.unsynced.len();
        let in_order = random.below(2) == 0;
        let until = random.below(all + 1);
        let mut names = self.synced.clone();
        for (n, change) in self.unsynced.iter().enumerate() {
            let survives = match survival {
                Survival::Nothing => false,
                Survival::Everything => true,
                _ if in_order => n < until,
                _ => random.below(2) == 0,
            };
            if survives {
                apply(change, &mut names);
            }
        }
        Self { synced: names.clone(), now: names, unsynced: Vec::new() }
    }
}
