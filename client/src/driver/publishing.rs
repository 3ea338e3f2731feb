//! Figures for the recorder of metrics that the application has, if it has one.
//!
//! Differences are told, so that the metrics of all connections of a program add up.

use std::time::{Duration, Instant};

use metrics::{Counter, Gauge, Label, counter, describe_counter, describe_gauge, gauge};

use crate::proto::statistics::{Figure, FigureKind, Statistics};

/// From a change to its publication.
const PAUSE: Duration = Duration::from_millis(250);

/// One connection's way to the recorder.
pub(super) struct Publisher {
    metrics: Vec<(&'static Figure, Metric)>,
    told: Statistics,
    due: Option<Instant>,
}

enum Metric {
    Counter(Counter),
    Gauge(Gauge),
}

impl Publisher {
    /// `name` becomes a label.
    pub(super) fn new(name: Option<&str>) -> Self {
        let labels: Vec<Label> =
            name.map(|name| Label::new("connection", name.to_owned())).into_iter().collect();
        let metric = |figure: &'static Figure| (figure, registered(figure, labels.clone()));
        Self {
            metrics: Statistics::figures().iter().map(metric).collect(),
            told: Statistics::default(),
            due: None,
        }
    }

    /// When something waits to be told.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Something may have changed. True if it is time to tell.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        match self.due {
            Some(due) if due <= now => {
                self.due = None;
                true
            }
            Some(_) => false,
            None => {
                self.due = now.checked_add(PAUSE);
                false
            }
        }
    }

    pub(super) fn tell(&mut self, now: Statistics) {
        for (figure, metric) in &self.metrics {
            let difference = figure.read(&now) - figure.read(&self.told);
            match metric {
                Metric::Counter(counter) => counter.increment(whole(difference)),
                Metric::Gauge(gauge) => gauge.increment(difference),
            }
        }
        self.told = now;
    }
}

fn registered(figure: &Figure, labels: Vec<Label>) -> Metric {
    let name = figure.metric();
    match figure.kind {
        FigureKind::Counter => {
            describe_counter!(name.clone(), figure.meaning);
            Metric::Counter(counter!(name, labels))
        }
        FigureKind::Seconds | FigureKind::Gauge => {
            describe_gauge!(name.clone(), figure.meaning);
            Metric::Gauge(gauge!(name, labels))
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a difference of counts, which never fall"
)]
const fn whole(difference: f64) -> u64 {
    difference as u64
}
