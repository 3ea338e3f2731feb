//! `relaismq request`.

use std::{io::Read, time::Duration};

use anyhow::Context;

use super::content::Content;
use crate::{
    arguments::{self, Consistent, Given, Reach},
    ending::EXIT_STATUSES,
    payload::{Payload, Wanted},
    printing::Print,
    request::Plan,
};

/// Send a question and print the answer
///
/// The question has a temporary queue as its JMSReplyTo, to which whoever answers sends the answer.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct Args {
    #[command(flatten)]
    reach: Reach,
    /// Where to: NAME or queue://NAME for a queue, topic://NAME for a topic
    #[arg(value_parser = arguments::readable)]
    destination: String,
    /// The question. Without it and --file, all of standard input is it
    #[arg(group = "body")]
    message: Option<String>,
    /// Ask what is in this file, a path or a file: URL
    #[arg(long, group = "body", value_parser = arguments::some_text)]
    file: Option<String>,
    #[command(flatten)]
    content: Content,
    /// Seconds to wait for the answer; status 124 if none comes
    #[arg(long, value_name = "SECONDS", default_value_t = 30, allow_negative_numbers = true,
        value_parser = arguments::seconds)]
    timeout: u64,
    /// Print the whole answer with headers and properties as one line of JSON; without it, the body
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  relaismq request rpc.add 1+1 --timeout 2
  relaismq request rpc.resize --file picture.png --bytes --property width:int=200 --json";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{EXIT_STATUSES}")
}

impl Args {
    pub(super) fn plan(self) -> anyhow::Result<Plan> {
        let read = self.message.is_none() && self.file.is_none();
        let payload = Payload::choose(Wanted {
            message: if read { None } else { self.message },
            file: self.file,
            as_bytes: self.content.bytes,
            ..Wanted::default()
        })?;
        let message = if read {
            crate::payload::message_of(standard_input()?, self.content.bytes)?
        } else {
            payload.message(0)
        };
        Ok(Plan {
            message: self.content.stamp(None).on(message),
            broker: self.reach.to(self.destination, false),
            patience: Duration::from_secs(self.timeout),
            print: if self.json { Print::Json } else { Print::Text },
        })
    }
}

fn standard_input() -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = arguments::LARGEST_BODY as u64 + 1;
    std::io::stdin().lock().take(most).read_to_end(&mut bytes).context("standard input")?;
    anyhow::ensure!(
        bytes.len() <= arguments::LARGEST_BODY,
        "standard input has more than {} bytes",
        arguments::LARGEST_BODY
    );
    Ok(bytes)
}

impl Consistent for Args {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        self.reach.contradiction(given)
    }
}
