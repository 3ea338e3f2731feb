//! `relaismq browse`.

use crate::{
    arguments::{self, Consistent, Given, Reach},
    browse::Plan,
    ending::EXIT_STATUSES,
    printing::Print,
};

/// Print what is in a queue, from the front, and leave it there
///
/// A broker may show only the first messages of a long queue: ActiveMQ's default is 400.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct Args {
    #[command(flatten)]
    reach: Reach,
    /// NAME or queue://NAME
    #[arg(value_parser = arguments::queue)]
    queue: String,
    /// Print whole messages with headers and properties, each as one line of JSON; without it, the
    /// bodies
    #[arg(long)]
    json: bool,
    /// Only messages that this JMS selector matches
    #[arg(long, value_parser = arguments::some_text)]
    selector: Option<String>,
    /// Messages to print; 0 for all
    #[arg(short = 'n', long, default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::messages)]
    count: u64,
    /// Print the summary as one JSON object, the last line on standard output
    #[arg(long)]
    summary: bool,
}

const EXAMPLES: &str = "Examples:
  relaismq browse orders --count 3
  relaismq browse orders --selector \"JMSPriority > 6\" --json";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{EXIT_STATUSES}")
}

impl Args {
    pub(super) fn plan(self) -> Plan {
        Plan {
            broker: self.reach.to(self.queue, self.summary),
            selector: self.selector,
            messages: self.count,
            print: if self.json { Print::Json } else { Print::Text },
        }
    }
}

impl Consistent for Args {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        self.reach.contradiction(given)
    }
}
