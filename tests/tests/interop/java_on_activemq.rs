//! The JMS suite holds on the real broker; what fails here is a wrong check.

use relaismq_tests::activemq::ActiveMq;
use relaismq_tests::suite;
use tempfile::tempdir;

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn every_check_holds_on_activemq() {
    let directory = tempdir().unwrap();
    let broker = ActiveMq::new().directory(directory.path()).start().await.unwrap();
    suite::run(&broker.url().unwrap(), "").await.unwrap().assert_all_passed();
}
