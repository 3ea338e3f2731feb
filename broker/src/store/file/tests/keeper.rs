//! A keeper without a thread, so that a run is the same every time.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::keeper::{Job, Keeper, Report, work};
use crate::store::disk::Disk;
use crate::store::disk::simulated::Random;

/// Does its next job when somebody waits for it, and sometimes when somebody looks.
pub(super) struct LazyKeeper {
    disk: Arc<dyn Disk>,
    jobs: VecDeque<Job>,
    random: Random,
}

impl LazyKeeper {
    pub(super) fn new(disk: Arc<dyn Disk>, seed: u64) -> Self {
        Self { disk, jobs: VecDeque::new(), random: Random(seed) }
    }
}

impl Keeper for LazyKeeper {
    fn ask(&mut self, job: Job) {
        self.jobs.push_back(job);
    }

    fn poll(&mut self) -> Option<Report> {
        if self.random.once_in(2) { self.wait() } else { None }
    }

    fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    fn wait(&mut self) -> Option<Report> {
        self.jobs.pop_front().map(|job| work(&*self.disk, super::FOLDER, job))
    }
}
