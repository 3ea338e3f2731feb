//! « Pour vérifier quel MQ est maitre, plusieurs moyens possibles » : each of the article's, by its own command.

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::cluster::Cluster;
use crate::harness::PATH;

/// What a line of a shell prints.
async fn shell(line: &str) -> Result<String> {
    let output = Command::new("sh").args(["-c", line]).output().await?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A server of ZooKeeper closes with the end of the line unread, and then the system may drop what it has
/// answered: whoever asks by hand asks again.
async fn mode(port: u16) -> Result<String> {
    for _ in 0..50 {
        let said =
            shell(&format!("echo stat | timeout 10 nc 127.0.0.1 {port} | grep Mode")).await?;
        if !said.is_empty() {
            return Ok(said);
        }
    }
    anyhow::bail!("the server at {port} does not say its mode")
}

/// Those of three for which something holds; there has to be one.
fn the_one(all: &[String; 3], is_it: impl Fn(&str) -> bool) -> Result<usize> {
    let found: Vec<_> =
        (0..3).filter(|which| all.get(*which).is_some_and(|it| is_it(it))).collect();
    ensure!(found.len() == 1, "{found:?} of {all:?}, instead of one");
    found.first().copied().context("none")
}

/// Consulter les logs de chaque instance.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn every_way_to_find_the_master_finds_the_same_one() -> Result<()> {
    let cluster = Cluster::start().await?;
    let mut answers = [const { String::new() }; 3];
    // echo stat | nc hostname 61616: a slave's port is closed.
    for (answer, port) in answers.iter_mut().zip(cluster.broker_ports()) {
        *answer = shell(&format!("echo stat | timeout 10 nc 127.0.0.1 {port}; echo $?")).await?;
    }
    let by_port = the_one(&answers, |answer| answer.trim() != "1")?;

    // Essayer d'accéder à la console de chaque instance. Here slaves have one, too, and say what they are.
    for (answer, port) in answers.iter_mut().zip(cluster.admin_ports()) {
        let page = shell(&format!("curl -s http://127.0.0.1:{port}/admin/")).await?;
        ensure!(page.contains("<html"), "no console: {page}");
        *answer = shell(&format!(
            "curl -s -o /dev/null -w %{{http_code}} http://127.0.0.1:{port}/readyz"
        ))
        .await?;
    }
    let by_console = the_one(&answers, |answer| answer == "200")?;

    // Consulter les logs de chaque instance.
    for (answer, number) in answers.iter_mut().zip(1..) {
        let file = cluster.home().join(format!("broker-{number}/out"));
        *answer = shell(&format!("grep ^ready {}", file.display())).await?;
    }
    let by_log = the_one(&answers, |answer| answer.contains("role=master"))?;

    // echo stat | nc hostname 2181 | find Mode: ZooKeeper's own leader, which is another matter.
    for (answer, port) in answers.iter_mut().zip(cluster.zookeeper_ports()) {
        *answer = mode(port).await?;
    }
    the_one(&answers, |answer| answer.trim() == "Mode: leader")?;
    ensure!(answers.iter().filter(|it| it.trim() == "Mode: follower").count() == 2, "{answers:?}");

    // zkCli.sh ls and get: the one whose znode has an address.
    let port = cluster.zookeeper_ports()[0];
    let commands = format!("addauth digest fabric:password\nls {PATH}\n");
    let gets: String = (0..3).map(|n| format!("get {PATH}/0000000000{n}\n")).collect();
    let said = shell(&format!(
        "printf '{commands}{gets}quit\n' | /usr/share/zookeeper/bin/zkCli.sh -server 127.0.0.1:{port} 2>&1"
    ))
    .await?;
    ensure!(said.contains("[00000000000, 00000000001, 00000000002]"), "{said}");
    let members: Vec<_> =
        said.lines().filter(|line| line.starts_with("{\"id\":\"broker\"")).collect();
    ensure!(members.len() == 3, "{said}");
    let masters: Vec<_> = members.iter().filter(|it| !it.contains("\"elected\":null")).collect();
    let [master] = masters.as_slice() else { anyhow::bail!("{} masters in {said}", masters.len()) };
    let clients = format!("\"clients\":\"tcp://127.0.0.1:{}\"", cluster.broker_ports()[by_port]);
    ensure!(master.contains(&clients) && !master.contains("\"address\":null"), "{master}");
    ensure!(by_port == by_log, "port {by_port}, log {by_log}");
    ensure!(by_port == by_console, "port {by_port}, console {by_console}");
    Ok(())
}
