//! Durable commits per second of the file store, beside a bare append + `fdatasync` of the same
//! bytes, to a growing file and to one whose room was prepared; and, with `--fill`, the time to open
//! a store again after a kill, the memory that it takes, and the disk that it gives back.
//!
//! ```text
//! cargo bench -p relaismq-broker --bench durable_commits -- [--json] [--seconds 1] [--dir DIR]
//! cargo bench -p relaismq-broker --bench durable_commits -- --fill 1000000 [--bytes 1024]
//! ```
//! The sides alternate and each figure is the median of three runs: on a shared machine the
//! disk varies by more than they differ.
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
use relaismq_broker::model::{Batch, Change, Container};
use relaismq_broker::store::Store;
use relaismq_broker::store::file::{FileStore, FileStoreOptions};

#[derive(Parser)]
struct Args {
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
    /// Length of one run.
    #[arg(long, default_value_t = 1.0)]
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

/// Of the prepared file, which is written round and round.
const PREPARED_BYTES: u64 = 64 << 20;
const RUNS: usize = 3;

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(dir) = &args.reopen {
        return reopen(dir, args.json);
    }
    let dir = tempfile::tempdir_in(&args.dir)?;
    if let Some(count) = args.fill {
        return fill(dir.path(), count, &args);
    }
    let prepared = prepare(&dir.path().join("prepared"))?;
    let length = Duration::from_secs_f64(args.seconds);
    for batch in [1, 10, 100] {
        for acknowledge in [false, true] {
            let mut rates = [Vec::new(), Vec::new(), Vec::new()];
            for run in 0..RUNS {
                let at = dir.path().join(format!("{batch}-{acknowledge}-{run}"));
                let message = (batch, args.bytes);
                let measured = [
                    bare(&at.with_extension("raw"), message, length)?,
                    round(&prepared, message, length)?,
                    stored(&at, message, acknowledge, length)?,
                ];
                rates.iter_mut().zip(measured).for_each(|(all, rate)| all.push(rate));
                // Nobody else's bytes are written while the next one has its turn.
                std::fs::remove_dir_all(&at)?;
                std::fs::remove_file(at.with_extension("raw"))?;
            }
            report(batch, acknowledge, rates.map(median), args.json);
        }
    }
    Ok(())
}

fn report(batch: u64, acknowledge: bool, [bare, prepared, store]: [f64; 3], json: bool) {
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

/// Commits per second of the smallest thing that is durable.
fn bare(path: &Path, (batch, len): (u64, usize), length: Duration) -> Result<f64> {
    let mut file = File::create(path)?;
    let mut random = Random(1);
    per_second(length, |_| {
        let bytes: Vec<u8> = (0..batch).flat_map(|_| random.message(len)).collect();
        file.write_all(&bytes)?;
        Ok(file.sync_data()?)
    })
}

fn prepare(path: &Path) -> Result<File> {
    let mut file = File::options().write(true).create(true).truncate(true).open(path)?;
    let zeros = vec![0; 1 << 20];
    for _ in 0..PREPARED_BYTES >> 20 {
        file.write_all(&zeros)?;
    }
    file.sync_all()?;
    Ok(file)
}

/// The same into a file that has its room already.
fn round(file: &File, (batch, len): (u64, usize), length: Duration) -> Result<f64> {
    let mut random = Random(1);
    let mut at = 0;
    per_second(length, |_| {
        let bytes: Vec<u8> = (0..batch).flat_map(|_| random.message(len)).collect();
        if at + bytes.len() as u64 > PREPARED_BYTES {
            at = 0;
        }
        file.write_all_at(&bytes, at)?;
        at += bytes.len() as u64;
        Ok(file.sync_data()?)
    })
}

fn stored(
    dir: &Path,
    (batch, len): (u64, usize),
    acknowledge: bool,
    length: Duration,
) -> Result<f64> {
    let mut store = open(dir)?;
    store.recover()?;
    let mut random = Random(1);
    per_second(length, |n| {
        let mut changes = adds(&mut random, (n * batch, len), batch);
        if let (true, Some(before)) = (acknowledge, n.checked_sub(1)) {
            changes.extend((before * batch..n * batch).map(|i| remove(i + 1)));
        }
        Ok(store.commit(&[Batch { changes, sync: true }])?)
    })
}

fn per_second(length: Duration, mut commit: impl FnMut(u64) -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    let mut commits = 0_u32;
    while start.elapsed() < length {
        commit(commits.into())?;
        commits += 1;
    }
    Ok(f64::from(commits) / start.elapsed().as_secs_f64())
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
