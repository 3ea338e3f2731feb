//! A cluster begins once.

use anyhow::{Result, ensure};
use relaismq_broker::zookeeper::Founding;
use relaismq_examples::demo::zookeeper::ZooKeeperServers;

use crate::harness::{PATH, config, join, sees, sees_nodes};

#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn of_many_who_would_begin_a_cluster_one_does_and_all_are_told_who() -> Result<()> {
    let servers = ZooKeeperServers::start(1).await?;
    let config = config(&servers.address());
    let members = (1..=5).map(|node| join(&config, node)).collect::<Result<Vec<_>>>()?;
    for member in &members {
        sees_nodes(member, &[1, 2, 3, 4, 5]).await?;
    }
    let asking = members.iter().zip(1..).map(|(member, node)| {
        member.found(Founding {
            cluster: format!("of {node}"),
            nodes: [(node, String::new())].into(),
        })
    });
    let answers = futures::future::join_all(asking).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let [first, rest @ ..] = answers.as_slice() else { anyhow::bail!("nobody answers") };
    ensure!(rest.iter().all(|it| it == first), "{answers:?}");
    for member in &members {
        sees(member, "who began it", |view| view.founding.as_ref() == Some(first)).await?;
    }
    Ok(())
}

/// Written over, the cluster would begin a second time.
#[tokio::test]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn what_cannot_be_read_is_not_written_over() -> Result<()> {
    let servers = ZooKeeperServers::start(1).await?;
    let config = config(&servers.address());
    let member = join(&config, 1)?;
    sees_nodes(&member, &[1]).await?;
    servers.ask(&[&format!("set {PATH} something")]).await?;
    let founding = Founding { cluster: "c".to_owned(), nodes: [(1, String::new())].into() };
    let refused = member.found(founding).await.unwrap_err().to_string();
    ensure!(refused.contains(PATH) && refused.contains("makes no sense"), "{refused}");
    let said = servers.ask(&[&format!("get {PATH}")]).await?;
    ensure!(said.contains("something"), "{said}");
    Ok(())
}
