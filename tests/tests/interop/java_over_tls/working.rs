//! What works over plain TCP works over TLS.

use anyhow::Result;
use relaismq::Connection;
use relaismq::options::TlsOptions;
use relaismq_tests::activemq::Version;
use relaismq_tests::suite;
use tempfile::tempdir;

use super::{Files, logs, passes};
use crate::brokers::SOON;

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn every_check_holds_over_tls() -> Result<()> {
    let (files, directory) = (Files::new()?, tempdir()?);
    let broker = files.broker(0, "").directory(directory.path()).start().await?;
    let found = suite::run_with(Version::Five, &broker.url()?, "", &files.java(None)).await?;
    found.assert_all_passed();
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn java_speaks_each_version_with_both_of_its_transports() -> Result<()> {
    let files = Files::new()?;
    for version in [Version::Five, Version::Six] {
        let peer = files.peer(version, None)?;
        for protocol in ["TLSv1.2", "TLSv1.3"] {
            let options = format!("transport.enabledProtocols={protocol}");
            let broker = files.broker(0, &options).start().await?;
            let url = broker.url()?;
            passes(&peer, &url).await?;
            passes(&peer, &url.replace("ssl://", "nio+ssl://")).await?;
        }
    }
    Ok(())
}

/// As ActiveMQ's authentication by certificates has it: the user is the name in the certificate.
#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn whoever_shows_a_certificate_is_its_name() -> Result<()> {
    let files = Files::new()?;
    let issued = files.authority.issue("billing", &[]);
    files.store("billing")?;
    let mut broker = files.broker(0, "needClientAuth=true").log("info").start().await?;
    passes(&files.peer(Version::Five, Some("billing.p12"))?, &broker.url()?).await?;
    logs(&mut broker, &["client logged in", "user=\"CN=billing\"", "address=tcp://"]).await?;
    let tls = TlsOptions::new().ca_file(files.path("ca.pem"));
    let tls = tls.client_certificate(issued.certificate, issued.key);
    let builder = Connection::builder(broker.url()?).connect_timeout(SOON).tls(tls);
    builder.client_id("ours").credentials("somebody", "else").connect().await?.close().await;
    logs(&mut broker, &["client=\"ours\" user=\"CN=billing\""]).await
}
