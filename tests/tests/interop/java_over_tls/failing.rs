//! What the broker's log says of Java clients that do not come in, and what those say themselves.

use anyhow::{Result, ensure};
use relaismq_tests::activemq::Version;
use relaismq_tests::authority::Authority;

use super::{ADDRESS, Files, logs, passes};

/// A Java client with this store, or none, does not come in, and the log says why.
async fn is_refused(
    files: &Files,
    (options, own): (&str, Option<&str>),
    words: &[&str],
) -> Result<()> {
    for version in ["TLSv1.2", "TLSv1.3"] {
        let options = format!("transport.enabledProtocols={version}&{options}");
        let mut broker = files.broker(0, &options).start().await?;
        let url = broker.url()?;
        let peer = files.peer(Version::Five, own)?;
        ensure!(passes(&peer, &url).await.is_err(), "{own:?} came in over {version}");
        logs(&mut broker, words).await?;
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_java_client_without_a_certificate_is_told_of_in_the_log() -> Result<()> {
    let words = ["TLS handshake failed", "the client has shown no certificate", "needClientAuth"];
    is_refused(&Files::new()?, ("needClientAuth=true", None), &words).await
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_java_client_with_an_expired_certificate_is_told_of_in_the_log() -> Result<()> {
    let files = Files::new()?;
    files.authority.issue_for_years("old", &[], 2001, 2002);
    files.store("old")?;
    let words = ["(CN=old)", "expired on 2002-01-01"];
    is_refused(&files, ("needClientAuth=true", Some("old.p12")), &words).await
}

/// Java shows no certificate of which it knows that it will not be accepted, unless that has the name of an
/// accepted CA above it.
#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_java_client_of_another_ca_is_told_of_in_the_log() -> Result<()> {
    let (files, other) = (Files::new()?, Authority::new("Test CA"));
    let stranger = other.issue("stranger", &[]);
    std::fs::copy(stranger.certificate, files.path("stranger.pem"))?;
    std::fs::copy(stranger.key, files.path("stranger.key"))?;
    files.store("stranger")?;
    let words = ["the client's certificate (CN=stranger)"];
    is_refused(&files, ("needClientAuth=true", Some("stranger.p12")), &words).await
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_java_client_that_does_not_trust_the_broker_is_told_of_in_the_log() -> Result<()> {
    let (files, other) = (Files::new()?, Authority::new("Other CA"));
    let foreign = other.issue("foreign", ADDRESS);
    std::fs::copy(foreign.certificate, files.path("broker.pem"))?;
    std::fs::copy(foreign.key, files.path("broker.key"))?;
    let words = ["the client does not trust the broker's certificate", "javax.net.ssl.trustStore"];
    is_refused(&files, ("", None), &words).await
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_java_client_without_tls_is_told_of_in_the_log() -> Result<()> {
    let files = Files::new()?;
    let mut broker = files.broker(0, "").start().await?;
    let plain = broker.url()?.replace("ssl://", "tcp://");
    ensure!(passes(&files.peer(Version::Five, None)?, &plain).await.is_err());
    logs(&mut broker, &["an OpenWire client without TLS: it has to write ssl://"]).await
}
