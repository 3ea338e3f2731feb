//! Each way in which a handshake fails, and what is said of it on both sides.

use std::time::Duration;

use relaismq_options::TlsVersion;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    folder::Folder,
    meeting::{SOON, Visitor, refuses, says, secure, sockets},
};
use crate::server::tls::{Secure, failure::Failure};

/// What is said of a client that sends this and waits; and what that is told.
async fn hears(secure: &Secure, bytes: &[u8]) -> (Failure, Vec<u8>) {
    let (mut client, broker) = sockets().await;
    client.write_all(bytes).await.unwrap();
    let mut told = Vec::new();
    let (failure, read) =
        tokio::join!(secure.shake_hands(broker, SOON), client.read_to_end(&mut told));
    read.unwrap();
    (failure.unwrap_err(), told)
}

#[tokio::test]
async fn a_client_without_tls_is_recognised_and_told_that_this_is_tls() {
    let folder = Folder::new();
    let secure = secure(folder.config(), "");
    let hello = b"\x00\x00\x01\x45\x01ActiveMQ\x00\x00\x00\x0c";
    let (failure, told) = hears(&secure, hello).await;
    let Failure::Refused(reason) = failure else { panic!("{failure:?}") };
    says(&reason, &["an OpenWire client without TLS", "ssl://"]);
    assert_eq!(told, b"\x15\x03\x03\x00\x02\x02\x0a");
    let (failure, _) = hears(&secure, b"GET / HTTP/1.1\r\n\r\n").await;
    let Failure::Refused(reason) = failure else { panic!("{failure:?}") };
    says(&reason, &["this port is for TLS", "GET / HTTP/1.1"]);
}

#[tokio::test]
async fn a_client_without_a_certificate_is_told_so() {
    let folder = Folder::new();
    let secure = secure(folder.config(), "needClientAuth=true");
    for version in TlsVersion::ALL {
        let words = ["shown no certificate", "needClientAuth", "javax.net.ssl.keyStore"];
        let visitor = Visitor::with(&folder, &[version], None);
        let error = refuses(&secure, &visitor, &words).await;
        says(&error.to_string(), &["CertificateRequired"]);
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_ca_is_refused_by_its_name() {
    let (folder, other) = (Folder::new(), Folder::of("Other CA"));
    other.issue("billing");
    std::fs::copy(folder.path("ca.pem"), other.path("ca.pem")).unwrap();
    let secure = secure(folder.config(), "needClientAuth=true");
    for version in TlsVersion::ALL {
        let visitor = Visitor::showing(&other, "billing", version);
        let words = ["(O=Acme, Inc., CN=billing)", "is not trusted", "CN=Other CA", "ca.pem"];
        let error = refuses(&secure, &visitor, &words).await;
        says(&error.to_string(), &["UnknownCA"]);
    }
    let namesake = Folder::new();
    namesake.issue("billing");
    std::fs::copy(folder.path("ca.pem"), namesake.path("ca.pem")).unwrap();
    let visitor = Visitor::showing(&namesake, "billing", TlsVersion::Tls13);
    refuses(&secure, &visitor, &["is not trusted", "another one of the same name"]).await;
    folder.issue_self_signed("stranger");
    let visitor = Visitor::showing(&folder, "stranger", TlsVersion::Tls13);
    refuses(&secure, &visitor, &["CN=stranger", "is self-signed and not among"]).await;
}

#[tokio::test]
async fn an_expired_certificate_is_refused_with_its_date() {
    let folder = Folder::new();
    folder.issue_expired("old");
    let secure = secure(folder.config(), "wantClientAuth=true");
    let visitor = Visitor::showing(&folder, "old", TlsVersion::Tls13);
    let words = ["CN=old", "expired on 2002-01-01", "the clock of this machine"];
    let error = refuses(&secure, &visitor, &words).await;
    says(&error.to_string(), &["CertificateExpired"]);
}

#[tokio::test]
async fn nothing_in_common_is_named() {
    let folder = Folder::new();
    let new_only = secure(folder.config(), "transport.enabledProtocols=TLSv1.3");
    let visitor = Visitor::with(&folder, &[TlsVersion::Tls12], None);
    let words = ["none of the versions of TLS that are allowed here (TLSv1.3)", "enabledProtocols"];
    says(&refuses(&new_only, &visitor, &words).await.to_string(), &["ProtocolVersion"]);
    let one = "enabledProtocols=TLSv1.2&enabledCipherSuites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";
    let rsa_only = secure(folder.config(), one);
    let words = ["no cipher suite that fits", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"];
    refuses(&rsa_only, &Visitor::new(&folder), &words).await;
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_broker_is_heard() {
    let (folder, other) = (Folder::new(), Folder::of("Other CA"));
    let secure = secure(folder.config(), "");
    let visitor = Visitor::new(&other);
    let words = ["does not trust the broker's certificate (unknown ca)", "tls.caFile"];
    refuses(&secure, &visitor, &words).await;
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for_and_worth_no_line() {
    let folder = Folder::new();
    let secure = secure(folder.config(), "");
    let short = Duration::from_millis(50);
    let (_silent, broker) = sockets().await;
    let failure = secure.shake_hands(broker, short).await.unwrap_err();
    assert_eq!(failure, Failure::Probe("nothing came within 50ms".to_owned()));
    let (gone, broker) = sockets().await;
    drop(gone);
    let failure = secure.shake_hands(broker, SOON).await.unwrap_err();
    assert!(matches!(failure, Failure::Probe(_)), "{failure:?}");
}

#[tokio::test]
async fn a_handshake_that_never_ends_has_a_deadline() {
    let folder = Folder::new();
    let secure = secure(folder.config(), "");
    let (mut slow, broker) = sockets().await;
    slow.write_all(&[0x16, 3, 1, 0, 200, 1]).await.unwrap();
    let failure = secure.shake_hands(broker, Duration::from_millis(50)).await.unwrap_err();
    let Failure::Refused(reason) = failure else { panic!("{failure:?}") };
    says(&reason, &["not finished within 50ms"]);
}

#[tokio::test]
async fn who_hangs_up_in_the_middle_may_not_trust_the_broker() {
    let folder = Folder::new();
    let secure = secure(folder.config(), "");
    let (mut client, broker) = sockets().await;
    client.write_all(&[0x16, 3, 1, 0, 200, 1]).await.unwrap();
    client.shutdown().await.unwrap();
    let failure = secure.shake_hands(broker, SOON).await.unwrap_err();
    let Failure::Refused(reason) = failure else { panic!("{failure:?}") };
    says(&reason, &["hung up in the middle"]);
}
