//! All subjects side by side.

use std::{fmt::Write, time::Duration};

use super::{Column, figures::Figures};

/// What a row has for a subject.
type Cell = fn(&Figures) -> String;

const ROWS: [(&str, Cell); 13] = [
    ("messages of 1 KiB", |it| it.messages.to_string()),
    ("filled in transactions of 1000, messages/s", |it| rate(it, it.filling)),
    ("resident when it is full, MB", |it| megabytes(it.filled_bytes)),
    ("at most while it was filled, MB", |it| megabytes(it.filling_bytes)),
    ("kill -9 until the broker says that it serves, s", |it| seconds(it.ready)),
    ("kill -9 until a client has the first message, s", |it| seconds(it.served)),
    ("resident then, MB", |it| megabytes(it.restarted_bytes)),
    ("drained in order, messages/s", |it| rate(it, it.draining)),
    ("resident at most since the restart, MB", |it| megabytes(it.draining_bytes)),
    ("on disk: empty, MB", |it| megabytes(it.disk.empty)),
    ("on disk: full, MB", |it| megabytes(it.disk.filled)),
    ("on disk: just drained, MB", |it| megabytes(it.disk.drained)),
    ("on disk: a while later, MB", |it| megabytes(it.disk.at_rest)),
];

/// The section of BENCHMARKS.md.
pub(super) fn text(columns: &[Column]) -> String {
    let mut text = "## A deep queue\n\n\
         One queue of persistent messages, filled, its broker killed with `kill -9` at once and started again, and drained; our client with \
         all brokers. Resident is the broker's process; a database has its own memory, and its tables are what is on disk. Nothing is \
         missing, double or out of order, or there would be no table.\n\n|"
        .to_owned();
    for column in columns {
        let _ = write!(text, " | {}", column.name);
    }
    let _ = writeln!(text, " |\n|---|{}", "---:|".repeat(columns.len()));
    for (name, cell) in ROWS {
        let cells: Vec<String> = columns.iter().map(|column| cell(&column.figures)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }
    text
}

fn rate(figures: &Figures, time: Duration) -> String {
    format!("{:.0}", figures.messages as f64 / time.as_secs_f64())
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
