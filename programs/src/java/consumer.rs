//! Receives messages from a queue or topic and says what is missing or doubled.

use std::{ffi::OsString, time::Duration};

use crate::{
    arguments::{self, BrokerArguments, Consistent, Given, SPELLING},
    consume::{self, Plan, Subscription, Treatment},
    ending::{EXIT_STATUSES, Ending},
    printing::Print,
};
use clap::Parser;

/// Receives messages, with the options of ActiveMQ's `activemq consumer` and some more.
///
/// Unlike it, this one fails when no broker is there, acknowledges an incomplete last batch too, and
/// counts what is missing or doubled among messages that our `producer` has numbered: missing are
/// gaps between the lowest and the highest number received of a producer's run. They are to be
/// expected if other consumers share the queue, and with --selector they do not make status 3.
/// Duplicates that are flagged as redelivered are allowed, as after a failover.
///
/// Messages whose transaction or acknowledgement was lost with a broker come again, and do not count
/// as received for --messageCount.
#[derive(Debug, Parser)]
#[command(name = "consumer", version, after_help = after_help())]
struct Args {
    #[command(flatten)]
    broker: BrokerArguments,
    /// Messages to receive, by each thread; 0 for all until nothing comes for --timeout
    #[arg(long = "messageCount", alias = "message-count", default_value_t = 1000,
        allow_negative_numbers = true, value_parser = arguments::messages)]
    message_count: u64,
    /// Milliseconds between two messages
    #[arg(long, default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::milliseconds)]
    sleep: u64,
    /// Receivers at the same time
    #[arg(long = "parallelThreads", alias = "parallel-threads", default_value_t = 1,
        allow_negative_numbers = true, value_parser = arguments::threads)]
    parallel_threads: u32,
    /// Durable topic subscription, named after the receiver (consumer-1, …); needs --clientId
    #[arg(long, default_value_t = false, action = clap::ArgAction::Set, num_args = 0..=1,
        default_missing_value = "true")]
    durable: bool,
    /// Delete the durable subscriptions of --clientId (consumer-1, …, one for each thread) and end
    #[arg(long, conflicts_with_all = ["durable", "transacted", "ack_mode", "selector", "print"])]
    unsubscribe: bool,
    /// Receive in transactions of --batchSize
    #[arg(long, default_value_t = false, action = clap::ArgAction::Set, num_args = 0..=1,
        default_missing_value = "true")]
    transacted: bool,
    /// Messages in a transaction, or acknowledged together in client mode
    #[arg(long = "batchSize", alias = "batch-size", default_value_t = 10,
        allow_negative_numbers = true, value_parser = batch)]
    batch_size: u64,
    /// How messages are acknowledged
    #[arg(long = "ackMode", alias = "ack-mode", value_enum, ignore_case = true,
        default_value_t = Treatment::Auto)]
    ack_mode: Treatment,
    /// JMS client id, which durable subscriptions belong to
    #[arg(long = "clientId", alias = "client-id", value_parser = arguments::some_text)]
    client_id: Option<String>,
    /// Print the bodies of bytes messages as text
    #[arg(long = "bytesAsText", alias = "bytes-as-text", default_value_t = false, num_args = 0..=1,
        default_missing_value = "true", action = clap::ArgAction::Set)]
    bytes_as_text: bool,
    /// Only messages that this JMS selector matches
    #[arg(long, value_parser = arguments::some_text)]
    selector: Option<String>,
    /// Print each message as a line on standard output, and only then acknowledge it: its body as text, or
    /// all of it as JSON, which `producer --input json` reads. With --json it is JSON if nothing is said
    #[arg(long, value_enum, value_name = "FORMAT", num_args = 0..=1)]
    print: Option<Option<Print>>,
    /// Seconds without any message after which the program gives up; 0 waits for ever
    #[arg(long, default_value_t = 0, value_name = "SECONDS", allow_negative_numbers = true,
        value_parser = arguments::seconds)]
    timeout: u64,
}

fn batch(text: &str) -> Result<u64, String> {
    arguments::whole(text, &(1..=1_000_000), "messages")
}

impl Args {
    fn print(&self) -> Option<Print> {
        let usual = if self.broker.json { Print::Json } else { Print::Text };
        self.print.map(|format| format.unwrap_or(usual))
    }
}

impl Consistent for Args {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        let owned = self.broker.is_topic() && self.client_id.is_some();
        let text = match () {
            () if self.durable && !owned => {
                "a durable subscription is one to a topic and belongs to a client id: \
                 give --destination topic://NAME and --clientId"
            }
            () if self.unsubscribe && self.client_id.is_none() => {
                "durable subscriptions belong to a client id: give --clientId"
            }
            () if self.transacted && given.has("ack_mode") => {
                "a transaction acknowledges by its commit: leave --ackMode or --transacted out"
            }
            () if self.broker.json && self.print() == Some(Print::Text) => {
                "with --json there is only JSON on standard output: leave `text` out"
            }
            () if self.bytes_as_text && self.print() == Some(Print::Json) => {
                "in JSON bytes are Base64: leave --bytesAsText out"
            }
            () => return self.broker.contradiction(given),
        };
        Some(text.to_owned())
    }
}

const EXAMPLES: &str = "Examples:
  consumer --messageCount 0 --timeout 3 --print
  consumer --messageCount 0 --timeout 3 --print json > messages.jsonl
  consumer --destination topic://NEWS --durable --clientId desk-7 --transacted --batchSize 50
  consumer --unsubscribe --clientId desk-7
  consumer --selector \"region = 'EU'\" --ackMode CLIENT_ACKNOWLEDGE --json

Ctrl-C acknowledges or commits what was received and prints the summary; a second one ends at once.";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{SPELLING}\n\n{EXIT_STATUSES}")
}

/// Does what the arguments say, the program's name in front.
pub fn consumer(arguments: impl IntoIterator<Item = OsString>) -> Ending {
    match arguments::read(arguments) {
        Ok(args) => Ending::report("consumer", run(args)),
        Err(ending) => ending,
    }
}

fn run(args: Args) -> anyhow::Result<Ending> {
    let print = args.print();
    let plan = Plan {
        messages: args.message_count,
        threads: args.parallel_threads,
        pause: Duration::from_millis(args.sleep),
        duration: None,
        durable: args.durable.then_some(Subscription::Numbered),
        treatment: if args.transacted { Treatment::Transacted } else { args.ack_mode },
        batch: args.batch_size,
        client_id: args.client_id,
        bytes_as_text: args.bytes_as_text,
        selector: args.selector,
        print,
        unsubscribe: args.unsubscribe,
        patience: (args.timeout > 0).then(|| Duration::from_secs(args.timeout)),
        broker: args.broker,
    };
    tokio::runtime::Runtime::new()?.block_on(consume::run(plan))
}
