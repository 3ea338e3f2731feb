//! Certificates of brokers: which are accepted, and what is said of the others.

use relaismq::options::{TlsOptions, TlsVersion};

use super::authority::{Authority, Issued};
use super::server::{Demands, TlsBroker};
use super::{assert_says, connected, good_broker, refused};

const ADDRESS: &[&str] = &["127.0.0.1"];

fn trusting(authority: &Authority) -> TlsOptions {
    TlsOptions::new().ca_file(authority.file())
}

/// The address of a broker with this certificate.
async fn serving(issued: &Issued) -> String {
    let broker = TlsBroker::bind(issued, &Demands::default()).await;
    let address = broker.address();
    tokio::spawn(broker.serve());
    address
}

#[tokio::test]
async fn a_broker_is_trusted_by_its_ca_and_its_name_over_both_versions() {
    let authority = Authority::new("Test CA");
    for version in TlsVersion::ALL {
        let address = serving(&authority.issue("broker", ADDRESS)).await;
        let tls = trusting(&authority).enabled_protocols(vec![version]);
        connected(&address, tls).await.close().await;
    }
}

#[tokio::test]
async fn several_cas_may_be_in_one_file_or_in_several() {
    let (one, two) = (Authority::new("One"), Authority::new("Two"));
    let (first, second) = (
        serving(&one.issue("broker", ADDRESS)).await,
        serving(&two.issue("broker", ADDRESS)).await,
    );
    let read = |authority: &Authority| std::fs::read_to_string(authority.file()).unwrap();
    let both = one.write("both.pem", format!("{}\n{}", read(&one), read(&two)));
    let separate = trusting(&one).ca_file(two.file());
    for tls in [TlsOptions::new().ca_file(both), separate] {
        connected(&first, tls.clone()).await;
        connected(&second, tls).await;
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_ca_is_refused_with_the_name_of_the_ca() {
    let (own, other) = (Authority::new("Corporate Root"), Authority::new("Another Root"));
    let address = serving(&own.issue("broker", ADDRESS)).await;
    let reason = refused(&address, trusting(&other)).await;
    assert_says(&reason, &["CN=broker", "CN=Corporate Root", "tls.caFile", "ca.pem signed it"]);
}

#[tokio::test]
async fn a_private_ca_is_none_of_those_of_the_system() {
    let authority = Authority::new("Corporate Root");
    let address = serving(&authority.issue("broker", ADDRESS)).await;
    let reason = refused(&address, TlsOptions::new()).await;
    // With or without a trust store in the system, what to do is the same.
    assert_says(&reason, &["CA", "system", "tls.caFile"]);
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused_until_a_copy_of_it_is_given() {
    let authority = Authority::new("Unrelated");
    for marked_as_ca in [false, true] {
        let issued = authority.self_signed("lonely", ADDRESS, marked_as_ca);
        let address = serving(&issued).await;
        let reason = refused(&address, trusting(&authority)).await;
        assert_says(&reason, &["self-signed (CN=lonely)", "tls.caFile"]);
        connected(&address, TlsOptions::new().ca_file(&issued.certificate)).await;
    }
}

#[tokio::test]
async fn a_copy_of_one_certificate_does_not_vouch_for_another_of_the_same_name() {
    let authority = Authority::new("Unrelated");
    let known = authority.self_signed("broker", ADDRESS, true);
    let copy = authority.write("copy.pem", std::fs::read(&known.certificate).unwrap());
    let address = serving(&authority.self_signed("broker", ADDRESS, true)).await;
    refused(&address, TlsOptions::new().ca_file(copy)).await;
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_refused_with_its_dates() {
    let authority = Authority::new("Test CA");
    let expired = authority.issue_for_years("old", ADDRESS, 2001, 2002);
    let reason = refused(&serving(&expired).await, trusting(&authority)).await;
    assert_says(&reason, &["(CN=old) expired on 2002-01-01 00:00 UTC", "clock"]);
    let early = authority.issue_for_years("early", ADDRESS, 3000, 3001);
    let reason = refused(&serving(&early).await, trusting(&authority)).await;
    assert_says(&reason, &["(CN=early) is not valid before 3000-01-01 00:00 UTC", "clock"]);
    // Neither is one that is trusted itself.
    let trusted = TlsOptions::new().ca_file(&expired.certificate);
    assert_says(&refused(&serving(&expired).await, trusted).await, &["expired on 2002-01-01"]);
}

#[tokio::test]
async fn a_ca_that_was_made_anew_under_its_old_name_is_told_from_the_old_one() {
    let (old, new) = (Authority::new("Test CA"), Authority::new("Test CA"));
    let address = serving(&new.issue("broker", ADDRESS)).await;
    let reason = refused(&address, trusting(&old)).await;
    assert_says(&reason, &["CN=broker", "another one of the same name", "tls.caFile"]);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused_with_the_names_that_it_has() {
    let authority = Authority::new("Test CA");
    let address =
        serving(&authority.issue("broker", &["a.example", "b.example", "10.1.2.3"])).await;
    let reason = refused(&address, trusting(&authority)).await;
    let names = "is not for 127.0.0.1 but for a.example, b.example, 10.1.2.3";
    assert_says(&reason, &[names, "tls.serverName", "verifyHostName=false"]);
}

#[tokio::test]
async fn a_certificate_without_names_is_refused_although_its_common_name_fits() {
    let authority = Authority::new("Test CA");
    let address = serving(&authority.issue("127.0.0.1", &[])).await;
    let reason = refused(&address, trusting(&authority)).await;
    assert_says(
        &reason,
        &["CN=127.0.0.1", "no subject alternative names", "-ext san=ip:127.0.0.1"],
    );
}

#[tokio::test]
async fn another_name_may_be_expected_or_none() {
    let authority = Authority::new("Test CA");
    let address = serving(&authority.issue("broker", &["broker.example"])).await;
    connected(&address, trusting(&authority).server_name(Some("broker.example".into()))).await;
    connected(&address, trusting(&authority).verify_host_name(false)).await;
}

#[tokio::test]
async fn without_the_check_of_the_name_all_others_remain() {
    let (own, other) = (Authority::new("Own"), Authority::new("Other"));
    let address = serving(&own.issue("broker", &["elsewhere"])).await;
    refused(&address, trusting(&other).verify_host_name(false)).await;
    let address = serving(&own.issue_for_years("old", ADDRESS, 2001, 2002)).await;
    refused(&address, trusting(&own).verify_host_name(false)).await;
}

#[tokio::test]
async fn a_broker_with_a_wrong_certificate_is_passed_over_for_one_with_a_right_one() {
    let (own, other) = (Authority::new("Own"), Authority::new("Other"));
    let wrong = serving(&other.issue("broker", ADDRESS)).await;
    let right = good_broker(&own).await;
    let uri = format!("failover:({wrong},{})?randomize=false", right.address());
    tokio::spawn(right.serve());
    let builder = relaismq::Connection::builder(uri).tls(trusting(&own));
    crate::broker::soon(builder.connect()).await.unwrap();
}

#[tokio::test]
async fn each_broker_has_its_own_reason() {
    let (own, other) = (Authority::new("Own"), Authority::new("Other"));
    let unknown = serving(&other.issue("broker", ADDRESS)).await;
    let expired = serving(&own.issue_for_years("old", ADDRESS, 2001, 2002)).await;
    let uri = format!("failover:({unknown},{expired})");
    let error = relaismq::Connection::builder(uri).tls(trusting(&own)).connect();
    let error = crate::broker::soon(error).await.unwrap_err();
    assert!(!error.is_retryable());
    let text = error.to_string();
    assert_says(&text, &[&unknown, "CN=Other", &expired, "expired on 2002-01-01"]);
}
