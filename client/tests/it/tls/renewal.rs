//! Files are read again for each attempt.

use relaismq::options::TlsOptions;
use relaismq::{Connection, Event};

use super::authority::Authority;
use super::{assert_says, failure, good_broker};
use crate::broker::soon;

#[tokio::test]
async fn a_ca_that_is_replaced_while_the_broker_restarts_is_used_at_the_next_attempt() {
    let (old, new) = (Authority::new("Old CA"), Authority::new("New CA"));
    let trusted = old.write("trusted.pem", std::fs::read(old.file()).unwrap());
    let mut broker = good_broker(&old).await;
    let uri = format!("failover:({})?maxReconnectDelay=20", broker.address());
    let builder = Connection::builder(uri).tls(TlsOptions::new().ca_file(trusted));
    let (connection, peer) = tokio::join!(builder.connect(), broker.accept_login());
    let connection = connection.unwrap();
    let mut events = connection.events();

    broker.renew(&new.issue("broker", &["127.0.0.1"]));
    drop(peer);
    // The client keeps trying: certificates are renewed at about the same time everywhere.
    for _ in 0..3 {
        broker.accept().await.unwrap_err();
        assert_says(&failure(&mut events).await, &["CN=New CA"]);
    }
    old.write("trusted.pem", std::fs::read(new.file()).unwrap());
    let resumed = async { while !matches!(events.recv().await.unwrap(), Event::Resumed { .. }) {} };
    let accepting = async {
        loop {
            // An attempt may have read the file before it was replaced.
            if let Ok(stream) = broker.accept().await {
                let mut peer = crate::broker::Peer::negotiate(stream).await;
                peer.login().await;
                return peer;
            }
        }
    };
    let (_peer, ()) = soon(Box::pin(async { tokio::join!(accepting, resumed) })).await;
}
