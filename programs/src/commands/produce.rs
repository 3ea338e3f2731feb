//! `relaismq produce`.

use std::time::Duration;

use relaismq::Destination;

use super::content::Content;
use crate::{
    arguments::{self, Consistent, Given, Reach},
    ending::EXIT_STATUSES,
    payload::{Payload, Wanted},
    produce::{Input, Plan},
};

/// Send messages: MESSAGE, a file, or each line of standard input
///
/// Persistent messages end as confirmed, not sent, or unknown; the time to the confirmation is told in
/// percentiles. Non-persistent ones are handed over to a living connection without confirmation.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct Args {
    #[command(flatten)]
    reach: Reach,
    /// Where to: NAME or queue://NAME for a queue, topic://NAME for a topic
    #[arg(value_parser = arguments::readable)]
    destination: String,
    /// A text to send. Without it, --file and --size, each line of standard input is a message
    #[arg(group = "body")]
    message: Option<String>,
    /// Send what is in this file, a path or a file: URL
    #[arg(long, group = "body", value_parser = arguments::some_text)]
    file: Option<String>,
    /// Send messages of so many bytes
    #[arg(long, value_name = "BYTES", group = "body", allow_negative_numbers = true,
        value_parser = arguments::body_size)]
    size: Option<usize>,
    /// Each line is a whole message with headers and properties, as `relaismq consume --json` prints it
    #[arg(long, group = "body")]
    json: bool,
    #[command(flatten)]
    content: Content,
    /// JMSReplyTo: queue://NAME or topic://NAME
    #[arg(long, value_name = "NAME", value_parser = arguments::destination)]
    reply_to: Option<Destination>,
    /// Priority, 0 to 9; lines of JSON may say otherwise
    #[arg(long, default_value_t = 4, allow_negative_numbers = true, value_parser = priority)]
    priority: u8,
    /// Seconds until a message expires; 0 for never
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::seconds)]
    ttl: u64,
    /// Without confirmation; a broker that dies may lose them. Lines of JSON may say otherwise
    #[arg(long)]
    non_persistent: bool,
    /// How often MESSAGE, the file or a message of --size is sent; once, or until --duration is over
    #[arg(long, allow_negative_numbers = true, value_parser = arguments::messages)]
    count: Option<u64>,
    /// Seconds after which no more messages are sent; 0 for no limit
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::seconds)]
    duration: u64,
    /// Messages in a second
    #[arg(long, value_name = "MESSAGES", allow_negative_numbers = true, value_parser = arguments::rate)]
    rate: Option<u32>,
    /// Send in transactions of so many messages; 0 for none
    #[arg(long, value_name = "MESSAGES", default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::batch)]
    transaction: u64,
    /// Number the messages, so that `relaismq consume` can tell what is missing or doubled
    #[arg(long)]
    sequence: bool,
    /// Print the summary as one JSON object on standard output
    #[arg(long)]
    summary: bool,
}

const EXAMPLES: &str = "Examples:
  relaismq produce orders 'two teas' --property region=EU --property cups:int=2
  seq 1000 | relaismq produce orders --rate 50
  relaismq produce orders --size 1024 --duration 10 --sequence --summary
  relaismq consume orders --json --idle 2 | relaismq produce copy --json";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{EXIT_STATUSES}")
}

fn priority(text: &str) -> Result<u8, String> {
    arguments::whole(text, &(0..=9), "the priority")
}

impl Args {
    fn input(&self) -> Option<Input> {
        match () {
            () if self.json => Some(Input::Json),
            () if self.message.is_none() && self.file.is_none() && self.size.is_none() => {
                Some(Input::Text)
            }
            () => None,
        }
    }

    fn messages(&self) -> u64 {
        self.count.unwrap_or(if self.duration > 0 { u64::MAX } else { 1 })
    }

    pub(super) fn plan(self) -> anyhow::Result<Plan> {
        let (input, messages) = (self.input(), self.messages());
        let payload = Payload::choose(Wanted {
            message_size: self.size.unwrap_or_default(),
            text_message_size: 0,
            // A message of no bytes has a body, too.
            message: self.message.or_else(|| self.size.map(|_| String::new())),
            file: self.file,
            as_bytes: self.content.bytes || self.size.is_some(),
        })?;
        Ok(Plan {
            broker: self.reach.to(self.destination, self.summary),
            payload,
            input,
            as_bytes: self.content.bytes,
            messages,
            duration: (self.duration > 0).then(|| Duration::from_secs(self.duration)),
            numbered: self.sequence,
            threads: 1,
            pause: Duration::ZERO,
            rate: self.rate,
            persistent: !self.non_persistent,
            batch: self.transaction,
            time_to_live: (self.ttl > 0).then(|| Duration::from_secs(self.ttl)),
            stamp: self.content.stamp(self.reply_to),
            priority: self.priority,
            timestamps: true,
        })
    }
}

impl Consistent for Args {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        let text = match () {
            () if self.count.is_some() && self.input().is_some() => {
                "all lines of standard input are sent: leave --count out, or give MESSAGE"
            }
            () if self.json && self.content.bytes => {
                "lines of JSON say what their bodies are: leave --bytes out"
            }
            () if self.message.as_deref() == Some("-") => {
                "standard input is read if MESSAGE is left out"
            }
            () => return self.reach.contradiction(given),
        };
        Some(text.to_owned())
    }
}
