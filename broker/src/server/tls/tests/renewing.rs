//! Files that change while the broker runs.

use relaismq_tls::Certificate;

use super::{
    folder::Folder,
    meeting::{Visitor, meet, secure},
};
use crate::server::tls::Secure;

/// The name in the certificate that the broker shows.
async fn shown(secure: &Secure, folder: &Folder) -> String {
    let (broker, client) = meet(secure, &Visitor::new(folder)).await;
    broker.unwrap();
    let client = client.unwrap();
    let certificates = client.get_ref().1.peer_certificates().unwrap();
    Certificate::read(&certificates[0]).unwrap().subject
}

#[tokio::test]
async fn new_files_count_for_the_next_handshake() {
    let folder = Folder::new();
    let secure = secure(folder.config(), "");
    assert_eq!(shown(&secure, &folder).await, "O=Acme, Inc., CN=broker");
    folder.issue_for("broker", "renewed");
    assert_eq!(shown(&secure, &folder).await, "O=Acme, Inc., CN=renewed");
}

#[tokio::test]
async fn files_that_cannot_be_used_leave_the_old_certificate() {
    let folder = Folder::new();
    let secure = secure(folder.config(), "");
    folder.write("broker.pem", "-----BEGIN CERTIFICATE-----\nAAAA");
    assert_eq!(shown(&secure, &folder).await, "O=Acme, Inc., CN=broker");
    std::fs::remove_file(folder.path("broker.key")).unwrap();
    assert_eq!(shown(&secure, &folder).await, "O=Acme, Inc., CN=broker");
    // A certificate without the key that belongs to it, as between two copies.
    folder.issue_for("other", "half");
    std::fs::copy(folder.path("other.pem"), folder.path("broker.pem")).unwrap();
    assert_eq!(shown(&secure, &folder).await, "O=Acme, Inc., CN=broker");
    std::fs::copy(folder.path("other.key"), folder.path("broker.key")).unwrap();
    assert_eq!(shown(&secure, &folder).await, "O=Acme, Inc., CN=half");
}

#[tokio::test]
async fn a_client_whose_certificate_is_taken_out_of_the_trust_store_is_not_let_in_again() {
    use relaismq_options::TlsVersion;
    let folder = Folder::new();
    folder.issue_self_signed("friend");
    folder.issue_self_signed("other");
    let config = folder.pair("broker").clients_of(folder.path("friend.pem"));
    let secure = secure(config, "needClientAuth=true");
    let friend = Visitor::showing(&folder, "friend", TlsVersion::Tls13);
    meet(&secure, &friend).await.0.unwrap();
    std::fs::copy(folder.path("other.pem"), folder.path("friend.pem")).unwrap();
    meet(&secure, &friend).await.0.unwrap_err();
}
