//! Sends numbered messages to a queue or topic.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use relaismq_examples::{
    arguments::{self, BrokerArguments, SPELLING},
    ending::{EXIT_STATUSES, Ending},
    payload::Payload,
    produce::{self, Plan},
};

/// Sends messages, with the options of ActiveMQ's `activemq producer`.
///
/// Unlike it, this one sends the last, incomplete transaction too, takes texts of any size, fails
/// when no broker is there, and says for each message whether the broker has it.
///
/// Persistent messages and transactions end as confirmed, not sent, or unknown. Non-persistent
/// messages are handed over to a living connection without confirmation: they count as sent, and as
/// none of the others. A message that did not reach the broker is tried again a few times.
#[derive(Debug, Parser)]
#[command(name = "producer", version, after_help = after_help())]
struct Args {
    #[command(flatten)]
    broker: BrokerArguments,
    /// Messages to send, by each thread
    #[arg(long = "messageCount", alias = "message-count", default_value_t = 1000)]
    message_count: u64,
    /// Milliseconds between two messages
    #[arg(long, default_value_t = 0)]
    sleep: u64,
    /// Senders at the same time, each with its own session
    #[arg(long = "parallelThreads", alias = "parallel-threads", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    parallel_threads: u32,
    /// Delivery mode; persistent messages are confirmed by the broker
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1,
        default_missing_value = "true")]
    persistent: bool,
    /// Messages in a transaction; 0 for no transactions
    #[arg(long = "transactionBatchSize", alias = "transaction-batch-size", default_value_t = 0)]
    transaction_batch_size: u64,
    /// Send bytes messages of this size
    #[arg(long = "messageSize", alias = "message-size", default_value_t = 0)]
    message_size: usize,
    /// Send text messages of this size
    #[arg(long = "textMessageSize", alias = "text-message-size", default_value_t = 0)]
    text_message_size: usize,
    /// Send this text; `-` sends each line of standard input (then --messageCount does not count)
    #[arg(long, allow_hyphen_values = true)]
    message: Option<String>,
    /// Send the text in this file, a path or a file: URL
    #[arg(long = "payloadUrl", alias = "payload-url", value_name = "FILE")]
    payload_url: Option<PathBuf>,
    /// Milliseconds until a message expires; 0 for never
    #[arg(long = "msgTTL", alias = "msg-ttl", default_value_t = 0)]
    msg_ttl: u64,
    /// JMSXGroupID of all messages
    #[arg(long = "msgGroupID", alias = "msg-group-id")]
    msg_group_id: Option<String>,
    /// Priority, 0 to 9
    #[arg(long = "messagePriority", alias = "message-priority", default_value_t = 4,
        value_parser = clap::value_parser!(u8).range(0..=9))]
    message_priority: u8,
    /// Leave the time of sending out
    #[arg(long = "disableMessageTimestamp", alias = "disable-message-timestamp", num_args = 0..=1,
        default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    disable_message_timestamp: bool,
}

const EXAMPLES: &str = "Examples:
  producer --messageCount 100 --transactionBatchSize 30
  producer --brokerUrl 'failover:(tcp://a:61616,tcp://b:61616)' --destination topic://NEWS
  seq 1000 | producer --message - --json

Status 1 also says that some message was not sent, or is not known to have been. Ctrl-C waits up to
5 s for what is under way and prints the summary; a second one ends at once.";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{SPELLING}\n\n{EXIT_STATUSES}")
}

fn main() -> ExitCode {
    Ending::report("producer", run(arguments::parse()))
}

fn run(args: Args) -> anyhow::Result<Ending> {
    let from_lines = args.message.as_deref() == Some("-");
    let text = args.message.filter(|_| !from_lines);
    let plan = Plan {
        payload: Payload::choose(
            args.message_size,
            args.text_message_size,
            text,
            args.payload_url,
        )?,
        from_lines,
        messages: args.message_count,
        threads: args.parallel_threads,
        pause: Duration::from_millis(args.sleep),
        persistent: args.persistent,
        batch: args.transaction_batch_size,
        time_to_live: (args.msg_ttl > 0).then(|| Duration::from_millis(args.msg_ttl)),
        group: args.msg_group_id,
        priority: args.message_priority,
        timestamps: !args.disable_message_timestamp,
        broker: args.broker,
    };
    tokio::runtime::Runtime::new()?.block_on(produce::run(plan))
}
