//! The table.

use std::{collections::BTreeMap, fmt::Write};

use crate::subjects::{PAIRS, Pair};

/// Rates by workload and pair.
#[derive(Debug, Default)]
pub(crate) struct Report {
    order: Vec<&'static str>,
    rates: BTreeMap<(&'static str, Pair), Vec<f64>>,
}

impl Report {
    pub(crate) fn add(&mut self, workload: &'static str, pair: Pair, rate: f64) {
        if !self.order.contains(&workload) {
            self.order.push(workload);
        }
        self.rates.entry((workload, pair)).or_default().push(rate);
    }

    fn median(&self, workload: &'static str, pair: Pair) -> f64 {
        let mut rates = self.rates.get(&(workload, pair)).cloned().unwrap_or_default();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The whole of BENCHMARKS.md.
    pub(crate) fn text(&self, machine: &str, rounds: usize, footprint: &[String]) -> String {
        let mut text = format!(
            "# Benchmarks\n\n\
             Made by `cargo run --release -p relaismq-tests --bin compare` on {machine}. Each figure is the \
             median of {rounds} runs, in messages per second from the first send to the last receive; the four \
             pairs alternate within one run, and both brokers and clients share the machine. Messages have \
             1 KiB. ActiveMQ is 5.17.2 with KahaDB, Java 17; RelaisMQ's broker has its file store; both sync \
             before they confirm.\n\n\
             | workload | (a) JMS on ActiveMQ | (b) JMS on RelaisMQ | (c) RelaisMQ on ActiveMQ | \
             (d) RelaisMQ on RelaisMQ | (b)/(a) | (c)/(a) | (d)/(a) |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|\n"
        );
        for workload in &self.order {
            let [a, b, c, d] = PAIRS.map(|pair| self.median(workload, pair));
            let rates = [a, b, c, d].map(|rate| format!("{rate:.0}")).join(" | ");
            let ratios = [b / a, c / a, d / a].map(|ratio| format!("{ratio:.2}")).join(" | ");
            // Writing to a string cannot fail.
            let _ = writeln!(text, "| {workload} | {rates} | {ratios} |");
        }
        if !footprint.is_empty() {
            text.push_str("\n## The broker by itself\n\n");
            for line in footprint {
                let _ = writeln!(text, "{}{line}", if line.starts_with('\n') { "" } else { "* " });
            }
        }
        text
    }
}
