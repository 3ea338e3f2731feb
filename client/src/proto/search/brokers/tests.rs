//! The list of brokers and the order of each pass.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::options::Scheme;
#[cfg(feature = "tls")]
use crate::options::TlsOptions;

#[allow(clippy::disallowed_methods, reason = "tests need some origin of time")]
fn origin() -> Instant {
    Instant::now()
}

fn list(uri: &str) -> BrokerList {
    BrokerList::new(&uri.parse().unwrap(), 1)
}

fn hosts(pass: &[Endpoint]) -> String {
    pass.iter().map(|endpoint| endpoint.address.host()).collect()
}

fn secure_list() -> BrokerList {
    let address = BrokerAddress::new(Scheme::Ssl, "a", 61_617);
    let endpoint = Endpoint::new(address, TransportOptions::default());
    BrokerList::new(&ConnectOptions::to([endpoint]), 1)
}

#[test]
fn walks_in_the_order_given_and_tries_the_failed_broker_last() {
    let mut brokers = list("failover:(tcp://a:1,tcp://b:1,tcp://c:1)?randomize=false");
    assert_eq!(hosts(&brokers.next_pass()), "abc");
    brokers.failed(&Endpoint::tcp("a", 1).address);
    assert_eq!(hosts(&brokers.next_pass()), "bca");
    brokers.failed(&Endpoint::tcp("b", 1).address);
    assert_eq!(hosts(&brokers.next_pass()), "acb");
}

#[test]
fn knows_the_failed_broker_in_spite_of_nested_options() {
    let mut brokers = list("failover:(tcp://a:1,tcp://b:1)?randomize=false&nested.keepAlive=true");
    let first = brokers.next_pass().remove(0);
    brokers.failed(&first.address);
    assert_eq!(hosts(&brokers.next_pass()), "ba");
}

#[test]
fn shuffles_each_pass_without_favouring_an_order_and_still_puts_the_failed_broker_last() {
    let mut brokers = list("failover:(tcp://a:1,tcp://b:1,tcp://c:1)");
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..6000 {
        *seen.entry(hosts(&brokers.next_pass())).or_default() += 1;
    }
    assert_eq!(seen.len(), 6);
    assert!(seen.values().all(|count| (880..1120).contains(count)), "{seen:?}");
    brokers.failed(&Endpoint::tcp("b", 1).address);
    assert!((0..100).all(|_| hosts(&brokers.next_pass()).ends_with('b')));
}

#[test]
fn adds_supplied_brokers_behind_the_configured_ones_with_nested_options() {
    let mut brokers =
        list("failover:(tcp://a:1?tcpNoDelay=true)?randomize=false&nested.keepAlive=true");
    let now = origin();
    let change = brokers.supply("tcp://b:1, tcp://a:1 ,tcp://c:1", now);
    assert_eq!(change.added, [Endpoint::tcp("b", 1).address, Endpoint::tcp("c", 1).address]);
    let pass = brokers.next_pass();
    assert_eq!(hosts(&pass), "abc");
    assert!(pass.iter().all(|endpoint| endpoint.options.keep_alive == Some(true)));
    assert_eq!(pass[1].options.tcp_no_delay, None);
    let sources: Vec<Source> = brokers.brokers().map(|known| known.source).collect();
    let supplied = Source::Supplied { last_seen: now };
    assert_eq!(sources, [Source::Configured, supplied, supplied]);
}

#[test]
fn forgets_supplied_brokers_a_later_list_omits_and_never_configured_ones() {
    let mut brokers = list("failover:(tcp://a:1)?randomize=false");
    brokers.supply("tcp://b:1,tcp://c:1", origin());
    let change = brokers.supply("tcp://c:1", origin());
    assert_eq!(change.removed, [Endpoint::tcp("b", 1).address]);
    assert_eq!(hosts(&brokers.next_pass()), "ac");
    let change = brokers.supply("tcp://a:1", origin());
    assert_eq!(change.removed, [Endpoint::tcp("c", 1).address]);
    assert_eq!(hosts(&brokers.next_pass()), "a");
}

#[test]
fn keeps_what_it_knows_when_the_list_is_empty_or_garbage() {
    let mut brokers = list("failover:(tcp://a:1)?randomize=false");
    brokers.supply("tcp://b:1", origin());
    assert_eq!(brokers.supply("", origin()), ListChange::default());
    let change = brokers.supply("null,null:null,tcp://,\u{0},tcp://x:99999", origin());
    assert_eq!(change.ignored.len(), 5);
    assert!(change.ignored.iter().all(|(_, reason)| *reason == Ignored::Malformed));
    assert!(change.removed.is_empty());
    assert_eq!(hosts(&brokers.next_pass()), "ab");
}

#[test]
fn refuses_a_downgrade_from_tls() {
    let mut brokers = secure_list();
    let change = brokers.supply("tcp://b:61616,ssl://c:61617", origin());
    assert_eq!(change.ignored, [("tcp://b:61616".to_owned(), Ignored::LessSecure)]);
    assert_eq!(change.added, [BrokerAddress::new(Scheme::Ssl, "c", 61_617)]);
}

#[cfg(feature = "tls")]
#[test]
fn takes_tls_brokers_with_the_tls_options_of_all_brokers() {
    let mut brokers =
        list("failover:(tcp://a:1,ssl://b:1?verifyHostName=false)?nested.tls.caFile=ca.pem");
    let change = brokers.supply("ssl://c:61617", origin());
    assert_eq!(change.added, [BrokerAddress::new(Scheme::Ssl, "c", 61_617)]);
    let supplied = brokers.brokers().nth(2).unwrap().endpoint.options.tls;
    // What one broker is forgiven is not forgiven others.
    assert_eq!(supplied, TlsOptions::new().ca_file("ca.pem"));
}

#[test]
fn takes_no_options_from_a_broker() {
    let mut brokers = list("tcp://a:1");
    let change = brokers.supply("tcp://b:1?wireFormat.maxFrameSize=1", origin());
    let [(_, reason)] = change.ignored.as_slice() else { panic!("{change:?}") };
    assert_eq!(*reason, Ignored::Options);
    let supplied = brokers.brokers().nth(1).unwrap();
    assert_eq!(supplied.endpoint.options, TransportOptions::default());
}

#[test]
fn keeps_a_bounded_number_of_supplied_brokers() {
    let mut brokers = list("tcp://a:1");
    let flood: Vec<String> = (1..1000).map(|port| format!("tcp://b:{port}")).collect();
    let change = brokers.supply(&flood.join(","), origin());
    assert_eq!(change.added.len(), BrokerList::MAX_SUPPLIED);
    assert_eq!(change.ignored.len(), MAX_NOTES);
    assert_eq!(brokers.brokers().count(), 1 + BrokerList::MAX_SUPPLIED);
}

#[test]
fn ignores_supplied_lists_when_told_to() {
    let mut brokers = list("failover:(tcp://a:1)?updateURIsSupported=false");
    assert_eq!(brokers.supply("tcp://b:1", origin()), ListChange::default());
    assert_eq!(brokers.brokers().count(), 1);
}

#[test]
fn keeps_two_names_apart_and_ignores_the_case_of_a_name() {
    let mut brokers = list("failover:(tcp://a:1,tcp://localhost:1,tcp://127.0.0.1:1)");
    assert_eq!(brokers.brokers().count(), 3);
    brokers.supply("tcp://LOCALHOST:1,tcp://A:1", origin());
    assert_eq!(brokers.brokers().count(), 3);
}

proptest! {
    #[test]
    fn no_list_makes_it_panic_or_lose_a_configured_broker(
        list in prop_oneof![any::<String>(), "(tcp://|ssl:|null|a|:|1|,|\\?|\\[|\\]| ){0,20}"],
    ) {
        let mut brokers = BrokerList::new(&"tcp://own:1".parse().unwrap(), 1);
        let change = brokers.supply(&list, origin());
        prop_assert!(change.removed.is_empty());
        prop_assert_eq!(brokers.brokers().next().unwrap().source, Source::Configured);
        prop_assert_eq!(brokers.brokers().count(), 1 + change.added.len());
    }
}
