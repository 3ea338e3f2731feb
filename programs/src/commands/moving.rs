//! `relaismq move` and `relaismq purge`.

use std::time::Duration;

use crate::{
    arguments::{self, Consistent, Given, Reach},
    ending::EXIT_STATUSES,
    moving::{Aim, Plan},
};

/// Move messages from one queue to another destination
///
/// Body, properties, correlation id, reply destination, type, group, priority, delivery mode and time of
/// expiry stay as they are; the message id and the time of sending are new. Taking and sending is one
/// transaction: whoever kills the program or the broker finds each message in one place.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help(MOVE_EXAMPLES))]
pub(super) struct MoveArgs {
    #[command(flatten)]
    reach: Reach,
    /// The queue to take from: NAME or queue://NAME
    #[arg(value_parser = arguments::queue)]
    from: String,
    /// Where to: NAME or queue://NAME for a queue, topic://NAME for a topic
    #[arg(value_parser = arguments::readable, required_unless_present = "back")]
    to: Option<String>,
    /// To where each message was sent first, such as from a dead letter queue
    #[arg(long, conflicts_with = "to")]
    back: bool,
    #[command(flatten)]
    taking: Taking,
}

/// Delete messages from a queue
///
/// They are received and thrown away: an idle queue is empty then, and the queue itself stays.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help(PURGE_EXAMPLES))]
pub(super) struct PurgeArgs {
    #[command(flatten)]
    reach: Reach,
    /// NAME or queue://NAME
    #[arg(value_parser = arguments::queue)]
    queue: String,
    #[command(flatten)]
    taking: Taking,
}

/// Which messages, and how.
#[derive(Debug, clap::Args)]
struct Taking {
    /// Only messages that this JMS selector matches
    #[arg(long, value_parser = arguments::some_text)]
    selector: Option<String>,
    /// So many messages, from the front; 0 for all
    #[arg(short = 'n', long, default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::messages)]
    count: u64,
    /// Messages in a transaction
    #[arg(long, default_value_t = 100, allow_negative_numbers = true, value_parser = batch)]
    batch: u64,
    /// Seconds without any message after which the queue seems empty; then it is browsed to make sure
    #[arg(long, value_name = "SECONDS", default_value_t = 1, allow_negative_numbers = true,
        value_parser = idle)]
    idle: u64,
    /// Only say how many messages there are
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do it without asking; needed where there is no terminal
    #[arg(short, long)]
    yes: bool,
    /// Print the summary as one JSON object on standard output
    #[arg(long)]
    summary: bool,
}

const MOVE_EXAMPLES: &str = "Examples:
  relaismq move orders orders.later --selector \"region = 'EU'\" --dry-run
  relaismq move orders orders.later --count 100 --yes
  relaismq move ActiveMQ.DLQ --back --yes

Status 3 says that the broker shows messages that it does not give out: another consumer has them.";

const PURGE_EXAMPLES: &str = "Examples:
  relaismq purge orders
  relaismq purge orders --selector \"JMSTimestamp < 1700000000000\" --yes --summary

Status 3 says that the broker shows messages that it does not give out: another consumer has them.";

fn after_help(examples: &str) -> String {
    format!("{examples}\n\n{EXIT_STATUSES}")
}

fn batch(text: &str) -> Result<u64, String> {
    arguments::whole(text, &(1..=100_000), "messages")
}

fn idle(text: &str) -> Result<u64, String> {
    arguments::whole(text, &(1..=86_400), "seconds")
}

impl MoveArgs {
    pub(super) fn plan(self) -> Plan {
        self.taking.plan(self.reach, self.from, self.to.map_or(Aim::Back, Aim::To))
    }
}

impl PurgeArgs {
    pub(super) fn plan(self) -> Plan {
        self.taking.plan(self.reach, self.queue, Aim::Away)
    }
}

impl Taking {
    fn plan(self, reach: Reach, from: String, aim: Aim) -> Plan {
        Plan {
            broker: reach.to(from, self.summary),
            aim,
            selector: self.selector,
            messages: self.count,
            batch: self.batch,
            patience: Duration::from_secs(self.idle),
            dry_run: self.dry_run,
            agreed: self.yes,
        }
    }
}

impl Consistent for MoveArgs {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        let name = |text: &str| text.trim_start_matches("queue://").to_owned();
        if self.to.as_deref().is_some_and(|to| name(to) == name(&self.from)) {
            return Some("messages would go round for ever: name another queue".to_owned());
        }
        self.reach.contradiction(given)
    }
}

impl Consistent for PurgeArgs {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        self.reach.contradiction(given)
    }
}
