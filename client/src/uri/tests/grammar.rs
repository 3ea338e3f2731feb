//! The shape of a URI: lists, brokers, whitespace, schemes.

use std::time::Duration;

use super::*;
use crate::options::{Endpoint, Faults};
use crate::uri::UriWarningKind;

fn brokers(uri: &str) -> Vec<String> {
    options(uri).endpoints.iter().map(ToString::to_string).collect()
}

fn warnings(uri: &str) -> Vec<UriWarningKind> {
    let parsed = BrokerUri::parse(uri).unwrap_or_else(|error| panic!("{uri}: {error}"));
    parsed.warnings().iter().map(|warning| warning.kind.clone()).collect()
}

#[test]
fn accepts_every_way_to_write_a_list() {
    let one = "tcp://a:1";
    let two = "tcp://a:1 tcp://b:2";
    for (uri, expected) in [
        ("failover:(tcp://a:1,tcp://b:2)", two),
        ("failover:(tcp://a:1,tcp://b:2)?timeout=3", two),
        ("failover://(tcp://a:1,tcp://b:2)?timeout=3", two),
        ("failover:tcp://a:1", one),
        ("failover:tcp://a:1,tcp://b:2", two),
        ("failover://tcp://a:1,tcp://b:2", two),
        ("failover:(tcp://a:1?keepAlive=true&tcpNoDelay=true,tcp://b:2?keepAlive=true)", two),
        ("failover:(failover:(tcp://a:1),tcp://b:2)", two),
        ("failover:(failover://tcp://a:1,tcp://b:2)", two),
        ("failover:(tcp://a:1,)", one),
        ("failover:tcp://a:1,", one),
        ("failover:(tcp://a:1)/path?timeout=3", one),
        ("failover:(tcp://a:1)path?timeout=3", one),
        ("failover:(tcp://a:1)#fragment", one),
        ("failover:(tcp://a:1)?", one),
        ("failover:(tcp://a:1)?&timeout=3&", one),
        ("failover:(nio://a:1,auto://b:2)", two),
        ("failover:(auto+nio://a:1)", one),
        ("tcp://a:1", one),
        ("tcp://a:1/", one),
        ("nio://a:1", one),
        ("tcp://A:1", one),
        ("tcp://a", "tcp://a:61616"),
        ("tcp://a?keepAlive=true", "tcp://a:61616"),
        ("tcp://[::1]:61616", "tcp://[::1]:61616"),
        ("tcp://[2001:DB8:0::1]", "tcp://[2001:db8::1]:61616"),
        ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1"),
        ("tcp://my_broker:61616", "tcp://my_broker:61616"),
        ("failover:(tcp://my_broker:61616)", "tcp://my_broker:61616"),
    ] {
        assert_eq!(brokers(uri).join(" "), expected, "{uri}");
    }
}

#[test]
fn lists_may_go_by_the_names_that_network_connectors_have() {
    let two = "tcp://a:1 tcp://b:2";
    for (uri, randomize) in [
        ("discovery:(static:(tcp://a:1,tcp://b:2))?timeout=3", true),
        ("discovery://(static://(tcp://a:1,tcp://b:2))", true),
        ("discovery:static:(tcp://a:1,tcp://b:2)", true),
        ("discovery:(masterslave:(tcp://a:1,tcp://b:2))", false),
        ("static:(tcp://a:1,tcp://b:2)", true),
        ("simple:(tcp://a:1,tcp://b:2)", true),
        ("masterslave:(tcp://a:1,tcp://b:2)", false),
        ("masterslave:(tcp://a:1,tcp://b:2)?randomize=true", true),
    ] {
        let parsed = BrokerUri::parse(uri).unwrap();
        assert_eq!(brokers(uri).join(" "), two, "{uri}");
        assert_eq!(parsed.options().reconnect.randomize, randomize, "{uri}");
        assert!(parsed.is_failover() && parsed.warnings().is_empty(), "{uri}");
        assert_eq!(BrokerUri::parse(&parsed.to_string()).unwrap().options(), parsed.options());
    }
    let found = options("discovery:(static:(tcp://a:1))?discovered.keepAlive=true");
    assert_eq!(found.endpoints[0].options.keep_alive, Some(true));
    assert!(error("failover:(tcp://a:1)?discovered.keepAlive=true").hint.is_some());
}

#[test]
fn the_address_to_connect_from_stands_behind_the_brokers() {
    for (uri, host) in [
        ("tcp://a:1/localhost:2111", "localhost"),
        ("failover:(tcp://a:1/localhost:2111?keepAlive=true,tcp://b:1)", "localhost"),
        ("tcp://[::1]:1/[::1]:2111", "::1"),
    ] {
        let parsed = BrokerUri::parse(uri).unwrap();
        let from = &parsed.options().endpoints[0].options.local_address;
        assert_eq!(*from, Some((host.to_owned(), 2111)), "{uri}");
        assert_eq!(BrokerUri::parse(&parsed.to_string()).unwrap().options(), parsed.options());
    }
}

#[test]
fn a_mock_has_faults_on_purpose_that_belong_to_its_broker() {
    let wanted = Faults::default().refuse_first(2).cut_after(Some(Duration::from_millis(50)));
    for uri in [
        "failover:(mock:(tcp://a:1)?refuseFirst=2&cutAfter=50,tcp://b:1)",
        "failover:(mock:tcp://a:1?refuseFirst=2&cutAfter=50,tcp://b:1)",
        "failover:(mock://(tcp://a:1?refuseFirst=2)?cutAfter=50,tcp://b:1)",
    ] {
        let parsed = BrokerUri::parse(uri).unwrap();
        let faults = parsed.options().endpoints.iter().map(|it| it.options.faults.clone());
        assert_eq!(faults.collect::<Vec<_>>(), [Some(wanted.clone()), None], "{uri}");
        assert_eq!(BrokerUri::parse(&parsed.to_string()).unwrap().options(), parsed.options());
    }
    for (uri, hint) in [
        ("mock:(tcp://a:1)?cutafter=5", "cutAfter"),
        ("mock:(failover:(tcp://a:1))", "failover:(mock:"),
        ("mock:(tcp://a:1", "%28"),
        ("mock:(tcp://a:1)x", "mock:("),
        ("failover:(tcp://a:1?cutAfter=5)", "leave it out"),
    ] {
        let error = error(uri);
        assert!(error.hint.as_ref().is_some_and(|it| it.contains(hint)), "{uri}: {error}");
    }
}

#[test]
fn allows_whitespace_around_everything() {
    for uri in [
        "failover:(tcp://broker1:61616,tcp://broker2:61616 , tcp://broker3:61616)",
        "  failover:(tcp://broker1:61616,tcp://broker2:61616 , tcp://broker3:61616)\n",
        "failover : ( tcp://broker1:61616\n,\ttcp://broker2:61616,\r\n tcp://broker3:61616 , ) ? ",
        "failover:// ( tcp://broker1 , tcp://broker2 , tcp://broker3 ) ? timeout = 3 & randomize = false",
        " failover: tcp://broker1 , tcp://broker2 , tcp://broker3 ? keepAlive = true ",
    ] {
        assert_eq!(
            brokers(uri),
            ["tcp://broker1:61616", "tcp://broker2:61616", "tcp://broker3:61616"],
            "{uri}"
        );
    }
    assert_eq!(
        options("failover:(tcp://a) ? timeout = 3 ").reconnect.timeout,
        Some(Duration::from_millis(3))
    );
}

#[test]
fn names_what_is_wrong_with_a_list_and_where() {
    use UriErrorKind::{
        Empty, EmptyComponent, MissingScheme, NoBroker, TooDeep, UnbalancedParentheses, Unexpected,
    };
    let comma = || Unexpected("comma behind the closing parenthesis".to_owned());
    for (uri, expected, offset) in [
        ("", Empty, 0),
        (" \n", Empty, 0),
        ("failover:", NoBroker, 9),
        ("failover://", NoBroker, 11),
        ("failover:()", NoBroker, 10),
        ("failover:( )", NoBroker, 10),
        ("failover:(,)", EmptyComponent, 10),
        ("failover:(,tcp://a:1)", EmptyComponent, 10),
        ("failover:(tcp://a:1,,tcp://b:2)", EmptyComponent, 20),
        ("failover:(tcp://a:1, ,tcp://b:2)", EmptyComponent, 21),
        ("failover:(tcp://a:1", UnbalancedParentheses, 9),
        ("failover:((tcp://a:1)", UnbalancedParentheses, 9),
        ("failover:tcp://a:1)", UnbalancedParentheses, 18),
        ("failover:(tcp://a:1))", UnbalancedParentheses, 20),
        ("failover:tcp://a:1,(tcp://b:1", UnbalancedParentheses, 19),
        ("failover:((tcp://a:1),tcp://b:2)", MissingScheme, 10),
        ("(tcp://a:1,tcp://b:2)", MissingScheme, 0),
        ("failover:(tcp://a:1,b)", MissingScheme, 20),
        ("failover:(b:61616)", MissingScheme, 10),
        ("localhost:61616", MissingScheme, 0),
        ("failover:(tcp://a:1),tcp://b:2", comma(), 20),
    ] {
        let error = error(uri);
        assert_eq!((&error.kind, error.offset), (&expected, offset), "{uri}: {error}");
    }
    let deep = format!("{}tcp://a:1{}", "failover:(".repeat(1000), ")".repeat(1000));
    assert_eq!(kind(&deep), TooDeep);
}

#[test]
fn names_what_is_wrong_with_a_broker_and_where() {
    use UriErrorKind::{BadHost, BadPort, CredentialsInAuthority, Fragment, LocalAddress};
    let comma = || UriErrorKind::Unexpected("comma".to_owned());
    for (uri, expected, offset) in [
        ("tcp:a:1", BadHost, 4),
        ("tcp://", BadHost, 6),
        ("tcp://:61616", BadHost, 6),
        ("tcp://a b:1", BadHost, 7),
        ("tcp://a%20b:1", BadHost, 7),
        ("tcp://a;b:1", BadHost, 6),
        ("tcp://brüssel:1", BadHost, 8),
        ("tcp://[::1:61616", BadHost, 6),
        ("tcp://[::g]:61616", BadHost, 6),
        ("tcp://a:", BadPort, 8),
        ("tcp://a:0", BadPort, 8),
        ("tcp://a:65536", BadPort, 8),
        ("tcp://a:x", BadPort, 8),
        ("tcp://[::1]:x", BadPort, 12),
        ("failover:(tcp://a:1, tcp://b:port)", BadPort, 29),
        ("tcp://user:pw@a:1", CredentialsInAuthority, 6),
        ("tcp://a:1/localhost", LocalAddress, 10),
        ("tcp://a:1/localhost:0", BadPort, 20),
        ("tcp://a:1#x", Fragment, 9),
        ("tcp://a:1?keepAlive=true#x", Fragment, 24),
        ("failover:(tcp://a:1)?timeout=3#x", Fragment, 30),
        ("tcp://a:1,tcp://b:1", comma(), 9),
    ] {
        let error = error(uri);
        assert_eq!((&error.kind, error.offset), (&expected, offset), "{uri}: {error}");
    }
}

#[test]
fn refuses_every_other_scheme_with_advice() {
    for (uri, advice) in [
        ("discovery:(multicast://default)", "list them in failover:"),
        ("discovery:(zeroconf:_activemq)", "list them in failover:"),
        ("fanout:(static:(tcp://a:1))", "several brokers"),
        ("peer://group/name", "inside the Java client"),
        ("vm://localhost", "inside the Java client"),
        ("http://a:8080", "does not carry OpenWire"),
        ("wss://a:1", "does not carry OpenWire"),
        ("udp://a:1", "use tcp"),
        ("activemq:failover:(tcp://a:1)", "leave out this prefix"),
    ] {
        let error = error(uri);
        assert!(matches!(error.kind, UriErrorKind::UnsupportedScheme(_)), "{uri}: {error}");
        assert!(error.to_string().contains(advice), "{uri}: {error}");
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn without_tls_its_schemes_are_refused() {
    for uri in ["ssl://a:61617", "failover:(nio+ssl://a)", "auto+ssl://a", "auto+nio+ssl://a"] {
        let error = error(uri);
        assert!(matches!(error.kind, UriErrorKind::UnsupportedScheme(_)), "{uri}: {error}");
        assert!(error.to_string().contains("feature `tls`"), "{uri}: {error}");
    }
}

#[test]
fn suggests_a_scheme_that_was_misspelt() {
    for (uri, hint) in [
        ("FAILOVER:(tcp://a:1)", "schemes are written in lower case: failover"),
        ("failover:(TCP://a:1)", "schemes are written in lower case: tcp"),
        ("failver:(tcp://a:1)", "did you mean failover?"),
        ("tpc://a:1", "did you mean tcp?"),
    ] {
        let error = error(uri);
        assert!(matches!(error.kind, UriErrorKind::UnknownScheme(_)), "{uri}: {error}");
        assert_eq!(error.hint.as_deref(), Some(hint), "{uri}");
    }
    assert!(matches!(kind("failover:(%20tcp://a:1)"), UriErrorKind::MissingScheme));
}

#[test]
fn warns_about_what_is_accepted_and_odd() {
    use UriWarningKind::{IgnoredTail, NestedGroup, RepeatedBroker};
    assert_eq!(warnings("failover:(tcp://a:1)/path"), [IgnoredTail]);
    assert_eq!(warnings("failover:(tcp://a:1)#fragment"), [IgnoredTail]);
    assert_eq!(warnings("failover:(failover:(tcp://a:1),tcp://b:1)"), [NestedGroup]);
    let repeated = RepeatedBroker("tcp://a:1".to_owned());
    assert_eq!(warnings("failover:(tcp://a:1,nio://A:1)"), [repeated]);
    assert!(warnings("failover:(tcp://a:1,tcp://a:2)?timeout=3").is_empty());
}

#[test]
fn refuses_options_on_an_inner_group() {
    let error = error("failover:(failover:(tcp://a:1)?timeout=3,tcp://b:1)");
    assert_eq!(
        error.to_string().split(" near").next(),
        Some("unexpected options on an inner list at byte 31,")
    );
}

#[test]
fn reconnects_for_failover_only() {
    let plain = BrokerUri::parse("tcp://a:1").unwrap();
    assert!(!plain.is_failover());
    assert_eq!(plain.options().reconnect.max_reconnect_attempts, Some(0));
    let list = BrokerUri::parse("failover:tcp://a:1").unwrap();
    assert!(list.is_failover());
    assert_eq!(list.options().reconnect.max_reconnect_attempts, None);
}

#[test]
fn announces_the_host_as_virtual_host_unless_told_otherwise() {
    let hosts = |uri| {
        let endpoints = options(uri).endpoints;
        endpoints.iter().map(|e| Endpoint::virtual_host(e).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(hosts("failover:(tcp://a:1,tcp://b:1?wireFormat.host=prod)"), ["a", "prod"]);
}
