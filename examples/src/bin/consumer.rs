//! Receives messages from a queue or topic and says what is missing or doubled.

use std::{process::ExitCode, time::Duration};

use clap::{CommandFactory, Parser, error::ErrorKind};
use relaismq_examples::{
    arguments::{self, BrokerArguments, SPELLING},
    consume::{self, Plan, Treatment},
    ending::{EXIT_STATUSES, Ending},
};

/// Receives messages, with the options of ActiveMQ's `activemq consumer`.
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
    #[arg(long = "messageCount", alias = "message-count", default_value_t = 1000)]
    message_count: u64,
    /// Milliseconds between two messages
    #[arg(long, default_value_t = 0)]
    sleep: u64,
    /// Receivers at the same time
    #[arg(long = "parallelThreads", alias = "parallel-threads", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    parallel_threads: u32,
    /// Durable topic subscription, named after the receiver (consumer-1, …); needs --clientId
    #[arg(long, default_value_t = false, action = clap::ArgAction::Set, num_args = 0..=1,
        default_missing_value = "true")]
    durable: bool,
    /// Receive in transactions of --batchSize
    #[arg(long, default_value_t = false, action = clap::ArgAction::Set, num_args = 0..=1,
        default_missing_value = "true")]
    transacted: bool,
    /// Messages in a transaction, or acknowledged together in client mode
    #[arg(long = "batchSize", alias = "batch-size", default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..))]
    batch_size: u64,
    /// How messages are acknowledged
    #[arg(long = "ackMode", alias = "ack-mode", value_enum, ignore_case = true,
        default_value_t = Treatment::Auto)]
    ack_mode: Treatment,
    /// JMS client id, which durable subscriptions belong to
    #[arg(long = "clientId", alias = "client-id")]
    client_id: Option<String>,
    /// Print the bodies of bytes messages as text
    #[arg(long = "bytesAsText", alias = "bytes-as-text", default_value_t = false, num_args = 0..=1,
        default_missing_value = "true", action = clap::ArgAction::Set)]
    bytes_as_text: bool,
    /// Only messages that this JMS selector matches
    #[arg(long)]
    selector: Option<String>,
    /// Print each body as a line on standard output, and only then acknowledge it
    #[arg(long)]
    print: bool,
    /// Seconds without any message after which the program gives up; 0 waits for ever
    #[arg(long, default_value_t = 0, value_name = "SECONDS")]
    timeout: u64,
}

const EXAMPLES: &str = "Examples:
  consumer --messageCount 0 --timeout 3 --print
  consumer --destination topic://NEWS --durable --clientId desk-7 --transacted --batchSize 50
  consumer --selector \"region = 'EU'\" --ackMode CLIENT_ACKNOWLEDGE --json

Ctrl-C acknowledges or commits what was received and prints the summary; a second one ends at once.";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{SPELLING}\n\n{EXIT_STATUSES}")
}

fn main() -> ExitCode {
    let args: Args = arguments::parse();
    if args.durable && !(args.broker.is_topic() && args.client_id.is_some()) {
        let text = "a durable subscription is one to a topic and belongs to a client id: \
            give --destination topic://NAME and --clientId";
        Args::command().error(ErrorKind::MissingRequiredArgument, text).exit();
    }
    Ending::report("consumer", run(args))
}

fn run(args: Args) -> anyhow::Result<Ending> {
    let plan = Plan {
        messages: args.message_count,
        threads: args.parallel_threads,
        pause: Duration::from_millis(args.sleep),
        durable: args.durable,
        treatment: if args.transacted { Treatment::Transacted } else { args.ack_mode },
        batch: args.batch_size,
        client_id: args.client_id,
        bytes_as_text: args.bytes_as_text,
        selector: args.selector,
        print: args.print,
        patience: (args.timeout > 0).then(|| Duration::from_secs(args.timeout)),
        broker: args.broker,
    };
    tokio::runtime::Runtime::new()?.block_on(consume::run(plan))
}
