//! A bar with rate and connection state on a terminal; a line now and then elsewhere.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use relaismq::{Connection, Event};

/// Shows how far the work is, on standard error.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
}

const STYLE: &str = "{prefix:>10} {wide_bar} {pos}/{len}  {per_sec:>14}  {msg}";
const STYLE_WITHOUT_END: &str = "{prefix:>10} {spinner} {pos}  {per_sec:>14}  {msg}";

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
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        if visible {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar }
    }

    /// So many messages are done, all in all.
    pub fn at(&self, count: u64) {
        self.bar.set_position(count);
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
    #[expect(clippy::print_stderr, reason = "people read it there")]
    pub fn line(&self, text: &str) {
        if self.bar.is_hidden() {
            eprintln!("{text}");
        } else {
            self.bar.println(text);
        }
    }

    /// Leaves the bar as it is.
    pub fn finish(&self) {
        self.bar.abandon();
    }
}
