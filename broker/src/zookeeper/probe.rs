//! Why a server of ZooKeeper cannot be reached: what its client does not say.

use std::time::Duration;

use tokio::{net::TcpStream, time::timeout};

use crate::config::ZooKeeperPlace;

/// For one server; they are asked one after the other.
const PATIENCE: Duration = Duration::from_secs(1);
/// More are not asked.
const MOST: usize = 5;

/// What the system says of each server.
pub(super) async fn why(place: &ZooKeeperPlace) -> String {
    let mut all = Vec::new();
    for server in place.servers().iter().take(MOST) {
        let what = match timeout(PATIENCE, TcpStream::connect(server)).await {
            Ok(Ok(_)) => "it listens, and does not answer as ZooKeeper".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no connection within {PATIENCE:?}"),
        };
        all.push(format!("{server}: {what}"));
    }
    all.join(", ")
}
