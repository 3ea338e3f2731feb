//! The wrong scheme for a port.

use anyhow::Result;
use relaismq::Connection;
use relaismq::options::TlsOptions;
use relaismq_tests::make::Make;

use super::{KINDS, Scene, assert_says, failure, refusal};
use crate::brokers::{SOON, on_each_broker};

/// ActiveMQ introduces itself first, and so does ours.
async fn a_plain_port_behind_ssl_is_recognised(make: Make) -> Result<()> {
    let broker = make.start().await?;
    let url = broker.url()?.replace("tcp://", "ssl://");
    let reason = refusal(Connection::builder(format!("failover:({url})")).connect_timeout(SOON));
    assert_says(&reason.await?, &["OpenWire without TLS", "use tcp:// instead of ssl://"]);
    Ok(())
}
on_each_broker!(a_plain_port_behind_ssl_is_recognised);

/// Artemis waits for the client's first word, which it does not understand.
#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_plain_port_of_artemis_behind_ssl_is_suspected() -> Result<()> {
    let broker = Make::Artemis.start().await?;
    let url = broker.url()?.replace("tcp://", "ssl://");
    let reason = failure(&url, TlsOptions::new()).await?;
    assert_says(&reason, &["is this a port for TLS", "tcp:// instead of ssl://"]);
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_tls_port_behind_tcp_is_recognised() -> Result<()> {
    for kind in KINDS {
        let scene = Scene::start(kind, "").await?;
        let plain = scene.url.replace("nio+", "").replace("ssl://", "tcp://");
        let (_, silent) = kind;
        if silent {
            let reason = failure(&plain, TlsOptions::new()).await?;
            assert_says(&reason, &["before it said anything", "needs ssl://"]);
        } else {
            let builder = Connection::builder(format!("failover:({plain})")).connect_timeout(SOON);
            let reason = refusal(builder).await?;
            assert_says(&reason, &["speaks TLS", "use ssl:// instead of tcp://"]);
        }
        // The broker is none the worse for it.
        scene.works(scene.tls()).await?;
        drop(scene.broker);
    }
    Ok(())
}
