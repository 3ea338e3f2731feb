//! Who may look, and who may not.

use anyhow::{Result, ensure};
use relaismq_broker::ZooKeeperConfig;
use relaismq_examples::demo::zookeeper::ZooKeeperServers;
use relaismq_tests::java::fetched_jars;

use crate::harness::{PATH, config, is_lost, join, sees_nodes};

fn with(password: &str, address: &str) -> ZooKeeperConfig {
    let password = Some(relaismq_broker::Secret::new(password));
    ZooKeeperConfig { password, ..config(address) }
}

#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn with_a_password_nobody_else_reads_writes_or_removes_anything() -> Result<()> {
    nobody_else_may_do_anything(&ZooKeeperServers::start(1).await?).await
}

/// Newer servers answer some of it in another way.
#[tokio::test]
#[ignore = "needs ZooKeeper 3.9 from Maven Central: run tests/run"]
async fn the_same_holds_with_a_newer_server() -> Result<()> {
    let jars = fetched_jars("zookeeper-3.9.5")?.join(":");
    nobody_else_may_do_anything(&ZooKeeperServers::start_with(1, &jars).await?).await
}

async fn nobody_else_may_do_anything(servers: &ZooKeeperServers) -> Result<()> {
    let config = with("geheim", &servers.address());
    let (first, second) = (join(&config, 1)?, join(&config, 2)?);
    sees_nodes(&first, &[1, 2]).await?;
    sees_nodes(&second, &[1, 2]).await?;
    let znode = format!("{PATH}/00000000000");
    for command in [
        format!("ls {PATH}"),
        format!("get {znode}"),
        format!("set {znode} x"),
        format!("delete {znode}"),
        format!("create {PATH}/x x"),
        format!("deleteall {PATH}"),
    ] {
        let said = servers.ask(&[&command]).await?;
        let is_refused = said.contains("Insufficient permission") || said.contains("NoAuth");
        ensure!(is_refused, "{command}: {said}");
    }
    let login = "addauth digest fabric:geheim";
    let said = servers.ask(&[login, &format!("ls {PATH}"), &format!("get {znode}")]).await?;
    ensure!(said.contains("[00000000000, 00000000001]"), "{said}");
    ensure!(said.contains("\"id\":\"broker\"") && !said.contains("geheim:"), "{said}");
    // Others may have their own beside it.
    let said = servers.ask(&["create /activemq/others x"]).await?;
    ensure!(said.contains("Created /activemq/others"), "{said}");
    sees_nodes(&first, &[1, 2]).await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn a_wrong_password_is_refused_with_what_to_look_at_and_the_right_one_goes_on() -> Result<()>
{
    let servers = ZooKeeperServers::start(1).await?;
    let right = join(&with("geheim", &servers.address()), 1)?;
    sees_nodes(&right, &[1]).await?;
    for wrong in [with("falsch", &servers.address()), config(&servers.address())] {
        let stranger = join(&wrong, 2)?;
        let why = is_lost(&stranger).await?;
        ensure!(why.contains("zkPassword") && why.contains(PATH), "{why}");
        ensure!(!why.contains("falsch") && !why.contains("geheim"), "{why}");
        stranger.stop().await;
    }
    sees_nodes(&right, &[1]).await?;
    Ok(())
}

/// A path behind the addresses, as other clients of ZooKeeper take it.
#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn a_path_behind_the_addresses_is_made_and_used() -> Result<()> {
    let servers = ZooKeeperServers::start(1).await?;
    let below = config(&format!("{}/site/one", servers.address()));
    let (first, beside) = (join(&below, 1)?, join(&config(&servers.address()), 2)?);
    sees_nodes(&first, &[1]).await?;
    sees_nodes(&beside, &[2]).await?;
    let said = servers.ask(&[&format!("ls /site/one{PATH}")]).await?;
    ensure!(said.contains("[00000000000]"), "{said}");
    Ok(())
}
