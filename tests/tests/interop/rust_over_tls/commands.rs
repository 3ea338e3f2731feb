//! The commands that the documentation and the error texts name.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use relaismq::Connection;
use relaismq::options::TlsOptions;
use relaismq_tests::activemq::{ActiveMq, Tls};
use relaismq_tests::authority::Issued;

use super::{assert_says, refusal};
use crate::brokers::SOON;

fn run(folder: &Path, program: &str, arguments: &str) -> Result<()> {
    let mut command = Command::new(program);
    let output = command.current_dir(folder).args(arguments.split(' ')).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_key_store_made_by_keytool_becomes_pem_by_the_commands_that_the_client_names()
-> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    let make = "-genkeypair -alias broker -keyalg EC -dname CN=broker -ext san=ip:127.0.0.1 \
                -validity 30 -keystore broker.jks -storetype JKS -storepass changeit -keypass changeit";
    run(path, "keytool", make)?;
    let store = path.join("broker.jks");
    let nowhere = "failover:(ssl://127.0.0.1:9)";
    let reason = refusal(Connection::builder(nowhere).tls(TlsOptions::new().ca_file(&store)));
    assert_says(&reason.await?, &["is a Java key store", "keytool -exportcert -rfc -keystore"]);

    let export =
        "-exportcert -rfc -keystore broker.jks -alias broker -file ca.pem -storepass changeit";
    run(path, "keytool", export)?;
    let convert = "-importkeystore -srckeystore broker.jks -destkeystore store.p12 -deststoretype PKCS12 \
                   -srcstorepass changeit -deststorepass changeit";
    run(path, "keytool", convert)?;
    let reason = refusal(
        Connection::builder(nowhere).tls(TlsOptions::new().ca_file(path.join("store.p12"))),
    );
    assert_says(&reason.await?, &["is a PKCS#12 store", "openssl pkcs12 -in"]);
    run(path, "openssl", "pkcs12 -in store.p12 -nodes -out client.pem -passin pass:changeit")?;
    let tls = TlsOptions::new().ca_file(path.join("ca.pem"));
    // Java leaves the public half out, which its own readers do not miss.
    run(path, "openssl", "ec -in client.pem -out key.pem")?;

    // Java reads only PKCS#8.
    run(path, "openssl", "pkcs8 -topk8 -nocrypt -in key.pem -out broker.key")?;
    let issued = Issued { certificate: path.join("ca.pem"), key: path.join("broker.key") };
    let connector =
        Tls::new(&issued).clients_of(&issued.certificate).options("needClientAuth=true");
    let broker = ActiveMq::new().tls(&connector).start().await?;
    let tls = tls.certificate_file(Some(path.join("client.pem")));
    let builder = Connection::builder(format!("failover:({})", broker.url_of("ssl")?)).tls(tls);
    builder.connect_timeout(SOON).connect().await?.close().await;
    Ok(())
}
