//! Ctrl-C and SIGTERM.

use nix::sys::signal::Signal::{SIGINT, SIGTERM};
use tokio::{net::TcpListener, time::timeout};

use crate::{
    CONSUMER, PRODUCER,
    support::{PATIENCE, Running, memory_broker, on, run_on},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_acknowledges_what_it_has_and_prints_the_summary() {
    let broker = memory_broker().await;
    run_on(&broker, PRODUCER, &["--messageCount", "3"]).await.expect(0);
    for (mode, messages) in
        [(["--ackMode", "CLIENT_ACKNOWLEDGE"], 4), (["--transacted", "true"], 1)]
    {
        let arguments = [&mode[..], &["--print", "--json"]].concat();
        let mut consumer = Running::start(CONSUMER, &on(&broker, &arguments));
        run_on(&broker, PRODUCER, &["--messageCount", "1", "--message", "last"]).await.expect(0);
        consumer.printed("last").await;
        consumer.signal(SIGINT);
        let ended = consumer.end().await.expect(130);
        assert_eq!(ended.json()["missing"], 0);
        assert_eq!(ended.json_lines().len(), messages + 1, "each message and the summary");
        let rest = ["--messageCount=0", "--timeout=1", "--json"];
        assert_eq!(run_on(&broker, CONSUMER, &rest).await.expect(0).json()["received"], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_in_order_too() {
    let broker = memory_broker().await;
    let arguments = ["--ackMode", "CLIENT_ACKNOWLEDGE", "--print", "--json"];
    let mut consumer = Running::start(CONSUMER, &on(&broker, &arguments));
    run_on(&broker, PRODUCER, &["--messageCount", "1", "--message", "only"]).await.expect(0);
    consumer.printed("only").await;
    consumer.signal(SIGTERM);
    assert_eq!(consumer.end().await.expect(143).json()["received"], 1);
    let rest = ["--messageCount=0", "--timeout=1", "--json"];
    assert_eq!(run_on(&broker, CONSUMER, &rest).await.expect(0).json()["received"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_waits_for_input_ends_at_once_with_what_was_sent() {
    let broker = memory_broker().await;
    for way in [&[][..], &["--transactionBatchSize", "10"]] {
        let arguments = [way, &["--message", "-", "--json"]].concat();
        let mut producer = Running::start(PRODUCER, &on(&broker, &arguments));
        producer.write_line("one").await;
        // Without a transaction the message tells that the line has been read.
        if way.is_empty() {
            run_on(&broker, CONSUMER, &["--messageCount", "1"]).await.expect(0);
        }
        producer.signal_when_ready().await;
        let json = producer.end().await.expect(130).json();
        assert_eq!(json["sent"], json["confirmed"], "{way:?}: {json}");
    }
}

impl Running {
    /// A program that has not begun to listen for signals would just die. What it does first is to
    /// listen; its standard input is read after that.
    async fn signal_when_ready(&mut self) {
        let pipe_is_full = vec![b'x'; 200_000];
        let line = String::from_utf8(pipe_is_full).unwrap();
        self.write_line(&line).await;
        self.signal(SIGINT);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_still_connects_ends_too() {
    for program in [PRODUCER, CONSUMER] {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("failover:(tcp://{})", silent.local_addr().unwrap());
        let waiting = Running::start(program, &["--brokerUrl", &uri, "--json"]);
        let _held = timeout(PATIENCE, silent.accept()).await.unwrap().unwrap();
        waiting.signal(SIGINT);
        assert!(waiting.end().await.expect(130).json().is_object());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_drain_without_a_broker_is_bounded() {
    let broker = memory_broker().await;
    let mut producer = Running::start(PRODUCER, &on(&broker, &["--message", "-", "--json"]));
    producer.write_line("one").await;
    run_on(&broker, CONSUMER, &["--messageCount", "1"]).await.expect(0);
    broker.stop().await.unwrap();
    producer.reported("lost").await;
    producer.signal_when_ready().await;
    let json = producer.end().await.expect(130).json();
    assert_eq!(json["confirmed"], 1, "{json}");
}

/// The program reads 256 lines ahead.
const MORE_THAN_READ_AHEAD: u32 = 300;

/// It failed once when only one line had been written: the first Ctrl-C came before the line was sent,
/// so that nothing was left to wait for.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_ends_at_once_without_a_summary() {
    let broker = memory_broker().await;
    let mut producer = Running::start(PRODUCER, &on(&broker, &["--message", "-", "--json"]));
    producer.write_line("one").await;
    run_on(&broker, CONSUMER, &["--messageCount", "1"]).await.expect(0);
    broker.stop().await.unwrap();
    producer.reported("lost").await;
    // More than it reads ahead: some must be under way then, and without a broker they stay so.
    for number in 0..MORE_THAN_READ_AHEAD {
        producer.write_line(&number.to_string()).await;
    }
    producer.signal_when_ready().await;
    producer.reported("ending in order").await;
    producer.signal(SIGINT);
    let ended = producer.end().await.expect(130);
    assert_eq!(ended.stdout, "");
}
