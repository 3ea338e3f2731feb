//! Clients that prove who they are.

use relaismq_options::TlsVersion;

use super::{
    folder::Folder,
    meeting::{Visitor, meet, secure},
};

#[tokio::test]
async fn the_name_in_a_certificate_is_written_as_java_does() {
    let folder = Folder::new();
    folder.issue("billing");
    for options in ["needClientAuth=true", "wantClientAuth=true"] {
        let secure = secure(folder.config(), options);
        for version in TlsVersion::ALL {
            let visitor = Visitor::showing(&folder, "billing", version);
            let (name, client) = meet(&secure, &visitor).await;
            let name = name.unwrap();
            assert_eq!(name.as_deref(), Some("CN=billing, O=\"Acme, Inc.\""), "{options}");
            client.unwrap();
        }
    }
}

#[tokio::test]
async fn who_is_only_asked_may_have_none_and_who_is_not_asked_shows_none() {
    let folder = Folder::new();
    folder.issue("billing");
    let wanted = secure(folder.config(), "transport.wantClientAuth=true");
    let (name, client) = meet(&wanted, &Visitor::new(&folder)).await;
    assert_eq!(name, Ok(None));
    client.unwrap();
    let unasked = secure(folder.config(), "");
    let visitor = Visitor::showing(&folder, "billing", TlsVersion::Tls13);
    let (name, client) = meet(&unasked, &visitor).await;
    assert_eq!(name, Ok(None));
    client.unwrap();
}

/// As ActiveMQ's own guide has it: the client's certificate is exported, and imported into the broker's trust
/// store.
#[tokio::test]
async fn a_certificate_in_the_trust_store_is_trusted_itself() {
    let folder = Folder::new();
    folder.issue_self_signed("friend");
    let config = folder.pair("broker").clients_of(folder.path("friend.pem"));
    let secure = secure(config, "needClientAuth=true");
    for version in TlsVersion::ALL {
        let (name, client) = meet(&secure, &Visitor::showing(&folder, "friend", version)).await;
        assert_eq!(name.unwrap().as_deref(), Some("CN=friend, O=\"Acme, Inc.\""));
        client.unwrap();
    }
}
