//! How long things took, as percentiles.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// Times of any length, to three digits. Counts a million as easily as one.
#[derive(Debug)]
pub struct Latency {
    /// In microseconds.
    times: Mutex<Histogram<u64>>,
}

/// What is shown, under these names.
const SHOWN: [(&str, f64); 4] = [("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99.9", 99.9)];

impl Default for Latency {
    fn default() -> Self {
        Self { times: Mutex::new(empty()) }
    }
}

impl Latency {
    /// Notes one.
    pub fn note(&self, time: Duration) {
        let microseconds = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.times().saturating_record(microseconds);
    }

    /// Milliseconds by name; null if there are none.
    pub fn json(&self) -> Value {
        let shown = self.milliseconds();
        if shown.is_empty() {
            Value::Null
        } else {
            shown.into_iter().map(|(n, t)| (n, json!(t))).collect()
        }
    }

    /// As a part of a sentence; `None` if there are none.
    pub fn text(&self) -> Option<String> {
        let shown = self.milliseconds();
        let parts: Vec<_> = shown.iter().map(|(name, time)| format!("{name} {time:.2}")).collect();
        (!parts.is_empty()).then(|| format!("{} ms", parts.join(", ")))
    }

    fn milliseconds(&self) -> Vec<(String, f64)> {
        let times = self.times();
        if times.is_empty() {
            return Vec::new();
        }
        let percentiles =
            SHOWN.map(|(name, percent)| (name.to_owned(), times.value_at_percentile(percent)));
        let all = percentiles.into_iter().chain([("max".to_owned(), times.max())]);
        all.map(|(name, time)| (name, milliseconds(time))).collect()
    }

    fn times(&self) -> MutexGuard<'_, Histogram<u64>> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From a microsecond to an hour; what is longer counts as an hour.
#[expect(clippy::expect_used, reason = "these three numbers are accepted")]
fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("bounds and digits are in order")
}

fn milliseconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_told_in_milliseconds() {
        let latency = Latency::default();
        assert_eq!((latency.json(), latency.text()), (Value::Null, None));
        for number in 1..=1000 {
            latency.note(Duration::from_millis(number));
        }
        let json = latency.json();
        for (name, least) in [("p50", 500.0), ("p90", 900.0), ("p99", 990.0), ("max", 1000.0)] {
            let time = json[name].as_f64().unwrap();
            assert!((least..least * 1.002).contains(&time), "{name}: {json}");
        }
        assert!(latency.text().unwrap().starts_with("p50 500."));
    }

    #[test]
    fn what_is_longer_than_an_hour_counts_as_one() {
        let latency = Latency::default();
        latency.note(Duration::MAX);
        assert!((3.6e6..3.61e6).contains(&latency.json()["max"].as_f64().unwrap()));
    }
}
