//! `relaismq consume`.

use std::time::Duration;

use crate::{
    arguments::{self, Consistent, Given, Reach},
    consume::{Plan, Subscription, Treatment},
    ending::EXIT_STATUSES,
    printing::Print,
};

/// Receive messages, print them, and only then acknowledge them
///
/// Goes on until --count, --idle or --duration says that it is enough, or until Ctrl-C. Counts what is
/// missing or doubled among messages that `relaismq produce --sequence` has numbered.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct Args {
    #[command(flatten)]
    reach: Reach,
    /// Where from: NAME or queue://NAME for a queue, topic://NAME for a topic
    #[arg(value_parser = arguments::readable)]
    destination: String,
    /// Print whole messages with headers and properties, each as one line of JSON; without it, the
    /// bodies
    #[arg(long)]
    json: bool,
    /// Print no messages, only count them
    #[arg(long, conflicts_with = "json")]
    quiet: bool,
    /// Messages to receive; 0 for all that come
    #[arg(short = 'n', long, default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::messages)]
    count: u64,
    /// Seconds without any message after which it is enough; 0 waits on
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::seconds)]
    idle: u64,
    /// Seconds after which it is enough; 0 for no limit
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::seconds)]
    duration: u64,
    /// Only messages that this JMS selector matches
    #[arg(long, value_parser = arguments::some_text)]
    selector: Option<String>,
    /// Over the durable subscription of this name, to a topic; needs --client-id
    #[arg(long, value_name = "NAME", value_parser = arguments::some_text)]
    durable: Option<String>,
    /// JMS client id, which durable subscriptions belong to
    #[arg(long, value_name = "ID", value_parser = arguments::some_text)]
    client_id: Option<String>,
    /// Receive in transactions of so many messages; 0 for none
    #[arg(long, value_name = "MESSAGES", default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::batch)]
    transaction: u64,
    /// Print the summary as one JSON object, the last line on standard output
    #[arg(long)]
    summary: bool,
}

const EXAMPLES: &str = "Examples:
  relaismq consume orders --idle 2
  relaismq consume orders --json --idle 2 > messages.jsonl
  relaismq consume topic://news --durable desk --client-id desk-7 --count 10
  relaismq consume orders --selector \"region = 'EU'\" --quiet --duration 60 --summary";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{EXIT_STATUSES}")
}

impl Args {
    pub(super) fn plan(self) -> Plan {
        let seconds = |seconds| (seconds > 0).then(|| Duration::from_secs(seconds));
        let print = if self.json { Print::Json } else { Print::Text };
        Plan {
            broker: self.reach.to(self.destination, self.summary),
            messages: self.count,
            threads: 1,
            pause: Duration::ZERO,
            duration: seconds(self.duration),
            durable: self.durable.map(Subscription::Named),
            treatment: if self.transaction > 0 { Treatment::Transacted } else { Treatment::Auto },
            batch: self.transaction.max(1),
            client_id: self.client_id,
            bytes_as_text: true,
            selector: self.selector,
            print: (!self.quiet).then_some(print),
            unsubscribe: false,
            patience: seconds(self.idle),
        }
    }
}

impl Consistent for Args {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        let is_topic = self.destination.starts_with("topic://");
        if self.durable.is_some() && !(is_topic && self.client_id.is_some()) {
            let text = "a durable subscription is one to a topic and belongs to a client id: \
                        give topic://NAME and --client-id";
            return Some(text.to_owned());
        }
        self.reach.contradiction(given)
    }
}
