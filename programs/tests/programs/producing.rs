//! What `producer` sends, and what it says about it.

use tokio::io::AsyncWriteExt;

use crate::{
    CONSUMER, PRODUCER,
    support::{Running, memory_broker, on, run_on},
};

#[tokio::test(flavor = "multi_thread")]
async fn lines_go_through_a_queue_and_come_out_as_they_were() {
    let broker = memory_broker().await;
    let lines: String = (1..=1000).map(|number| format!("{number}\n")).collect();
    let mut producer = Running::start(PRODUCER, &on(&broker, &["--message", "-", "--json"]));
    producer.write_line(lines.trim_end()).await;
    producer.stdin.take();
    let sent = producer.end().await.expect(0).json();
    assert_eq!((&sent["sent"], &sent["confirmed"]), (&1000.into(), &1000.into()));
    let received = run_on(&broker, CONSUMER, &["--print"]).await.expect(0);
    assert_eq!(received.stdout, lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_has_exactly_these_fields() {
    let broker = memory_broker().await;
    let ended = run_on(&broker, PRODUCER, &["--messageCount=3", "--JSON"]).await.expect(0);
    let json = ended.json();
    let fields: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["confirmed", "elapsed_s", "latency_ms", "not_sent", "sent", "unknown"]);
    assert_eq!(ended.stdout.lines().count(), 1);
    assert!(json["elapsed_s"].as_f64().unwrap() > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_transaction_may_be_smaller_than_the_others() {
    let broker = memory_broker().await;
    for (messages, batch) in [("5", "10"), ("23", "10"), ("20", "10"), ("0", "10")] {
        let count = ["--messageCount", messages, "--transactionBatchSize", batch, "--json"];
        let sent = run_on(&broker, PRODUCER, &count).await.expect(0).json();
        assert_eq!(sent["confirmed"].to_string(), messages);
        let all = ["--messageCount=0", "--timeout=1", "--json"];
        let received = run_on(&broker, CONSUMER, &all).await.expect(0).json();
        assert_eq!(received["received"].to_string(), messages, "in transactions of {batch}");
    }
}

/// They are neither confirmed nor in doubt, and all of them arrive when nothing goes wrong.
#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_not_persistent_are_handed_over() {
    let broker = memory_broker().await;
    let arguments = ["--persistent", "false", "--messageCount", "2000", "--json"];
    let sent = run_on(&broker, PRODUCER, &arguments).await.expect(0);
    assert!(sent.stderr.contains("handed over without confirmation 2000"), "{}", sent.stderr);
    let json = sent.json();
    let counts = ["sent", "confirmed", "unknown", "not_sent"].map(|name| json[name].as_u64());
    assert_eq!(counts, [Some(2000), Some(0), Some(0), Some(0)]);
    run_on(&broker, CONSUMER, &["--messageCount", "2000"]).await.expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_may_have_any_size_and_begin_with_a_dash() {
    let broker = memory_broker().await;
    let large = ["--messageCount", "1", "--textMessageSize", "100000"];
    run_on(&broker, PRODUCER, &large).await.expect(0);
    let dash = ["--messageCount", "1", "--message", "--verbose"];
    run_on(&broker, PRODUCER, &dash).await.expect(0);
    let bytes = ["--messageCount", "1", "--messageSize", "7"];
    run_on(&broker, PRODUCER, &bytes).await.expect(0);
    let print = ["--messageCount", "3", "--print", "--bytesAsText", "true"];
    let received = run_on(&broker, CONSUMER, &print).await.expect(0);
    let lines: Vec<_> = received.stdout.lines().collect();
    assert_eq!((lines[0].len(), lines[1], lines[2]), (100_000, "--verbose", "......."));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thread_sends_its_own_numbers() {
    let broker = memory_broker().await;
    let arguments = ["--parallelThreads", "4", "--messageCount", "50", "--json"];
    let sent = run_on(&broker, PRODUCER, &arguments).await.expect(0).json();
    assert_eq!(sent["confirmed"], 200);
    let received = run_on(&broker, CONSUMER, &["--messageCount", "200", "--json"]).await.expect(0);
    assert_eq!(
        (&received.json()["missing"], &received.json()["duplicates"]),
        (&0.into(), &0.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_no_text_is_named() {
    let broker = memory_broker().await;
    let mut producer = Running::start(PRODUCER, &on(&broker, &["--message", "-"]));
    let mut input = producer.stdin.take().unwrap();
    input.write_all(b"good\r\n\xc3\xa9\xff\n").await.unwrap();
    drop(input);
    let ended = producer.end().await.expect(1);
    assert!(
        ended.stderr.contains("line 2 of standard input: no UTF-8 from byte 3 on"),
        "{}",
        ended.stderr
    );
    let received = run_on(&broker, CONSUMER, &["--messageCount=1", "--print"]).await.expect(0);
    assert_eq!(received.stdout, "good\n");
}

/// What people read used to end the program with a panic when nobody could.
#[tokio::test(flavor = "multi_thread")]
async fn standard_error_that_takes_nothing_is_no_reason_to_fail() {
    let broker = memory_broker().await;
    for program in [PRODUCER, CONSUMER] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(program);
        command.args(on(&broker, &["--messageCount", "3", "--json"])).stderr(full);
        let ended = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{program}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_sent_no_faster_than_asked() {
    let broker = memory_broker().await;
    let arguments = ["--messageCount=5", "--parallelThreads=2", "--rate=20", "--json"];
    let sent = run_on(&broker, PRODUCER, &arguments).await.expect(0).json();
    assert_eq!(sent["confirmed"], 10);
    // The fifth of each thread is due after four tenths of a second.
    assert!(sent["elapsed_s"].as_f64().unwrap() >= 0.4, "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_may_be_bytes() {
    let broker = memory_broker().await;
    let arguments = on(&broker, &["--message", "-", "--bytes"]);
    let mut producer = Running::start(PRODUCER, &arguments);
    producer.stdin.take().unwrap().write_all(b"\xff\xfe\n").await.unwrap();
    producer.end().await.expect(0);
    let arguments = ["--messageCount=1", "--print", "json"];
    let received = run_on(&broker, CONSUMER, &arguments).await.expect(0);
    assert_eq!(received.json()["bytes"], "//4=");
}
