//! `relaismq bench`.

use std::time::Duration;

use crate::{
    arguments::{self, Consistent, Given, Reach},
    bench::{Plan, SMALLEST},
    ending::EXIT_STATUSES,
};

/// Measure how many messages a second go through a broker, and how long they take
///
/// Sends and receives at the same time, over two connections. Told are messages in a second, the time
/// from sending a message to its confirmation, and its journey to a consumer, in percentiles. Without
/// --rate, messages wait for each other: then rates say how much goes through, and times how long the
/// queues in between are. With it, times say how long a message takes.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct Args {
    #[command(flatten)]
    reach: Reach,
    /// Over this queue or topic, which nobody else should use; without it, over a queue of its own,
    /// which is deleted in the end
    #[arg(value_parser = arguments::readable)]
    destination: Option<String>,
    /// Messages to send, all in all; 10000 if --duration is not given
    #[arg(short = 'n', long, allow_negative_numbers = true, value_parser = arguments::messages)]
    count: Option<u64>,
    /// Seconds after which no more messages are sent; 0 for no limit
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::seconds)]
    duration: u64,
    /// Bytes of a message, 8 or more
    #[arg(long, value_name = "BYTES", default_value_t = 1024, allow_negative_numbers = true,
        value_parser = size)]
    size: usize,
    /// Messages in a second, of all producers together
    #[arg(long, value_name = "MESSAGES", allow_negative_numbers = true, value_parser = arguments::rate)]
    rate: Option<u32>,
    /// Without confirmation; a broker that dies may lose them
    #[arg(long)]
    non_persistent: bool,
    /// Senders at the same time
    #[arg(long, default_value_t = 1, allow_negative_numbers = true,
        value_parser = arguments::threads)]
    producers: u32,
    /// Receivers at the same time; 0 to send only
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = consumers)]
    consumers: u32,
    /// Messages that the broker sends ahead to each receiver
    #[arg(long, value_name = "MESSAGES", allow_negative_numbers = true, value_parser = prefetch)]
    prefetch: Option<u16>,
    /// Print the result as one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  relaismq bench --count 100000 --size 1024
  relaismq bench --duration 30 --rate 500 --json
  relaismq bench topic://news --producers 2 --consumers 3 --non-persistent";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{EXIT_STATUSES}")
}

fn size(text: &str) -> Result<usize, String> {
    arguments::whole(text, &(SMALLEST..=arguments::LARGEST_BODY), "bytes")
}

fn consumers(text: &str) -> Result<u32, String> {
    arguments::whole(text, &(0..=1000), "consumers")
}

fn prefetch(text: &str) -> Result<u16, String> {
    arguments::whole(text, &(1..=32766), "messages")
}

/// Messages, if nothing says when it is enough.
const USUAL: u64 = 10_000;

impl Args {
    pub(super) fn plan(self) -> Plan {
        let duration = (self.duration > 0).then(|| Duration::from_secs(self.duration));
        Plan {
            deletes: self.destination.is_none(),
            broker: self.reach.to(self.destination.unwrap_or_else(own), self.json),
            messages: self.count.or(duration.is_none().then_some(USUAL)),
            duration,
            size: self.size,
            rate: self.rate,
            persistent: !self.non_persistent,
            producers: self.producers,
            consumers: self.consumers,
            prefetch: self.prefetch,
        }
    }
}

/// A queue that nobody else has.
fn own() -> String {
    format!("relaismq.bench.{}", crate::numbering::unique())
}

impl Consistent for Args {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        self.reach.contradiction(given)
    }
}
