//! Work that takes its time and must not hold up commits: a thread of its own does it, in order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::format::segment::SegmentHeader;
use super::log::{SegmentFile, Source, make};
use crate::{fail_point, store::disk::Disk};

/// Something to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Makes a segment.
    Make(SegmentHeader, Source),
    /// Replaces the checkpoint.
    Checkpoint(Vec<u8>),
    /// Removes files.
    Remove(Vec<String>),
    /// Cuts off what is behind the records of a segment.
    Cut { name: String, len: u64 },
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Report {
    Made(io::Result<SegmentFile>),
    Checkpointed(io::Result<()>),
    Removed(io::Result<()>),
    Cut(io::Result<()>),
}

/// Does jobs in the order in which they were asked for.
pub(super) trait Keeper: Send {
    fn ask(&mut self, job: Job);

    /// What came of the next job, if it is done.
    fn poll(&mut self) -> Option<Report>;

    /// Something is being done, or was done and not looked at.
    fn is_busy(&self) -> bool;

    /// Waits for the next job. `None` if there is none, or if the keeper has died.
    fn wait(&mut self) -> Option<Report>;
}

/// Does one job.
pub(super) fn work(disk: &dyn Disk, folder: &str, job: Job) -> Report {
    match job {
        Job::Make(header, source) => Report::Made(make(disk, folder, header, &source)),
        Job::Checkpoint(bytes) => Report::Checkpointed(write_checkpoint(disk, folder, &bytes)),
        Job::Remove(names) => Report::Removed(names.iter().try_for_each(|it| disk.remove(it))),
        Job::Cut { name, len } => Report::Cut(disk.open(&name).and_then(|file| file.set_len(len))),
    }
}

/// Either the old one is there afterwards or the new one, whatever happens.
pub(super) fn write_checkpoint(disk: &dyn Disk, folder: &str, bytes: &[u8]) -> io::Result<()> {
    let (fresh, name) = (format!("{folder}/{FRESH_CHECKPOINT}"), format!("{folder}/{CHECKPOINT}"));
    let written = disk.create(&fresh).and_then(|file| {
        file.write_at(bytes, 0)?;
        fail_point::reached("checkpoint-written");
        file.sync()
    });
    if let Err(error) = written {
        disk.remove(&fresh)?;
        return Err(error);
    }
    fail_point::reached("checkpoint-synced");
    disk.rename(&fresh, &name)?;
    fail_point::reached("checkpoint-renamed");
    disk.sync_folder(folder)
}

pub(super) const CHECKPOINT: &str = "checkpoint";
const FRESH_CHECKPOINT: &str = "checkpoint.new";

/// A thread.
pub(super) struct KeeperThread {
    /// Closed first, so that the thread ends.
    jobs: Option<Sender<Job>>,
    reports: Receiver<Report>,
    under_way: usize,
    /// What has not begun is not done any more.
    given_up: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl KeeperThread {
    pub(super) fn start(disk: Arc<dyn Disk>, folder: &'static str) -> io::Result<Self> {
        let (jobs, inbox) = channel();
        let (outbox, reports) = channel();
        let given_up = Arc::new(AtomicBool::new(false));
        let stop = given_up.clone();
        let run = move || {
            for job in inbox {
                if stop.load(Ordering::Relaxed) || outbox.send(work(&*disk, folder, job)).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("store-keeper".into()).spawn(run)?;
        Ok(Self { jobs: Some(jobs), reports, under_way: 0, given_up, thread: Some(thread) })
    }

    fn reported(&mut self, report: Option<Report>) -> Option<Report> {
        self.under_way -= usize::from(report.is_some());
        report
    }
}

impl Keeper for KeeperThread {
    fn ask(&mut self, job: Job) {
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        self.under_way += usize::from(sent);
    }

    fn poll(&mut self) -> Option<Report> {
        let report = self.reports.try_recv().ok();
        self.reported(report)
    }

    fn is_busy(&self) -> bool {
        self.under_way > 0
    }

    fn wait(&mut self) -> Option<Report> {
        let report = (self.under_way > 0).then(|| self.reports.recv().ok()).flatten();
        self.reported(report)
    }
}

impl Drop for KeeperThread {
    /// Whoever closes a store in order waits for its jobs first.
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Relaxed);
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's keeper thread panicked");
        }
    }
}
