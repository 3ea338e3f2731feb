//! Sends numbered messages to a queue or topic.

use std::{ffi::OsString, time::Duration};

use crate::{
    arguments::{self, BrokerArguments, Consistent, Given, Property, SPELLING},
    ending::{EXIT_STATUSES, Ending},
    payload::{Payload, Wanted},
    produce::{self, Input, Plan, Stamp},
};
use clap::Parser;
use relaismq::Destination;

/// Sends messages, with the options of ActiveMQ's `activemq producer` and some more.
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
    #[arg(long = "messageCount", alias = "message-count", default_value_t = 1000,
        allow_negative_numbers = true, value_parser = arguments::messages)]
    message_count: u64,
    /// Milliseconds between two messages
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, conflicts_with = "rate",
        value_parser = arguments::milliseconds)]
    sleep: u64,
    /// Messages in a second, of all threads together
    #[arg(long, allow_negative_numbers = true, value_parser = arguments::rate)]
    rate: Option<u32>,
    /// Seconds after which no more messages are sent; 0 for no limit
    #[arg(long, default_value_t = 0, value_name = "SECONDS", allow_negative_numbers = true,
        value_parser = arguments::seconds)]
    duration: u64,
    /// Senders at the same time, each with its own session
    #[arg(long = "parallelThreads", alias = "parallel-threads", default_value_t = 1,
        allow_negative_numbers = true, value_parser = arguments::threads)]
    parallel_threads: u32,
    /// Delivery mode; persistent messages are confirmed by the broker
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1,
        default_missing_value = "true")]
    persistent: bool,
    /// Messages in a transaction; 0 for no transactions
    #[arg(long = "transactionBatchSize", alias = "transaction-batch-size", default_value_t = 0,
        allow_negative_numbers = true, value_parser = arguments::batch)]
    transaction_batch_size: u64,
    /// Send bytes messages of this size
    #[arg(long = "messageSize", alias = "message-size", default_value_t = 0, group = "body",
        allow_negative_numbers = true, value_parser = arguments::body_size)]
    message_size: usize,
    /// Send text messages of this size
    #[arg(long = "textMessageSize", alias = "text-message-size", default_value_t = 0, group = "body",
        allow_negative_numbers = true, value_parser = arguments::body_size)]
    text_message_size: usize,
    /// Send this text; `-` sends each line of standard input, as `--input text` does
    #[arg(long, allow_hyphen_values = true, group = "body")]
    message: Option<String>,
    /// Send what is in this file, a path or a file: URL
    #[arg(long = "payloadUrl", alias = "payload-url", value_name = "FILE", group = "body",
        value_parser = arguments::some_text)]
    payload_url: Option<String>,
    /// Send the lines of standard input: as bodies, or as whole messages that `consumer --print json`
    /// has written, with their properties, headers, priority and delivery mode. All of them are sent
    #[arg(long, value_enum, group = "body", value_name = "FORMAT")]
    input: Option<Input>,
    /// Send what --message, --payloadUrl or a line has in bytes messages; it need not be text then
    #[arg(long)]
    bytes: bool,
    /// A property of all messages: NAME=VALUE for a text, else NAME:TYPE=VALUE, such as count:int=5;
    /// TYPE is boolean, byte, short, int, long, float or double. May be given several times
    #[arg(long = "property", value_name = "NAME[:TYPE]=VALUE", allow_hyphen_values = true)]
    properties: Vec<Property>,
    /// JMSCorrelationID of all messages
    #[arg(long = "correlationId", alias = "correlation-id", value_parser = arguments::some_text)]
    correlation_id: Option<String>,
    /// JMSReplyTo of all messages: queue://NAME or topic://NAME
    #[arg(long = "replyTo", alias = "reply-to", value_parser = arguments::destination)]
    reply_to: Option<Destination>,
    /// JMSType of all messages
    #[arg(long = "type", value_name = "NAME", value_parser = arguments::some_text)]
    message_type: Option<String>,
    /// Milliseconds until a message expires; 0 for never
    #[arg(long = "msgTTL", alias = "msg-ttl", default_value_t = 0, allow_negative_numbers = true,
        value_parser = arguments::milliseconds)]
    msg_ttl: u64,
    /// JMSXGroupID of all messages
    #[arg(long = "msgGroupID", alias = "msg-group-id", value_parser = arguments::some_text)]
    msg_group_id: Option<String>,
    /// Priority, 0 to 9
    #[arg(long = "messagePriority", alias = "message-priority", default_value_t = 4,
        allow_negative_numbers = true, value_parser = priority)]
    message_priority: u8,
    /// Leave the time of sending out
    #[arg(long = "disableMessageTimestamp", alias = "disable-message-timestamp", num_args = 0..=1,
        default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    disable_message_timestamp: bool,
}

fn priority(text: &str) -> Result<u8, String> {
    arguments::whole(text, &(0..=9), "the priority")
}

impl Args {
    /// What standard input has, if it is read.
    fn input(&self) -> Option<Input> {
        self.input.or((self.message.as_deref() == Some("-")).then_some(Input::Text))
    }
}

impl Consistent for Args {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        let sized = self.message_size > 0 || self.text_message_size > 0;
        let count = "all lines of standard input are sent: leave --messageCount out";
        let made = "--bytes needs a body: give --message, --payloadUrl or --input text";
        match self.input() {
            Some(_) if given.has("message_count") => Some(count.to_owned()),
            Some(Input::Json) if self.bytes => {
                Some("lines of JSON say what their bodies are: leave --bytes out".to_owned())
            }
            None if self.bytes && sized => Some(made.to_owned()),
            None if self.bytes && self.message.is_none() && self.payload_url.is_none() => {
                Some(made.to_owned())
            }
            _ => self.broker.contradiction(given),
        }
    }
}

const EXAMPLES: &str = "Examples:
  producer --messageCount 100 --transactionBatchSize 30
  producer --brokerUrl 'failover:(tcp://a:61616,tcp://b:61616)' --destination topic://NEWS
  producer --messageCount 1 --message 'two teas' --property region=EU --property cups:int=2
  producer --messageCount 1 --payloadUrl picture.png --bytes
  seq 1000 | producer --message - --rate 50 --json
  consumer --messageCount 0 --timeout 3 --print json | producer --input json --destination COPY

Status 1 also says that some message was not sent, or is not known to have been. Ctrl-C waits up to
5 s for what is under way and prints the summary; a second one ends at once.";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{SPELLING}\n\n{EXIT_STATUSES}")
}

/// Does what the arguments say, the program's name in front.
pub fn producer(arguments: impl IntoIterator<Item = OsString>) -> Ending {
    match arguments::read(arguments) {
        Ok(args) => Ending::report("producer", run(args)),
        Err(ending) => ending,
    }
}

fn run(args: Args) -> anyhow::Result<Ending> {
    let input = args.input();
    let payload = Payload::choose(Wanted {
        message_size: args.message_size,
        text_message_size: args.text_message_size,
        message: args.message.filter(|_| input.is_none()),
        file: args.payload_url,
        as_bytes: args.bytes,
    })?;
    let plan = Plan {
        payload,
        input,
        as_bytes: args.bytes,
        messages: args.message_count,
        duration: (args.duration > 0).then(|| Duration::from_secs(args.duration)),
        numbered: true,
        threads: args.parallel_threads,
        pause: Duration::from_millis(args.sleep),
        rate: args.rate,
        persistent: args.persistent,
        batch: args.transaction_batch_size,
        time_to_live: (args.msg_ttl > 0).then(|| Duration::from_millis(args.msg_ttl)),
        stamp: Stamp {
            group: args.msg_group_id,
            correlation_id: args.correlation_id,
            reply_to: args.reply_to,
            message_type: args.message_type,
            properties: args.properties,
        },
        priority: args.message_priority,
        timestamps: !args.disable_message_timestamp,
        broker: args.broker,
    };
    tokio::runtime::Runtime::new()?.block_on(produce::run(plan))
}
