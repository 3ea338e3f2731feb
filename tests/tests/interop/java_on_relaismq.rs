//! The JMS suite holds on our broker, with each kind of store.

use relaismq_tests::activemq::Version;
use relaismq_tests::load;
use relaismq_tests::relais::Relais;
use relaismq_tests::suite;
use std::time::Duration;
use tempfile::tempdir;

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn every_check_holds_in_memory() {
    let broker = Relais::new().start().await.unwrap();
    suite::run(Version::Five, &broker.url().unwrap(), "").await.unwrap().assert_all_passed();
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn every_check_holds_on_a_directory() {
    let directory = tempdir().unwrap();
    let broker = Relais::new().directory(directory.path()).start().await.unwrap();
    suite::run(Version::Five, &broker.url().unwrap(), "").await.unwrap().assert_all_passed();
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn every_check_of_java_6_holds_on_a_directory() {
    let directory = tempdir().unwrap();
    let broker = Relais::new().directory(directory.path()).start().await.unwrap();
    suite::run(Version::Six, &broker.url().unwrap(), "").await.unwrap().assert_all_passed();
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn sixteen_java_producers_lose_nothing() {
    let directory = tempdir().unwrap();
    let broker = Relais::new().directory(directory.path()).start().await.unwrap();
    let arguments = ["--messages", "3200", "--producers", "16", "--consumers", "2"];
    let url = broker.url().unwrap();
    let found = load::run(&url, &arguments, Duration::from_secs(120)).await.unwrap();
    assert_eq!((found.sent, found.received), (3200, 3200));
}
