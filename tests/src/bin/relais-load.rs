//! Load generator: the same work as `tests/java/JmsLoad.java`, done by our client. Prints one JSON
//! line: `{"sent", "received", "produce_s", "total_s"}`.
//!
//! One connection per producer and one for the consumer, as the Java program has.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use anyhow::Context;
use clap::Parser;
use relaismq::{AckMode, Connection, Message, Producer, Queue};
use tokio::{sync::Barrier, task::JoinHandle};

/// What to send and how.
#[derive(Clone, Debug, Parser)]
struct Args {
    #[arg(long)]
    url: String,
    #[arg(long, default_value = "LOAD")]
    destination: String,
    /// All producers together
    #[arg(long, default_value_t = 10_000)]
    messages: usize,
    #[arg(long, default_value_t = 1024)]
    size: usize,
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    persistent: bool,
    #[arg(long, default_value_t = 1)]
    producers: usize,
    /// 0 or 1
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
    let start = Arc::new(Barrier::new(args.producers + 1));
    let early = if args.drain { None } else { Some(consumption(&args).await?) };
    let mut producers = Vec::new();
    for number in 0..args.producers {
        let share =
            args.messages / args.producers + usize::from(number < args.messages % args.producers);
        let connection = connect(&args).await?;
        producers.push(tokio::spawn(produce(connection, args.clone(), share, start.clone())));
    }
    start.wait().await;
    let begin = now();
    for producer in producers {
        producer.await??;
    }
    let produced = begin.elapsed();
    let begin = if args.drain { now() } else { begin };
    let consumption = match early {
        Some(consumption) => consumption,
        None => consumption(&args).await?,
    };
    let received = match consumption {
        Some(consumer) => consumer.await??,
        None => 0,
    };
    report(args.messages, received, produced.as_secs_f64(), begin.elapsed().as_secs_f64());
    Ok(())
}

type Consumption = Option<JoinHandle<anyhow::Result<usize>>>;

async fn consumption(args: &Args) -> anyhow::Result<Consumption> {
    Ok(match args.consumers {
        0 => None,
        _ => Some(tokio::spawn(consume(consumer(args).await?, args.messages, args.ack))),
    })
}

async fn connect(args: &Args) -> anyhow::Result<Connection> {
    Connection::builder(&args.url).connect().await.context("cannot connect")
}

async fn consumer(args: &Args) -> anyhow::Result<(Connection, relaismq::Consumer)> {
    let connection = connect(args).await?;
    let mode = match args.ack {
        Ack::Auto => AckMode::Auto,
        Ack::Individual => AckMode::Individual,
    };
    let consumer = connection.consumer(Queue::new(args.destination.as_str())).ack(mode).build();
    let consumer = consumer.await?;
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
    share: usize,
    start: Arc<Barrier>,
) -> anyhow::Result<()> {
    let destination = Queue::new(args.destination.as_str());
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
