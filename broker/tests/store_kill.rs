//! A file store is killed with SIGKILL again and again: what was confirmed must be there, in whole
//! batches, and the shared directory must be free at once.
#![expect(clippy::unwrap_used, reason = "clippy takes a test's helper functions for other code")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

use bytes::Bytes;
use relaismq_broker::model::{Batch, Change, Container, Envelope, StoredMessage, Ticket};
use relaismq_broker::store::Store;
use relaismq_broker::store::file::{FileStore, FileStoreOptions};
use relaismq_broker::store::lock::{DEFAULT_KEEP_ALIVE, SharedDirectory};
use relaismq_broker::store::memory::MemoryStore;
use relaismq_broker::store::writer::{GroupLimits, StoreEvent, StoreWriter};

const ROUNDS: u64 = 20;
/// Commits handed in and not yet confirmed.
const IN_FLIGHT: u64 = 4;
const QUEUES: u64 = 3;
const DIRECTORY: &str = "RELAISMQ_STORE_KILL_DIR";

#[test]
fn what_was_confirmed_survives_kill_9_in_whole_batches() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut reference = Reference::default();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..ROUNDS {
        let confirmed = run_and_kill(dir.path(), 1 + random.below(150));
        let mut store = take_over(dir.path());
        let recovered = store.recover().unwrap();
        assert!(recovered.offers_known, "the system lives on");
        let kept = recovered.last_sequence / SEQUENCES_PER_COMMIT;
        let possible = confirmed..=confirmed + IN_FLIGHT;
        assert!(possible.contains(&kept), "round {round}: {kept} commits kept of {possible:?}");
        reference.advance_to(kept);
        assert_eq!(recovered.producers, [("ID:p".to_owned(), i64::try_from(kept).unwrap())]);
        for n in 0..QUEUES {
            let (found, expected) = (all(&mut store, n), all(&mut reference.store, n));
            assert!(found == expected, "round {round}, queue {n}, {kept} commits");
            let summary = recovered.containers.iter().find(|s| s.container == queue(n));
            assert_eq!(summary.map_or(0, |s| s.count), expected.len() as u64);
        }
    }
}

/// Lets a child commit until `lines` confirmations were read, kills it, and returns the last commit
/// that it confirmed.
fn run_and_kill(dir: &Path, lines: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "commits_until_it_is_killed", "--nocapture"])
        .env(DIRECTORY, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let numbers = output.lines().map_while(Result::ok);
    let mut numbers = numbers.filter_map(|line| line.strip_prefix("confirmed ")?.parse().ok());
    let mut last: Option<u64> = None;
    for _ in 0..lines {
        last = numbers.next();
        assert!(last.is_some(), "the child ended by itself");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it still said before it died is confirmed too.
    numbers.last().or(last).unwrap()
}

/// The child's part; nothing when run as an ordinary test.
#[test]
fn commits_until_it_is_killed() {
    let Ok(dir) = std::env::var(DIRECTORY) else { return };
    let (sender, events) = channel();
    let deliver = move |group| drop(sender.send(group));
    let open = move || Ok(Box::new(take_over(Path::new(&dir))) as Box<dyn Store>);
    let writer = StoreWriter::open(open, GroupLimits::default(), deliver).unwrap();
    let mut events = events.iter().flatten();
    let Some(StoreEvent::Recovered(recovered)) = events.next() else { panic!("not opened") };
    let mut next = recovered.last_sequence / SEQUENCES_PER_COMMIT + 1;
    (0..IN_FLIGHT).for_each(|n| writer.commit(Ticket(next + n), commit(next + n), Ticket(0)));
    next += IN_FLIGHT;
    let mut out = std::io::stdout();
    // The harness leaves its own line unfinished.
    out.write_all(b"\n").unwrap();
    for event in events {
        let StoreEvent::Stored(ticket) = event else { panic!("{event:?}") };
        // One write each: a line is there as a whole or not at all.
        out.write_all(format!("confirmed {}\n", ticket.0).as_bytes()).unwrap();
        writer.commit(Ticket(next), commit(next), Ticket(0));
        next += 1;
    }
}

fn take_over(dir: &Path) -> FileStore {
    let ownership = SharedDirectory::new(dir).try_acquire().unwrap();
    let ownership = ownership.expect("a killed process must hold no lock");
    // Small segments: they are made, sealed, compacted and used again all the time.
    FileStoreOptions::new(dir)
        .reserve_bytes(1 << 20)
        .segment_bytes(256 << 10)
        .shared(ownership, DEFAULT_KEEP_ALIVE)
        .open()
        .unwrap()
}

const SEQUENCES_PER_COMMIT: u64 = 8;

/// The n-th commit of all, whoever makes it: some messages over all queues, one of them last, a
/// few removals of what the commits before added, a producer's mark.
fn commit(n: u64) -> Batch {
    let first = n * SEQUENCES_PER_COMMIT;
    let mut changes: Vec<Change> = (0..SEQUENCES_PER_COMMIT)
        .filter(|i| !(n + i).is_multiple_of(3))
        .map(|i| add(first + i))
        .collect();
    changes.push(add(first + SEQUENCES_PER_COMMIT - 1));
    let old = first.saturating_sub(40);
    changes.extend((old..old + SEQUENCES_PER_COMMIT).filter(|s| s % 23 != 0).map(remove));
    let sequence = i64::try_from(n).unwrap();
    changes.push(Change::ProducerSequence { producer: "ID:p".into(), sequence });
    Batch { changes, sync: true }
}

fn add(sequence: u64) -> Change {
    let len = if sequence.is_multiple_of(97) { 1 << 20 } else { 700 };
    let mut random = Random(sequence + 1);
    let blob: Bytes = (0..len / 8).flat_map(|_| random.next().to_le_bytes()).collect();
    let (container, envelope) = (queue(sequence % QUEUES), Envelope::default());
    Change::Add { container, sequence, envelope, blob, transient: false }
}

fn remove(sequence: u64) -> Change {
    Change::Remove { container: queue(sequence % QUEUES), sequence }
}

fn queue(n: u64) -> Container {
    Container::Queue(format!("queue.{n}").into())
}

fn all(store: &mut dyn Store, n: u64) -> Vec<StoredMessage> {
    store.page(&queue(n), 0, usize::MAX, usize::MAX).unwrap()
}

/// What a store holds after some number of commits.
#[derive(Default)]
struct Reference {
    store: MemoryStore,
    commits: u64,
}

impl Reference {
    fn advance_to(&mut self, commits: u64) {
        assert!(commits >= self.commits, "commits went back");
        for n in self.commits + 1..=commits {
            self.store.commit(&[commit(n)]).unwrap();
        }
        self.commits = commits;
    }
}

/// Xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
