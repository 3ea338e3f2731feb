//! The real Java client and our broker's ssl connectors: stores that `keytool` made on both sides, each way in
//! which a handshake fails, and a kill of the master.

mod failing;
mod stores;
mod taking_over;
mod working;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use relaismq_tests::activemq::Version;
use relaismq_tests::authority::Authority;
use relaismq_tests::peer::{AckMode, JmsMessage, JmsPeer, PeerError};
use relaismq_tests::relais::Relais;
use relaismq_tests::server::Server;

use crate::brokers::SOON;

/// What a broker's certificate is for.
const ADDRESS: &[&str] = &["127.0.0.1"];
/// Of every store.
const PASSWORD: &str = "changeit";

/// Runs a program that users run, in a folder.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program).current_dir(folder).args(arguments).output()?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&said));
    Ok(())
}

/// A CA, with the files that both sides need.
struct Files {
    authority: Authority,
}

impl Files {
    /// With a broker's certificate, and a trust store for Java.
    fn new() -> Result<Self> {
        let files = Self { authority: Authority::new("Test CA") };
        files.authority.issue("broker", ADDRESS);
        files.trust("trust.p12", "ca.pem", "PKCS12")?;
        Ok(files)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.authority.folder().join(name)
    }

    fn shown(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// A trust store out of a certificate, as users make it.
    fn trust(&self, store: &str, certificate: &str, kind: &str) -> Result<()> {
        let arguments = [
            "-importcert",
            "-noprompt",
            "-alias",
            "ca",
            "-file",
            certificate,
            "-keystore",
            store,
            "-storetype",
            kind,
            "-storepass",
            PASSWORD,
        ];
        run(self.authority.folder(), "keytool", &arguments)
    }

    /// A key store out of `NAME.pem` and `NAME.key`.
    fn store(&self, name: &str) -> Result<()> {
        let (certificate, key, out) =
            (format!("{name}.pem"), format!("{name}.key"), format!("{name}.p12"));
        let password = format!("pass:{PASSWORD}");
        let arguments = [
            "pkcs12",
            "-export",
            "-in",
            &certificate,
            "-inkey",
            &key,
            "-out",
            &out,
            "-name",
            name,
            "-passout",
            &password,
        ];
        run(self.authority.folder(), "openssl", &arguments)
    }

    /// A broker with that certificate, which serves by TLS only.
    fn broker(&self, port: u16, options: &str) -> Relais {
        let broker = Relais::new().listen(&format!("ssl://127.0.0.1:{port}?{options}"));
        let broker = broker.argument("--tls-certificate").argument(&self.shown("broker.pem"));
        let broker = broker.argument("--tls-key").argument(&self.shown("broker.key"));
        broker.argument("--tls-trust").argument(&self.shown("ca.pem"))
    }

    /// What a Java virtual machine that trusts the CA is told; and whose key store it has, perhaps.
    fn java(&self, own: Option<&str>) -> Vec<String> {
        let option = |name: &str, value: &str| format!("javax.net.ssl.{name}={value}");
        let mut options = vec![
            option("trustStore", &self.shown("trust.p12")),
            option("trustStorePassword", PASSWORD),
        ];
        if let Some(own) = own {
            options.push(option("keyStore", &self.shown(own)));
            options.push(option("keyStorePassword", PASSWORD));
        }
        options
    }

    fn peer(&self, version: Version, own: Option<&str>) -> Result<JmsPeer> {
        Ok(JmsPeer::start_with(version, &self.java(own))?)
    }
}

/// Sends and receives.
async fn passes(peer: &JmsPeer, url: &str) -> Result<(), PeerError> {
    let connection = peer.connect(url).await?;
    let session = connection.session(AckMode::Auto).await?;
    session.producer("q").await?.send(&JmsMessage::text("over TLS")).await?;
    let received = session.consumer("q").await?.receive(SOON).await?;
    assert_eq!(received.and_then(|it| it.text()).as_deref(), Some("over TLS"));
    connection.close().await
}

/// Waits until the broker's log has a line with all of these, and it is in order otherwise.
async fn logs(server: &mut Server, words: &[&str]) -> Result<()> {
    for word in words {
        server.process().says(word, SOON).await?;
    }
    Ok(())
}
