//! `failover-demo`.

use std::net::TcpStream;

use nix::sys::signal::Signal;

use serde_json::Value;

use crate::{
    DEMO,
    running::{PATIENCE, Running, run},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker_loses_nothing_that_was_confirmed() {
    let arguments = ["--rounds", "2", "--messages", "2000", "--json"];
    let ended = run(DEMO, &arguments).await.expect(0);
    let json = ended.json();
    for (name, value) in [("missing", 0), ("unflagged_duplicates", 0), ("confirmed", 2000)] {
        assert_eq!(json[name], value, "{ended:?}");
    }
    assert_eq!((&json["complete"], &json["kills"]), (&true.into(), &2.into()));
    for name in ["detection_s", "first_receive_s"] {
        assert_eq!(json[name].as_array().unwrap().len(), 2, "{ended:?}");
    }
    assert!(ended.stderr.contains("nothing confirmed was lost"), "{ended:?}");
    assert_eq!(ended.json_lines().len(), 1, "with --json there is nothing but JSON");
}

#[tokio::test(flavor = "multi_thread")]
async fn loss_with_a_memory_store_is_said_to_be_expected() {
    let arguments = ["--store", "memory", "--messages", "4000", "--json"];
    let ended = run(DEMO, &arguments).await;
    let lost = ended.json()["missing"].as_u64().unwrap() > 0;
    assert_eq!(ended.status, Some(if lost { 3 } else { 0 }), "{ended:?}");
    assert_eq!(ended.stderr.contains("is to be expected"), lost, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_in_a_file_of_sqlite_either() {
    nothing_is_lost(&["--store", "sqlite"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and MariaDB: run tests/run"]
async fn nothing_is_lost_in_a_database_either() {
    nothing_is_lost(&["--store", "postgresql"]).await;
    nothing_is_lost(&["--store", "mariadb"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_three_brokers_that_replicate() {
    nothing_is_lost(&["--store", "replicated"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn nothing_is_lost_on_three_brokers_that_found_each_other() {
    nothing_is_lost(&["--store", "zookeeper"]).await;
}

async fn nothing_is_lost(arguments: &[&str]) {
    let arguments = [arguments, &["--messages", "1000", "--json"]].concat();
    let json = run(DEMO, &arguments).await.expect(0).json();
    assert_eq!((&json["missing"], &json["confirmed"]), (&0.into(), &1000.into()), "{json}");
    assert_eq!((&json["store"], &json["kills"]), (&arguments[1].into(), &1.into()));
}

/// Line by line, each with its own brokers: a table.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL, MariaDB, ZooKeeper, ActiveMQ and Java: run tests/run"]
async fn all_stores_and_activemqs_stand_in_one_table() {
    let demo = Running::start(DEMO, &["--compare", "--messages", "800"]);
    let ended = demo.end_within(9 * PATIENCE).await.expect(0);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 11, "{ended:?}");
    for line in &lines[2..] {
        let figures: Vec<&str> = line.split_whitespace().collect();
        let first = figures.iter().position(|it| *it == "800").unwrap();
        assert_eq!(figures[first + 1], "0", "nothing may be missing: {line}");
    }
}

/// It did not start once, because a source file of the Java program had got a companion.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_killed_activemq_loses_nothing_that_was_confirmed() {
    let arguments = ["--against", "activemq", "--messages", "2000", "--json"];
    let json = run(DEMO, &arguments).await.expect(0).json();
    assert_eq!((&json["missing"], &json["confirmed"]), (&0.into(), &2000.into()), "{json}");
}

/// Stores used to stay in the temporary folder.
#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_that_is_broken_off_tidies_up_and_claims_nothing() {
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let temporary = tempfile::tempdir().unwrap();
        let arguments = ["--messages", "4000000", "--rounds", "1000", "--json"];
        let environment = [("TMPDIR", temporary.path())];
        let mut demo = Running::start_with(DEMO, &arguments, &environment);
        demo.reported("kill -9").await;
        assert!(temporary.path().read_dir().unwrap().next().is_some());
        demo.signal(signal);
        let ended = demo.end().await.expect(status);
        let json = ended.json();
        assert_eq!(ended.stdout.lines().count(), 1, "{ended:?}");
        assert_eq!((&json["complete"], &json["missing"]), (&false.into(), &Value::Null));
        assert!(ended.stderr.contains("no verdict"), "{ended:?}");
        assert!(!ended.stderr.contains("nothing confirmed was lost"), "{ended:?}");
        assert!(temporary.path().read_dir().unwrap().next().is_none(), "{ended:?}");
    }
}

/// Even if it has no chance to kill them itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_brokers_die_with_the_demonstration() {
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let mut demo = Running::start(DEMO, &["--messages", "100000000"]);
        let line = demo.reported("connecting to").await;
        demo.signal(signal);
        let ended = demo.end().await;
        assert_eq!(ended.status, (signal == Signal::SIGINT).then_some(130), "{ended:?}");
        for port in ports(&line) {
            let begin = tokio::time::Instant::now();
            while TcpStream::connect(("127.0.0.1", port)).is_ok() {
                assert!(begin.elapsed() < PATIENCE, "the broker on port {port} lives on");
            }
        }
    }
}

fn ports(line: &str) -> Vec<u16> {
    let numbers = line.split("127.0.0.1:").skip(1);
    numbers.map(|text| text.split([',', ')']).next().unwrap().parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn help_has_exit_statuses_and_examples() {
    let help = run(DEMO, &["--help"]).await.expect(0).stdout;
    for text in ["Exit status:", "Examples:", "--json"] {
        assert!(help.contains(text), "{help}");
    }
}

/// The demonstration is the broker's program, too.
#[tokio::test(flavor = "multi_thread")]
async fn the_broker_program_explains_itself() {
    // It would end with its standard input.
    let broker = Running::start(DEMO, &["serve-broker", "--help"]);
    let help = broker.end().await.expect(0).stdout;
    for text in ["Exit status:", "Examples:", "--store"] {
        assert!(help.contains(text), "{help}");
    }
}
