//! Durable commits per second of the file store, beside a bare append + `fdatasync` of the same
//! bytes, to a growing file and to one whose room was prepared; and, with `--fill`, the time to open
//! a store again after a kill, the memory that it takes, and the disk that it gives back.
//!
//! ```text
//! cargo bench -p relaismq-broker --bench durable_commits -- [--json] [--seconds 3] [--dir DIR]
//! cargo bench -p relaismq-broker --bench durable_commits -- --fill 1000000 [--bytes 1024]
//! ```
//! The sides take turns, one commit each, and each figure is the median of a side's commits: on a
//! shared machine the disk varies by more than they differ.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that measures time and prints it"
)]

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use clap::Parser;
use relaismq_broker::model::{Batch, Change, Container, Envelope};
use relaismq_broker::store::Store;
use relaismq_broker::store::file::{FileStore, FileStoreOptions};

#[derive(Parser)]
struct Args {
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
    /// Length of one row.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Where to write; the file system matters.
    #[arg(long, default_value = env!("CARGO_TARGET_TMPDIR"))]
    dir: PathBuf,
    /// Instead: store this many messages, then open the store again.
    #[arg(long)]
    fill: Option<u64>,
    /// Length of a message in bytes.
    #[arg(long, default_value_t = 1024)]
    bytes: usize,
    /// Part of `--fill`: open the store in this folder and drain it.
    #[arg(long, hide = true)]
    reopen: Option<PathBuf>,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Length of the prepared file.
const PREPARED_BYTES: u64 = 64 << 20;

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(dir) = &args.reopen {
        return reopen(dir, args.json);
    }
    if let Some(count) = args.fill {
        return fill(tempfile::tempdir_in(&args.dir)?.path(), count, &args);
    }
    let length = Duration::from_secs_f64(args.seconds);
    for batch in [1, 10, 100] {
        for acknowledge in [false, true] {
            let dir = tempfile::tempdir_in(&args.dir)?;
            let row = Row { batch, len: args.bytes, acknowledge };
            report(row, race(dir.path(), row, length)?, args.json);
        }
    }
    Ok(())
}

/// What is committed again and again.
#[derive(Clone, Copy)]
struct Row {
    /// Messages in a commit.
    batch: u64,
    /// Length of each in bytes.
    len: usize,
    /// Whether those of the commit before are removed.
    acknowledge: bool,
}

/// Commits per second of a bare file that grows, of a prepared one, and of the store.
fn race(dir: &Path, row: Row, length: Duration) -> Result<[f64; 3]> {
    let mut growing = File::create(dir.join("growing"))?;
    let mut prepared = Prepared::new(&dir.join("prepared"))?;
    let mut store = open(&dir.join("store"))?;
    store.recover()?;
    let mut random = Random(1);
    let mut taken = [Vec::new(), Vec::new(), Vec::new()];
    let start = Instant::now();
    let mut commits = 0;
    while start.elapsed() < length {
        let mut changes = adds(&mut random, (commits * row.batch, row.len), row.batch);
        let bytes: Vec<u8> = changes.iter().flat_map(blob).collect();
        if let (true, Some(before)) = (row.acknowledge, commits.checked_sub(1)) {
            changes.extend((before * row.batch..commits * row.batch).map(|i| remove(i + 1)));
        }
        let batch = [Batch { changes, sync: true }];
        let turns = [
            timed(|| Ok(growing.write_all(&bytes).and_then(|()| growing.sync_data())?))?.0,
            timed(|| prepared.append(&bytes))?.0,
            timed(|| Ok(store.commit(&batch)?))?.0,
        ];
        taken.iter_mut().zip(turns).for_each(|(all, turn)| all.push(turn.as_secs_f64()));
        commits += 1;
    }
    Ok(taken.map(|all| 1.0 / median(all)))
}

fn blob(change: &Change) -> Bytes {
    match change {
        Change::Add { blob, .. } => blob.clone(),
        _ => Bytes::new(),
    }
}

/// A file that has its room already and is written round and round.
struct Prepared {
    file: File,
    at: u64,
}

impl Prepared {
    fn new(path: &Path) -> Result<Self> {
        let mut file = File::create(path)?;
        let zeros = vec![0; 1 << 20];
        for _ in 0..PREPARED_BYTES >> 20 {
            file.write_all(&zeros)?;
        }
        file.sync_all()?;
        Ok(Self { file, at: 0 })
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        if self.at + bytes.len() as u64 > PREPARED_BYTES {
            self.at = 0;
        }
        self.file.write_all_at(bytes, self.at)?;
        self.at += bytes.len() as u64;
        Ok(self.file.sync_data()?)
    }
}

fn report(row: Row, [bare, prepared, store]: [f64; 3], json: bool) {
    let Row { batch, acknowledge, .. } = row;
    let (ratio, of_prepared) = (store / bare, store / prepared);
    let work = if acknowledge { "add+remove" } else { "add" };
    if json {
        println!(
            "{{\"work\":\"{work}\",\"batch\":{batch},\"bare_per_s\":{bare:.0},\
             \"prepared_per_s\":{prepared:.0},\"store_per_s\":{store:.0},\"ratio\":{ratio:.3}}}"
        );
    } else {
        println!(
            "{work:>10} x{batch:<3}  bare {bare:>6.0}/s  prepared {prepared:>6.0}/s  \
             store {store:>6.0}/s  ratio {ratio:.2}  of prepared {of_prepared:.2}"
        );
    }
}

fn fill(dir: &Path, count: u64, args: &Args) -> Result<()> {
    let json = args.json;
    let (created, mut store) = timed(|| open(dir))?;
    store.recover()?;
    let mut random = Random(1);
    let (filled, ()) = timed(|| {
        for first in (0..count).step_by(1000) {
            let changes = adds(&mut random, (first, args.bytes), 1000.min(count - first));
            store.commit(&[Batch { changes, sync: true }])?;
        }
        Ok(())
    })?;
    let resident = resident_kib()?;
    // Without an end in order, as after a kill.
    drop(store);
    let fields = [
        ("create_ms", created.as_secs_f64() * 1e3),
        ("fill_s", filled.as_secs_f64()),
        ("resident_after_fill_kib", resident),
        ("disk_mib", disk_mib(dir)?),
    ];
    print(json, &fields);
    // In a process of its own: this one's memory tells of the filling.
    let mut reopen = std::process::Command::new(std::env::current_exe()?);
    reopen.arg("--reopen").arg(dir).args(json.then_some("--json"));
    anyhow::ensure!(reopen.status()?.success(), "reopening failed");
    Ok(())
}

fn reopen(dir: &Path, json: bool) -> Result<()> {
    let (opened, mut store) = timed(|| open(dir))?;
    let (recovered, found) = timed(|| Ok(store.recover()?))?;
    let idle = resident_kib()?;
    let (drained, read) = timed(|| drain(&mut store))?;
    let (tidied, ()) = timed(|| tidy(&mut store))?;
    let count: u64 = found.containers.iter().map(|summary| summary.count).sum();
    anyhow::ensure!(read == count, "{read} of {count} messages read");
    let fields = [
        ("open_ms", opened.as_secs_f64() * 1e3),
        ("recover_ms", recovered.as_secs_f64() * 1e3),
        ("resident_after_open_kib", idle),
        ("drain_s", drained.as_secs_f64()),
        ("tidy_ms", tidied.as_secs_f64() * 1e3),
        ("disk_after_drain_mib", disk_mib(dir)?),
        ("resident_after_drain_kib", resident_kib()?),
    ];
    print(json, &fields);
    Ok(())
}

fn print(json: bool, fields: &[(&str, f64)]) {
    let shown: Vec<_> =
        fields.iter().map(|(name, value)| format!("\"{name}\":{value:.1}")).collect();
    let shown = shown.join(",");
    if json {
        println!("{{{shown}}}");
    } else {
        println!("{}", shown.replace('"', "").replace(',', "  "));
    }
}

/// What a writer does while nobody waits, until there is nothing more to do.
fn tidy(store: &mut FileStore) -> Result<()> {
    while let Some(pause) = store.tidy()? {
        std::thread::sleep(pause);
    }
    Ok(())
}

/// Allocated to files in the folder, in MiB.
fn disk_mib(dir: &Path) -> Result<f64> {
    let mut mib = 0.0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let about = entry.metadata()?;
        let own = f64::from(u32::try_from(about.blocks())?) / 2048.0;
        mib += if about.is_dir() { disk_mib(&entry.path())? } else { own };
    }
    Ok(mib)
}

/// Pages everything and removes it, as a consumer does.
fn drain(store: &mut FileStore) -> Result<u64> {
    let (mut after, mut found) = (0, 0);
    loop {
        let page = store.page(&queue(), after, 1000, usize::MAX)?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.sequence;
        found += page.len() as u64;
        let changes = page.iter().map(|message| remove(message.sequence)).collect();
        store.commit(&[Batch { changes, sync: true }])?;
    }
}

fn open(dir: &Path) -> Result<FileStore> {
    Ok(FileStoreOptions::new(dir).open()?)
}

fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(Duration, T)> {
    let start = Instant::now();
    let value = work()?;
    Ok((start.elapsed(), value))
}

fn resident_kib() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    Ok(number.context("no VmRSS line")?.parse()?)
}

fn queue() -> Container {
    Container::Queue("bench".into())
}

fn adds(random: &mut Random, (first, len): (u64, usize), count: u64) -> Vec<Change> {
    let add = |i| Change::Add {
        container: queue(),
        sequence: first + i + 1,
        envelope: Envelope::default(),
        blob: Bytes::from(random.message(len)),
        transient: false,
    };
    (0..count).map(add).collect()
}

fn remove(sequence: u64) -> Change {
    Change::Remove { container: queue(), sequence }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Xorshift: bytes that no compression makes smaller.
struct Random(u64);

impl Random {
    fn message(&mut self, len: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> =
            (0..len.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).collect();
        bytes.truncate(len);
        bytes
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
