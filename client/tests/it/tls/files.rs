//! Files that are no PEM, or hold something else.

use std::path::Path;

use relaismq::options::TlsOptions;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::authority::Authority;
use super::{assert_says, refused};

/// Nothing is dialled before the files are read.
const NOWHERE: &str = "ssl://127.0.0.1:9";

async fn refused_ca(file: &Path) -> String {
    refused(NOWHERE, TlsOptions::new().ca_file(file)).await
}

async fn refused_proof(authority: &Authority, certificate: &Path, key: &Path) -> String {
    let tls = TlsOptions::new().ca_file(authority.file()).client_certificate(certificate, key);
    refused(NOWHERE, tls).await
}

#[tokio::test]
async fn a_missing_file_is_named_with_its_option() {
    let reason = refused_ca(Path::new("/nowhere/ca.pem")).await;
    assert_says(&reason, &["cannot read /nowhere/ca.pem (tls.caFile): No such file"]);
}

#[tokio::test]
async fn other_formats_come_with_the_command_that_converts_them() {
    let authority = Authority::new("Test CA");
    let der = CertificateDer::from_pem_file(authority.file()).unwrap();
    let pkcs12 =
        b"\x30\x82\x0a\x6f\x02\x01\x03\x30\x82\x0a\x29\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
    for (name, content, words) in [
        (
            "trust.jks",
            &b"\xfe\xed\xfe\xed\x00\x00\x00\x02"[..],
            "keytool -exportcert -rfc -keystore",
        ),
        ("trust.jceks", b"\xce\xce\xce\xce\x00\x00\x00\x02", "keytool -exportcert -rfc -keystore"),
        ("trust.p12", pkcs12, "openssl pkcs12 -in"),
        ("ca.crt", &der, "openssl x509 -inform der -in"),
        ("ca.txt", b"hello", "-----BEGIN CERTIFICATE-----"),
        ("empty", b"", "-----BEGIN CERTIFICATE-----"),
    ] {
        let file = authority.write(name, content);
        assert_says(&refused_ca(&file).await, &[name, "tls.caFile", words]);
    }
    let store = authority.write("client.jks", b"\xfe\xed\xfe\xed\x00\x00\x00\x02");
    let words = ["keytool -importkeystore -srckeystore", "openssl pkcs12", "tls.certificateFile"];
    assert_says(&refused_proof(&authority, &store, &store).await, &words);
}

#[tokio::test]
async fn a_file_of_the_wrong_content_is_named() {
    let authority = Authority::new("Test CA");
    let issued = authority.issue("client", &[]);
    assert_says(&refused_ca(&issued.key).await, &["client.key", "something else in PEM"]);
    let reason = refused_proof(&authority, &issued.certificate, &issued.certificate).await;
    assert_says(&reason, &["no private key in PEM", "tls.keyFile"]);
}

#[tokio::test]
async fn an_encrypted_key_comes_with_the_command_that_decrypts_it() {
    let authority = Authority::new("Test CA");
    let issued = authority.issue("client", &[]);
    for content in [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n\
         -----END RSA PRIVATE KEY-----\n",
    ] {
        let key = authority.write("secret.key", content);
        let reason = refused_proof(&authority, &issued.certificate, &key).await;
        assert_says(&reason, &["is encrypted", "openssl pkey -in", "secret.key", "chmod 600"]);
    }
}

#[tokio::test]
async fn a_damaged_key_is_not_quoted() {
    let authority = Authority::new("Test CA");
    let issued = authority.issue("client", &[]);
    let secret = "-----BEGIN PRIVATE KEY-----\nTopSecret!\n-----END PRIVATE KEY-----\n";
    let key = authority.write("client.key", secret);
    let reason = refused_proof(&authority, &issued.certificate, &key).await;
    assert_says(&reason, &["client.key", "damaged"]);
    assert!(!reason.contains("Secret") && !reason.contains("84"), "{reason}");
}

#[tokio::test]
async fn a_key_of_another_certificate_is_refused_before_the_broker_sees_it() {
    let authority = Authority::new("Test CA");
    let (one, two) = (authority.issue("one", &[]), authority.issue("two", &[]));
    let reason = refused_proof(&authority, &one.certificate, &two.key).await;
    assert_says(&reason, &["two.key", "does not belong", "one.pem"]);
    let tls = TlsOptions::new().ca_file(authority.file()).key_file(Some(one.key));
    assert_says(&refused(NOWHERE, tls).await, &["tls.keyFile is given without"]);
}
