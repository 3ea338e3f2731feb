//! Certificates of clients, and what both sides must have in common.

use relaismq::options::{CipherSuite, TlsOptions, TlsVersion};
use rustls::version::{TLS12, TLS13};

use super::authority::Authority;
use super::server::{Demands, TlsBroker};
use super::{assert_says, connected, refused};

/// A broker that serves only clients of its CA, over one version of TLS.
async fn demanding(authority: &Authority, version: TlsVersion) -> String {
    let versions = match version {
        TlsVersion::Tls12 => [&TLS12],
        _ => [&TLS13],
    };
    let demands =
        Demands { versions: &versions, clients_of: Some(authority), ..Demands::default() };
    let issued = authority.issue("broker", &["127.0.0.1"]);
    let broker = TlsBroker::bind(&issued, &demands).await;
    let address = broker.address();
    tokio::spawn(broker.serve());
    address
}

#[tokio::test]
async fn a_client_proves_who_it_is() {
    let authority = Authority::new("Test CA");
    let own = authority.issue("billing", &[]);
    let both = std::fs::read_to_string(&own.certificate).unwrap()
        + &std::fs::read_to_string(&own.key).unwrap();
    let both = authority.write("both.pem", both);
    for version in TlsVersion::ALL {
        let address = demanding(&authority, version).await;
        let trusting = TlsOptions::new().ca_file(authority.file());
        let two_files = trusting.clone().client_certificate(&own.certificate, &own.key);
        connected(&address, two_files).await;
        connected(&address, trusting.certificate_file(Some(both.clone()))).await;
    }
}

#[tokio::test]
async fn a_client_without_certificate_hears_that_one_is_wanted_and_whose() {
    let authority = Authority::new("Test CA");
    for version in TlsVersion::ALL {
        let address = demanding(&authority, version).await;
        let reason = refused(&address, TlsOptions::new().ca_file(authority.file())).await;
        let words =
            ["wants a client certificate", "tls.certificateFile", "tls.keyFile", "CN=Test CA"];
        assert_says(&reason, &words);
    }
}

#[tokio::test]
async fn a_client_with_a_wrong_certificate_hears_that_it_was_refused() {
    let (authority, other) = (Authority::new("Test CA"), Authority::new("Other CA"));
    let foreign = other.issue("billing", &[]);
    let expired = authority.issue_for_years("old", &[], 2001, 2002);
    for version in TlsVersion::ALL {
        let address = demanding(&authority, version).await;
        for (own, why) in [(&foreign, "the CA"), (&expired, "expired")] {
            let tls = TlsOptions::new().ca_file(authority.file());
            let tls = tls.client_certificate(&own.certificate, &own.key);
            let reason = refused(&address, tls).await;
            assert_says(&reason, &["refused the client's certificate", why]);
        }
    }
}

#[tokio::test]
async fn nothing_in_common_is_named() {
    let authority = Authority::new("Test CA");
    let issued = authority.issue("broker", &["127.0.0.1"]);
    let old = Demands { versions: &[&TLS12], ..Demands::default() };
    let broker = TlsBroker::bind(&issued, &old).await;
    let address = broker.address();
    tokio::spawn(broker.serve());
    let tls = TlsOptions::new().ca_file(authority.file());
    let new_only = tls.clone().enabled_protocols(vec![TlsVersion::Tls13]);
    assert_says(
        &refused(&address, new_only).await,
        &["versions of TLS", "socket.enabledProtocols"],
    );

    let suite = rustls::CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
    let demands = Demands { versions: &[&TLS12], suite: Some(suite), ..Demands::default() };
    let broker = TlsBroker::bind(&issued, &demands).await;
    let address = broker.address();
    tokio::spawn(broker.serve());
    let other = tls.clone().enabled_cipher_suites(vec![CipherSuite::EcdsaAes128Gcm]);
    let reason = refused(&address, other).await;
    assert_says(&reason, &["no cipher suite that both have", "socket.enabledCipherSuites"]);
    let same = tls.enabled_cipher_suites(vec![CipherSuite::EcdsaChaCha20Poly1305]);
    connected(&address, same).await;
}

#[tokio::test]
async fn options_that_exclude_each_other_are_refused() {
    let authority = Authority::new("Test CA");
    let tls = TlsOptions::new().ca_file(authority.file());
    let tls = tls
        .enabled_protocols(vec![TlsVersion::Tls13])
        .enabled_cipher_suites(vec![CipherSuite::RsaAes128Gcm]);
    let reason = refused("ssl://127.0.0.1:9", tls).await;
    assert_says(&reason, &["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLSv1.3"]);
}
