//! Key stores as people have them.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use relaismq_tests::activemq::Version;
use relaismq_tests::peer::JmsPeer;
use relaismq_tests::relais::Relais;

use super::{Files, PASSWORD, passes, run};

/// With a certificate that signs itself, of this kind of key, as ActiveMQ's guide says.
fn generate(files: &Files, store: &str, kind: &str, key: &str) -> Result<()> {
    let arguments = [
        "-genkeypair",
        "-alias",
        "broker",
        "-keyalg",
        key,
        "-dname",
        "CN=broker",
        "-ext",
        "san=ip:127.0.0.1",
        "-validity",
        "30",
        "-keystore",
        store,
        "-storetype",
        kind,
        "-storepass",
        PASSWORD,
        "-keypass",
        PASSWORD,
    ];
    run(files.authority.folder(), "keytool", &arguments)?;
    let certificate = format!("{store}.pem");
    let arguments = [
        "-exportcert",
        "-rfc",
        "-alias",
        "broker",
        "-keystore",
        store,
        "-file",
        &certificate,
        "-storepass",
        PASSWORD,
    ];
    run(files.authority.folder(), "keytool", &arguments)
}

/// The file that an ActiveMQ user has.
fn xml(files: &Files, store: &str, trust: &str, options: &str) -> PathBuf {
    let text = format!(
        "<broker xmlns=\"http://activemq.apache.org/schema/core\" brokerName=\"relais\" persistent=\"false\">
  <sslContext>
    <sslContext keyStore=\"file:{}\" keyStorePassword=\"{PASSWORD}\"
                trustStore=\"file:{}\" trustStorePassword=\"{PASSWORD}\"/>
  </sslContext>
  <transportConnectors>
    <transportConnector name=\"ssl\" uri=\"ssl://127.0.0.1:0{options}\"/>
    <transportConnector name=\"openwire\" uri=\"nio://127.0.0.1:0\"/>
  </transportConnectors>
</broker>",
        files.shown(store),
        files.shown(trust)
    );
    files.authority.write("activemq.xml", text)
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_configuration_of_activemq_with_stores_of_keytool_serves_java() -> Result<()> {
    let files = Files::new()?;
    files.authority.issue("billing", &[]);
    files.store("billing")?;
    for (number, key) in ["RSA", "EC"].into_iter().enumerate() {
        let (store, trust) = (format!("broker{number}.ks"), format!("java{number}.ts"));
        generate(&files, &store, "PKCS12", key)?;
        files.trust(&trust, &format!("{store}.pem"), "PKCS12")?;
        let config = xml(&files, &store, "trust.p12", "?needClientAuth=true");
        let broker = Relais::new().configured(&config).start().await?;
        let mut java = files.java(Some("billing.p12"));
        java.retain(|it| !it.contains("trustStore="));
        java.push(format!("javax.net.ssl.trustStore={}", files.shown(&trust)));
        let peer = JmsPeer::start_with(Version::Five, &java)?;
        passes(&peer, &broker.url_of("ssl")?).await?;
        passes(&peer, &broker.url_of("tcp")?).await?;
    }
    Ok(())
}

/// What only Java reads comes with the command that converts it, and that works.
#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_java_key_store_is_converted_by_the_command_that_is_named() -> Result<()> {
    let files = Files::new()?;
    generate(&files, "broker.ks", "JKS", "RSA")?;
    let broker =
        Relais::new().listen("ssl://127.0.0.1:0").environment("RELAISMQ_TLS_PASSWORD", PASSWORD);
    let refused = broker.clone().argument("--tls-certificate").argument(&files.shown("broker.ks"));
    let said = format!("{:#}", refused.start().await.map(drop).unwrap_err());
    for words in ["is a Java key store (JKS)", "keytool -importkeystore", "-deststoretype PKCS12"] {
        ensure!(said.contains(words), "{words:?} is missing: {said}");
    }
    let arguments = [
        "-importkeystore",
        "-srckeystore",
        "broker.ks",
        "-destkeystore",
        "broker.p12",
        "-deststoretype",
        "PKCS12",
        "-srcstorepass",
        PASSWORD,
        "-deststorepass",
        PASSWORD,
    ];
    run(files.authority.folder(), "keytool", &arguments)?;
    files.trust("java.ts", "broker.ks.pem", "PKCS12")?;
    let broker = broker.argument("--tls-certificate").argument(&files.shown("broker.p12"));
    let java = [
        format!("javax.net.ssl.trustStore={}", files.shown("java.ts")),
        format!("javax.net.ssl.trustStorePassword={PASSWORD}"),
    ];
    let peer = JmsPeer::start_with(Version::Five, &java)?;
    passes(&peer, &broker.start().await?.url()?).await?;
    Ok(())
}
