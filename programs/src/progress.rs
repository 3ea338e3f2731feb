//! A bar with rate and connection state on a terminal; a line now and then elsewhere.

use std::{
    fmt,
    io::IsTerminal,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use relaismq::{Connection, Event};

use crate::output;

/// Shows how far the work is, on standard error.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// Where there is no terminal: when the next line is due, in seconds from the beginning.
    due: Arc<AtomicU64>,
}

/// Seconds between two lines where there is no terminal.
const PERIOD: u64 = 5;

const STYLE: &str = "{prefix:>10} {wide_bar} {pos}/{len}  {rate:>10}  {msg}";
const STYLE_WITHOUT_END: &str = "{prefix:>10} {spinner} {pos}  {rate:>10}  {msg}";

impl Progress {
    /// Of `total` messages, if that is known. Nothing is drawn unless standard error is a terminal.
    pub fn new(what: &'static str, total: Option<u64>) -> Self {
        let visible = std::io::stderr().is_terminal();
        let target = if visible {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(total, target).with_prefix(what);
        let template = if total.is_some() { STYLE } else { STYLE_WITHOUT_END };
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("rate", |state: &ProgressState, text: &mut dyn fmt::Write| {
                // Writing into a bar's text cannot fail.
                let _ = write!(text, "{:.0}/s", state.per_sec());
            });
        bar.set_style(style);
        if visible {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, due: Arc::new(AtomicU64::new(PERIOD)) }
    }

    /// So many messages are done, all in all.
    pub fn at(&self, count: u64) {
        self.bar.set_position(count);
        let elapsed = self.bar.elapsed().as_secs();
        if self.bar.is_hidden() && elapsed >= self.due.load(Ordering::Relaxed) {
            self.due.store(elapsed + PERIOD, Ordering::Relaxed);
            output::note(&self.so_far(count, elapsed));
        }
    }

    fn so_far(&self, count: u64, elapsed: u64) -> String {
        let (what, state) = (self.bar.prefix(), self.bar.message());
        format!("{what} {count} in {elapsed} s, {}/s; {state}", count / elapsed.max(1))
    }

    /// Shows what happens to the connection: on the bar, and interruptions as lines.
    pub fn follow(&self, connection: &Connection) {
        self.state("connected");
        let mut events = connection.events();
        let progress = self.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if matches!(
                    event,
                    Event::Interrupted { .. }
                        | Event::Resumed { .. }
                        | Event::ConsumerLost { .. }
                        | Event::Warning(_)
                ) {
                    progress.line(&event.to_string());
                }
                progress.state(event.to_string());
            }
        });
    }

    /// What the connection is doing.
    pub fn state(&self, text: impl Into<std::borrow::Cow<'static, str>>) {
        self.bar.set_message(text);
    }

    /// A line above the bar; on standard error if there is no terminal.
    pub fn line(&self, text: &str) {
        if self.bar.is_hidden() {
            output::note(text);
        } else {
            self.bar.println(text);
        }
    }

    /// Leaves the bar as it is; what is printed next begins a line of its own.
    pub fn finish(&self) {
        let visible = !self.bar.is_hidden();
        self.bar.abandon();
        if visible {
            output::note("");
        }
    }
}
