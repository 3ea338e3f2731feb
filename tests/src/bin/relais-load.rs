//! Load generator: the same work as `tests/java/JmsLoad.java`, done by our client. Prints one JSON
//! line: `{"sent", "received", "produce_s", "total_s"}`.
//!
//! One connection per producer and one for the consumer, as the Java program has.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use anyhow::{Context, ensure};
use clap::Parser;
use relaismq::{AckMode, Connection, Destination, Message, Producer};
use tikv_jemallocator::Jemalloc;
use tokio::{sync::Barrier, task::JoinHandle};

/// As our programs have it.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// What to send and how.
#[derive(Clone, Debug, Parser)]
struct Args {
    #[arg(long)]
    url: String,
    /// A queue, or `topic://NAME`: each consumer gets every message
    #[arg(long, default_value = "LOAD")]
    destination: String,
    /// NAME.0, NAME.1 and so on; producers and consumers take turns with them
    #[arg(long, default_value_t = 1)]
    queues: usize,
    /// All producers together
    #[arg(long, default_value_t = 10_000)]
    messages: usize,
    #[arg(long, default_value_t = 1024)]
    size: usize,
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    persistent: bool,
    #[arg(long, default_value_t = 1)]
    producers: usize,
    /// 0 or 1; with --queues N, N of each; any number for a topic
    #[arg(long, default_value_t = 1)]
    consumers: usize,
    /// Persistent sends do not wait for one another
    #[arg(long = "async", default_value_t = false, action = clap::ArgAction::Set)]
    asynchronous: bool,
    /// Messages in a transaction; 0 for none
    #[arg(long, default_value_t = 0)]
    transaction: usize,
    /// How the consumer acknowledges
    #[arg(long, value_enum, default_value_t = Ack::Auto)]
    ack: Ack,
    /// Consumption begins when everything is sent, and only it counts as the total
    #[arg(long, default_value_t = false, action = clap::ArgAction::Set)]
    drain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Ack {
    /// As they are received
    Auto,
    /// One by one, each confirmed by the broker, many under way
    Individual,
}

/// Acknowledgements under way.
const UNDER_WAY: usize = 1000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Arc::new(Args::parse());
    args.check()?;
    let start = Arc::new(Barrier::new(args.producers + 1));
    let mut consumption = if args.drain { Vec::new() } else { begin_consumption(&args).await? };
    let mut producers = Vec::new();
    for number in 0..args.producers {
        let connection = connect(&args).await?;
        let destination = args.destination(number);
        let work =
            produce(connection, args.clone(), destination, args.share(number), start.clone());
        producers.push(tokio::spawn(work));
    }
    start.wait().await;
    let begin = now();
    for producer in producers {
        producer.await??;
    }
    let produced = begin.elapsed();
    let begin = if args.drain { now() } else { begin };
    if args.drain {
        consumption = begin_consumption(&args).await?;
    }
    let mut received = 0;
    for consumer in consumption {
        received += consumer.await??;
    }
    report(args.messages, received, produced.as_secs_f64(), begin.elapsed().as_secs_f64());
    Ok(())
}

type Consumption = JoinHandle<anyhow::Result<usize>>;

impl Args {
    fn is_topic(&self) -> bool {
        self.destination.starts_with(TOPIC)
    }

    /// Where the producer or consumer with this number works.
    fn destination(&self, number: usize) -> Destination {
        let name = self.destination.strip_prefix(TOPIC).unwrap_or(&self.destination);
        let name = match self.queues {
            1 => name.to_owned(),
            queues => format!("{name}.{}", number % queues),
        };
        if self.is_topic() { Destination::topic(name) } else { Destination::queue(name) }
    }

    /// How many messages the producer with this number sends.
    fn share(&self, number: usize) -> usize {
        self.messages / self.producers + usize::from(number < self.messages % self.producers)
    }

    /// How many messages the consumer with this number gets.
    fn arriving(&self, number: usize) -> usize {
        if self.queues == 1 { self.messages } else { self.share(number) }
    }

    fn check(&self) -> anyhow::Result<()> {
        let all = self.queues == self.producers && self.queues == self.consumers;
        ensure!(self.queues == 1 || all, "--queues N needs --producers N --consumers N");
        ensure!(self.consumers < 2 || self.queues > 1 || self.is_topic(), "who would get what?");
        Ok(())
    }
}

const TOPIC: &str = "topic://";

async fn begin_consumption(args: &Args) -> anyhow::Result<Vec<Consumption>> {
    let mut begun = Vec::new();
    for number in 0..args.consumers {
        let consumer = consumer(args, args.destination(number)).await?;
        begun.push(tokio::spawn(consume(consumer, args.arriving(number), args.ack)));
    }
    Ok(begun)
}

async fn connect(args: &Args) -> anyhow::Result<Connection> {
    Connection::builder(&args.url).connect().await.context("cannot connect")
}

async fn consumer(
    args: &Args,
    destination: Destination,
) -> anyhow::Result<(Connection, relaismq::Consumer)> {
    let connection = connect(args).await?;
    let mode = match args.ack {
        Ack::Auto => AckMode::Auto,
        Ack::Individual => AckMode::Individual,
    };
    let consumer = connection.consumer(destination).ack(mode).build().await?;
    Ok((connection, consumer))
}

async fn consume(
    (connection, mut consumer): (Connection, relaismq::Consumer),
    messages: usize,
    ack: Ack,
) -> anyhow::Result<usize> {
    let mut received = 0;
    let mut acks = VecDeque::new();
    while received < messages {
        let delivery = consumer.receive().await?;
        received += 1;
        if ack == Ack::Individual {
            acks.push_back(delivery.ack());
        }
        if acks.len() == UNDER_WAY
            && let Some(oldest) = acks.pop_front()
        {
            oldest.await?;
        }
    }
    for acked in acks {
        acked.await?;
    }
    consumer.close().await?;
    connection.close().await;
    Ok(received)
}

async fn produce(
    connection: Connection,
    args: Arc<Args>,
    destination: Destination,
    share: usize,
    start: Arc<Barrier>,
) -> anyhow::Result<()> {
    let body = bytes::Bytes::from(vec![b'x'; args.size]);
    if args.transaction > 0 {
        start.wait().await;
        let mut left = share;
        while left > 0 {
            let batch = left.min(args.transaction);
            let transaction = connection.transaction().await?;
            for _ in 0..batch {
                transaction.send(destination.clone(), Message::bytes(body.clone())).await?;
            }
            transaction.commit().await?;
            left -= batch;
        }
        connection.close().await;
        return Ok(());
    }
    let producer = connection.producer(destination).persistent(args.persistent);
    // As Java's useAsyncSend: without waiting for the broker's confirmation.
    let producer = if args.asynchronous { producer.confirm(false) } else { producer };
    let producer = producer.build().await?;
    start.wait().await;
    send_all(&producer, &body, share).await?;
    connection.close().await;
    Ok(())
}

async fn send_all(producer: &Producer, body: &bytes::Bytes, share: usize) -> anyhow::Result<()> {
    for _ in 0..share {
        producer.send(Message::bytes(body.clone())).await?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this program measures")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "the program's result")]
fn report(sent: usize, received: usize, produce_s: f64, total_s: f64) {
    println!(
        "{{\"sent\":{sent},\"received\":{received},\"produce_s\":{produce_s:.4},\"total_s\":{total_s:.4}}}"
    );
}
