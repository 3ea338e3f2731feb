//! `failover-demo`.

use std::net::TcpStream;

use nix::sys::signal::Signal;

use crate::support::{DEMO, PATIENCE, Running, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker_loses_nothing_that_was_confirmed() {
    let arguments = ["--rounds", "2", "--messages", "2000", "--json"];
    let ended = run(DEMO, &arguments).await.expect(0);
    let json = ended.json();
    for (name, value) in [("missing", 0), ("unflagged_duplicates", 0), ("confirmed", 2000)] {
        assert_eq!(json[name], value, "{ended:?}");
    }
    for name in ["detection_s", "first_receive_s"] {
        assert_eq!(json[name].as_array().unwrap().len(), 2, "{ended:?}");
    }
    assert!(ended.stdout.contains("nothing confirmed was lost"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn loss_with_a_memory_store_is_said_to_be_expected() {
    let arguments = ["--store", "memory", "--messages", "4000", "--json"];
    let ended = run(DEMO, &arguments).await;
    let lost = ended.json()["missing"].as_u64().unwrap() > 0;
    assert_eq!(ended.status, Some(if lost { 3 } else { 0 }), "{ended:?}");
    assert_eq!(ended.stdout.contains("is to be expected"), lost, "{ended:?}");
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
