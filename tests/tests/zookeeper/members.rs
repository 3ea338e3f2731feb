//! Who is there, and what is seen of it.

use anyhow::{Result, ensure};
use relaismq_broker::zookeeper::Announcement;
use relaismq_examples::demo::zookeeper::{ZooKeeperServers, four_letters};
use relaismq_tests::proxy::Proxy;

use crate::harness::{PATH, config, join, member, sees, sees_nodes};

#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn three_members_see_each_other_and_one_that_leaves_is_gone_at_once() -> Result<()> {
    let servers = ZooKeeperServers::start(1).await?;
    let config = config(&servers.address());
    let members = [join(&config, 1)?, join(&config, 2)?, join(&config, 3)?];
    for member in &members {
        let view = sees_nodes(member, &[1, 2, 3]).await?;
        let addresses: Vec<_> =
            view.members.values().map(|it| it.said.replication.as_str()).collect();
        let expected = ["tcp://127.0.0.1:10001", "tcp://127.0.0.1:10002", "tcp://127.0.0.1:10003"];
        ensure!(addresses == expected, "{addresses:?}");
    }
    let [first, second, third] = members;
    third.stop().await;
    sees_nodes(&first, &[1, 2]).await?;
    sees_nodes(&second, &[1, 2]).await?;
    Ok(())
}

/// As `zkCli.sh ls` and `get` show it, and as scripts for `replicatedLevelDB` look for it.
#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn the_master_is_published_in_the_fields_that_people_look_at() -> Result<()> {
    let servers = ZooKeeperServers::start(1).await?;
    let config = config(&servers.address());
    let (first, second) = (join(&config, 1)?, join(&config, 2)?);
    sees_nodes(&first, &[1, 2]).await?;
    second.announce(Announcement { is_master: true, term: 3, position: 99, ..member(2) });
    let view = sees(&first, "a master", |view| view.master().is_some()).await?;
    ensure!(view.master().map(|it| (it.node, it.term)) == Some((2, 3)), "{view:?}");

    let sequence = view.members.get(&2).map(|it| it.sequence).unwrap_or_default();
    let znode = format!("{PATH}/0{sequence:010}");
    let said = servers.ask(&[&format!("ls {PATH}"), &format!("get {znode}")]).await?;
    ensure!(said.contains("[00000000000, 00000000001]"), "{said}");
    let elected = format!("\"elected\":\"{sequence:010}\"");
    for field in ["\"id\":\"broker\"", "\"address\":\"tcp://127.0.0.1:10002\"", &elected] {
        ensure!(said.contains(field), "{field} is not in {said}");
    }
    let stat = four_letters(servers.ports().next().unwrap_or_default(), "stat").await?;
    ensure!(stat.contains("Mode: standalone"), "{stat}");

    second.announce(Announcement { term: 4, ..member(2) });
    sees(&first, "that there is no master", |view| view.master().is_none()).await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn one_that_is_killed_is_gone_when_its_session_has_run_out() -> Result<()> {
    let servers = ZooKeeperServers::start(1).await?;
    let link = Proxy::start(&servers.address()).await?;
    let lasting = join(&config(&servers.address()), 1)?;
    let killed = join(&config(&link.url().replace("tcp://", "")), 2)?;
    sees_nodes(&lasting, &[1, 2]).await?;
    // As a killed process: nothing is said any more, not even goodbye.
    link.stall();
    drop(killed);
    sees_nodes(&lasting, &[1]).await?;
    Ok(())
}

/// What stands there is advice of strangers.
#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn garbage_among_the_members_and_other_clusters_are_passed_over() -> Result<()> {
    let servers = ZooKeeperServers::start(1).await?;
    let config = config(&servers.address());
    let first = join(&config, 1)?;
    sees_nodes(&first, &[1]).await?;
    let theirs = r#"{"id":"broker","container":null,"address":null,"position":-1,"weight":1,"elected":null}"#;
    let other = theirs.replace(
        "\"id\":\"broker\"",
        "\"id\":\"other\",\"node\":7,\"member\":\"x\",\"replication\":\"x\"",
    );
    let znodes: Vec<_> = ["garbage", "{", "[[[[", theirs, &other]
        .iter()
        .map(|data| format!("create -e -s {PATH}/0 {data}"))
        .chain(["lock", "00000000099x", "9999999999"].map(|name| format!("create {PATH}/{name} x")))
        .collect();
    let commands: Vec<_> = znodes.iter().map(String::as_str).collect();
    let said = servers.ask(&commands).await?;
    ensure!(said.matches("Created ").count() == commands.len(), "{said}");
    let second = join(&config, 2)?;
    sees_nodes(&first, &[1, 2]).await?;
    sees_nodes(&second, &[1, 2]).await?;
    Ok(())
}

/// Whoever removes a broker's znode by hand, or writes into it, only makes it write it again.
#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn a_znode_that_was_removed_or_written_over_is_there_again() -> Result<()> {
    let servers = ZooKeeperServers::start(1).await?;
    let config = config(&servers.address());
    let (first, second) = (join(&config, 1)?, join(&config, 2)?);
    let view = sees_nodes(&first, &[1, 2]).await?;
    let znode = |node: u64| {
        let sequence = view.members.get(&node).map(|it| it.sequence).unwrap_or_default();
        format!("{PATH}/0{sequence:010}")
    };
    let (removed, spoilt) = (znode(1), znode(2));
    servers.ask(&[&format!("delete {removed}"), &format!("set {spoilt} spoilt")]).await?;
    let old = view.members.get(&1).map(|it| it.sequence).unwrap_or_default();
    sees(&second, "the first one's new znode", |view| {
        view.members.get(&1).is_some_and(|it| it.sequence > old) && view.members.contains_key(&2)
    })
    .await?;
    Ok(())
}
