//! What keeps a broker with TLS from starting.

use super::{folder::Folder, meeting::says};
use crate::{
    config::{Connector, TlsConfig},
    server::tls::Tls,
};

fn refused(config: TlsConfig, options: &str) -> String {
    let connector: Connector = format!("ssl://127.0.0.1:61617?{options}").parse().unwrap();
    Tls::open(config, &[connector]).unwrap_err().to_string()
}

#[test]
fn what_is_missing_is_asked_for() {
    let said = refused(TlsConfig::default(), "");
    says(&said, &["ssl://127.0.0.1:61617 needs a certificate", "--tls-certificate"]);
    let folder = Folder::new();
    let said = refused(folder.pair("broker"), "wantClientAuth=true");
    says(&said, &["asks clients for certificates", "--tls-trust"]);
    let suite =
        "enabledProtocols=TLSv1.3&enabledCipherSuites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";
    says(&refused(folder.config(), suite), &["belongs to TLSv1.3", "enabledCipherSuites"]);
}

#[test]
fn a_file_that_is_of_no_use_is_named_with_the_remedy() {
    let folder = Folder::new();
    let nowhere = TlsConfig::pem(folder.path("none.pem"), folder.path("none.key"));
    says(&refused(nowhere, ""), &["cannot read", "none.pem", "the broker's certificate"]);
    folder.issue("other");
    let foreign = TlsConfig::pem(folder.path("broker.pem"), folder.path("other.key"));
    says(&refused(foreign, ""), &["other.key does not belong to the first certificate in"]);
    std::fs::write(folder.path("broker.ks"), b"\xfe\xed\xfe\xed\x00\x00\x00\x02").unwrap();
    let jks = TlsConfig::key_store(folder.path("broker.ks"), "secret");
    let command = "keytool -importkeystore -srckeystore";
    says(
        &refused(jks, ""),
        &["a Java key store (JKS)", command, "-deststoretype PKCS12", "broker.p12"],
    );
    let trust = folder.pair("broker").clients_of(folder.path("broker.ks"));
    says(&refused(trust, ""), &["CAs of clients", "a Java key store (JKS)"]);
    assert!(folder.folder().exists());
}
