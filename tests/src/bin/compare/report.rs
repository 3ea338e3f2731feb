//! The table.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use crate::{
    subjects::{PAIRS, Pair},
    workloads::{ONE_BY_ONE, Workload},
};

/// Rates by workload and pair.
#[derive(Debug, Default)]
pub(crate) struct Report {
    order: Vec<&'static str>,
    rates: BTreeMap<(&'static str, Pair), Vec<f64>>,
    /// Of the disk alone, while messages were confirmed one by one.
    floors: Vec<f64>,
}

impl Report {
    pub(crate) fn add(&mut self, workload: &'static str, pair: Pair, rate: f64) {
        if !self.order.contains(&workload) {
            self.order.push(workload);
        }
        self.rates.entry((workload, pair)).or_default().push(rate);
    }

    /// What one append and sync takes at the time of this workload.
    pub(crate) fn note_floor(&mut self, workload: &Workload, floor: Duration) {
        if workload.is_one_by_one() {
            self.floors.push(floor.as_secs_f64());
        }
    }

    fn rate(&self, workload: &'static str, pair: Pair) -> f64 {
        median(self.rates.get(&(workload, pair)).map_or(&[], Vec::as_slice))
    }

    /// The whole of BENCHMARKS.md.
    pub(crate) fn text(
        &self,
        machine: &str,
        rounds: usize,
        crowds: &str,
        footprint: &[String],
    ) -> String {
        let mut text = format!(
            "# Benchmarks\n\n\
             Made by `cargo run --release -p relaismq-tests --bin compare` on {machine}. Each figure is the \
             median of {rounds} runs, in messages per second from the first send to the last receive; the \
             pairs alternate within one run, each a few seconds after the one before it, and brokers and clients share the machine. Messages have \
             1 KiB. ActiveMQ is 5.17.2 with KahaDB, Java 17; Artemis is 2.55.0 with its journal (NIO); RelaisMQ's broker has its file store; all sync \
             before they confirm.\n\n\
             | workload | (a) JMS on ActiveMQ | (b) JMS on RelaisMQ | (c) RelaisMQ on ActiveMQ | \
             (d) RelaisMQ on RelaisMQ | (e) JMS on Artemis | (b)/(a) | (c)/(a) | (d)/(a) | (d)/(e) |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        );
        for workload in &self.order {
            let [a, b, c, d, e] = PAIRS.map(|pair| self.rate(workload, pair));
            let rates = [a, b, c, d, e].map(|rate| shown(rate, 0)).join(" | ");
            let ratios = [b / a, c / a, d / a, d / e].map(|ratio| shown(ratio, 2)).join(" | ");
            // Writing to a string cannot fail.
            let _ = writeln!(text, "| {workload} | {rates} | {ratios} |");
        }
        text.push_str(&self.about_the_disk());
        text.push_str(crowds);
        if !footprint.is_empty() {
            text.push_str("\n## The broker by itself\n\n");
            for line in footprint {
                let _ = writeln!(text, "{}{line}", if line.starts_with('\n') { "" } else { "* " });
            }
        }
        text
    }

    /// One by one, each message waits for the disk, whoever sends and stores it.
    fn about_the_disk(&self) -> String {
        let Some(workload) = self.order.iter().find(|name| **name == ONE_BY_ONE) else {
            return String::new();
        };
        let [a, _, _, d, _] = PAIRS.map(|pair| 1e6 / self.rate(workload, pair));
        let floor = 1e6 * median(&self.floors);
        format!(
            "\nOne by one, one producer: a bare append of 1 KiB with fdatasync takes {floor:.0} µs on this disk, \
             (a) {a:.0} µs for a message and (d) {d:.0} µs. Beyond that append, (d) takes {:.0} µs where (a) \
             takes {:.0} µs.\n",
            d - floor,
            a - floor
        )
    }
}

/// What was not measured is left open.
pub(crate) fn shown(figure: f64, digits: usize) -> String {
    if figure.is_nan() { "–".to_owned() } else { format!("{figure:.digits$}") }
}

/// A line of a table with ActiveMQ's figures, ours, and how many times as much that is.
pub(crate) fn beside(name: &str, activemq: &[f64], relaismq: &[f64]) -> String {
    let [a, d] = [activemq, relaismq].map(median);
    format!("| {name} | {} | {} | {} |\n", shown(a, 0), shown(d, 0), shown(d / a, 2))
}

/// Of an even number, between the two in the middle.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    let last = figures.len().saturating_sub(1);
    match (figures.get(last / 2), figures.get(last.div_ceil(2))) {
        (Some(one), Some(other)) => f64::midpoint(*one, *other),
        _ => f64::NAN,
    }
}
