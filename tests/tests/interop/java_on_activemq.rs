//! The JMS suite holds on the real broker of the same version; what fails here is a wrong check.

use anyhow::Result;
use relaismq_tests::activemq::{ActiveMq, Version};
use relaismq_tests::suite;
use tempfile::tempdir;

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn every_check_of_java_5_holds_on_activemq_5() -> Result<()> {
    every_check_holds(Version::Five).await
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn every_check_of_java_6_holds_on_activemq_6() -> Result<()> {
    every_check_holds(Version::Six).await
}

async fn every_check_holds(version: Version) -> Result<()> {
    let directory = tempdir()?;
    let broker = ActiveMq::new().version(version).directory(directory.path()).start().await?;
    suite::run(version, &broker.url()?, "").await?.assert_all_passed();
    Ok(())
}
