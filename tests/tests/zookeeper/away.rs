//! ZooKeeper that is away, for a while or for good.

use anyhow::{Result, ensure};
use relaismq_broker::zookeeper::Link;
use relaismq_examples::demo::zookeeper::ZooKeeperServers;
use relaismq_tests::java::fetched_jars;
use relaismq_tests::proxy::Proxy;

use crate::harness::{config, is_lost, join, sees, sees_nodes};

#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn a_restart_of_the_server_is_healed_and_what_was_known_is_kept_meanwhile() -> Result<()> {
    let mut servers = ZooKeeperServers::start(1).await?;
    let config = config(&servers.address());
    let (first, second) = (join(&config, 1)?, join(&config, 2)?);
    sees_nodes(&first, &[1, 2]).await?;
    servers.kill_all().await?;
    is_lost(&first).await?;
    ensure!(first.view().borrow().members.len() == 2, "it has forgotten the others");
    servers.start_all().await?;
    sees_nodes(&first, &[1, 2]).await?;
    sees_nodes(&second, &[1, 2]).await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn members_that_begin_before_zookeeper_does_meet_when_it_is_there() -> Result<()> {
    let mut servers = ZooKeeperServers::start(1).await?;
    servers.kill_all().await?;
    let config = config(&servers.address());
    let (first, second) = (join(&config, 1)?, join(&config, 2)?);
    let why = is_lost(&first).await?;
    ensure!(why.contains("cannot reach ZooKeeper at 127.0.0.1:"), "{why}");
    servers.start_all().await?;
    sees_nodes(&first, &[1, 2]).await?;
    sees_nodes(&second, &[1, 2]).await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn of_three_servers_one_may_be_killed() -> Result<()> {
    one_may_be_killed(ZooKeeperServers::start(3).await?).await
}

#[tokio::test]
#[ignore = "needs ZooKeeper 3.9 from Maven Central: run tests/run"]
async fn of_three_newer_servers_one_may_be_killed() -> Result<()> {
    let jars = fetched_jars("zookeeper-3.9.5")?.join(":");
    one_may_be_killed(ZooKeeperServers::start_with(3, &jars).await?).await
}

async fn one_may_be_killed(mut servers: ZooKeeperServers) -> Result<()> {
    let config = config(&servers.address());
    let members = [join(&config, 1)?, join(&config, 2)?, join(&config, 3)?];
    for member in &members {
        sees_nodes(member, &[1, 2, 3]).await?;
    }
    for which in 0..3 {
        servers.kill(which).await?;
        for member in &members {
            sees_nodes(member, &[1, 2, 3]).await?;
        }
        let late = join(&config, 4)?;
        sees_nodes(&late, &[1, 2, 3, 4]).await?;
        late.stop().await;
        servers.start_all().await?;
    }
    Ok(())
}

/// A server sees the end of a session before the client does, which then needs a new one.
#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn a_session_that_has_run_out_is_followed_by_another() -> Result<()> {
    let servers = ZooKeeperServers::start(1).await?;
    let mut link = Proxy::start(&servers.address()).await?;
    let lasting = join(&config(&servers.address()), 1)?;
    let cut_off = join(&config(&link.url().replace("tcp://", "")), 2)?;
    let view = sees_nodes(&lasting, &[1, 2]).await?;
    let before = view.members.get(&2).map(|it| it.sequence);
    link.refuse().await;
    link.cut();
    is_lost(&cut_off).await?;
    sees_nodes(&lasting, &[1]).await?;
    link.accept().await?;
    let view = sees_nodes(&lasting, &[1, 2]).await?;
    ensure!(view.members.get(&2).map(|it| it.sequence) > before, "{view:?}");
    sees_nodes(&cut_off, &[1, 2]).await?;
    Ok(())
}

/// A link that is slow or short of breath is not a lost one for good: the same session goes on.
#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn a_link_that_is_cut_again_and_again_heals_each_time() -> Result<()> {
    let servers = ZooKeeperServers::start(1).await?;
    let link = Proxy::start(&servers.address()).await?;
    let member = join(&config(&link.url().replace("tcp://", "")), 1)?;
    for _ in 0..10 {
        sees_nodes(&member, &[1]).await?;
        link.cut();
        sees(&member, "the cut", |view| view.link != Link::Reached).await?;
    }
    sees_nodes(&member, &[1]).await?;
    Ok(())
}
