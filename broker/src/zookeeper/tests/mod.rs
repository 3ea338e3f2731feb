//! Without a server: what becomes of a broker then.

use std::{
    net::{Ipv4Addr, TcpListener},
    time::Duration,
};

use tokio::time::timeout;

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

fn place(port: u16) -> ZooKeeperPlace {
    ZooKeeperPlace::new(&format!("127.0.0.1:{port}"), "/default").unwrap()
}

async fn why_lost(zookeeper: &ZooKeeper) -> String {
    let mut view = zookeeper.view();
    let lost = view.wait_for(|view| matches!(view.link, Link::Lost(_)));
    let view = timeout(PATIENCE, lost).await.unwrap().unwrap();
    match &view.link {
        Link::Lost(why) => why.clone(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_what_the_system_says() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let zookeeper = ZooKeeper::start(place(port), Announcement::default());
    let why = why_lost(&zookeeper).await;
    assert!(why.contains(&format!("cannot reach ZooKeeper at 127.0.0.1:{port}")), "{why}");
    assert!(why.to_lowercase().contains("refused"), "{why}");
    timeout(PATIENCE, zookeeper.stop()).await.unwrap();
}

/// As a stopped process does: connections are accepted by the system, and nobody answers.
#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let place = place(silent.local_addr().unwrap().port());
    let place = place.session_timeout(Duration::from_millis(500));
    let zookeeper = ZooKeeper::start(place, Announcement::default());
    let why = why_lost(&zookeeper).await;
    assert!(why.contains("does not answer as ZooKeeper"), "{why}");
    timeout(PATIENCE, zookeeper.stop()).await.unwrap();
}
