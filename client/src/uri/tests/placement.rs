//! Which option may stand where, and what is said if it may not.

use std::time::Duration;

use super::*;
use crate::uri::UriWarningKind;

#[test]
fn takes_connection_options_everywhere_and_warns_on_a_broker_of_a_list() {
    for (uri, warned) in [
        ("failover:(tcp://a:1)?jms.useAsyncSend=true", false),
        ("failover://(tcp://a:1)?jms.useAsyncSend=true", false),
        ("failover:(tcp://a:1?jms.useAsyncSend=true)", true),
        ("failover:tcp://a:1?jms.useAsyncSend=true", true),
        ("tcp://a:1?jms.useAsyncSend=true", false),
    ] {
        let parsed = BrokerUri::parse(uri).unwrap();
        assert!(parsed.options().producers.use_async_send, "{uri}");
        let expected = UriWarningKind::ConnectionOptionOnBroker("jms.useAsyncSend".to_owned());
        let found = parsed.warnings().iter().any(|warning| warning.kind == expected);
        assert_eq!(found, warned, "{uri}");
    }
}

#[test]
fn applies_failover_options_behind_an_unparenthesised_list_with_a_warning() {
    for uri in [
        "failover:tcp://a:1?maxReconnectAttempts=1",
        "failover:tcp://a:1,tcp://b:1?maxReconnectAttempts=1",
    ] {
        let parsed = BrokerUri::parse(uri).unwrap();
        assert_eq!(parsed.options().reconnect.max_reconnect_attempts, Some(1));
        let [warning] = parsed.warnings() else { panic!("{:?}", parsed.warnings()) };
        assert!(warning.to_string().contains("put the list in parentheses"), "{warning}");
    }
}

#[test]
fn gives_each_broker_its_own_options_and_all_of_them_the_nested_ones() {
    let options = options(
        "failover:(tcp://a:1?connectionTimeout=1&keepAlive=false,tcp://b:2?connectionTimeout=2)\
         ?nested.keepAlive=true&nested.wireFormat.cacheSize=7",
    );
    let [a, b] = options.endpoints.as_slice() else { panic!("{options:?}") };
    assert_eq!(a.options.connection_timeout, Some(Duration::from_millis(1)));
    assert_eq!(b.options.connection_timeout, Some(Duration::from_millis(2)));
    for link in [&a.options, &b.options, &options.transport] {
        assert_eq!(link.keep_alive, Some(true), "nested wins");
        assert_eq!(link.wire_format.cache_size, 7);
    }
    assert_eq!(options.transport.connection_timeout, Some(Duration::from_secs(5)));
}

#[test]
fn says_where_a_misplaced_option_belongs() {
    for (uri, hint) in [
        ("failover:(tcp://a:1)?keepAlive=true", "write nested.keepAlive, or put it on one broker"),
        ("failover:(tcp://a:1?timeout=3)", "put it behind the closing parenthesis"),
        ("tcp://a:1?timeout=3", "write failover:(tcp://host:port)?timeout=…"),
        ("tcp://a:1?nested.keepAlive=true", "on a broker write keepAlive, without nested."),
        (
            "failover:(tcp://a:1?nested.keepAlive=true)",
            "on a broker write keepAlive, without nested.",
        ),
    ] {
        let error = error(uri);
        assert!(matches!(error.kind, UriErrorKind::MisplacedOption(_)), "{uri}: {error}");
        assert_eq!(error.hint.as_deref(), Some(hint), "{uri}");
    }
}

#[test]
fn suggests_what_an_unknown_option_was_meant_to_be() {
    for (uri, suggestion) in [
        ("failover:(tcp://a:1)?maxReconectDelay=5", "maxReconnectDelay"),
        ("failover:(tcp://a:1)?maxreconnectdelay=5", "maxReconnectDelay"),
        ("failover:(tcp://a:1)?transport.maxReconnectDelay=5", "maxReconnectDelay"),
        ("failover:(tcp://a:1)?sendTimeout=5", "jms.sendTimeout"),
        ("failover:(tcp://a:1)?connection.sendTimeout=5", "jms.sendTimeout"),
        (
            "failover:(tcp://a:1)?nms.PrefetchPolicy.queuePrefetch=5",
            "jms.prefetchPolicy.queuePrefetch",
        ),
        ("failover:(tcp://a:1)?jms.clientId=x", "jms.clientID"),
        ("failover:(tcp://a:1)?nested.conectionTimeout=5", "nested.connectionTimeout"),
        ("tcp://a:1?maxInactivityDuration=5", "wireFormat.maxInactivityDuration"),
        ("tcp://a:1?wireformat.cacheSize=5", "wireFormat.cacheSize"),
        (
            "tcp://a:1?wireFormat.maxInactivityDurationInitialDelay=5",
            "wireFormat.maxInactivityDurationInitalDelay",
        ),
        ("failover:tcp://a:1?Timeout=5", "timeout"),
    ] {
        let error = error(uri);
        assert!(matches!(error.kind, UriErrorKind::UnknownOption(_)), "{uri}: {error}");
        assert_eq!(error.hint, Some(format!("did you mean {suggestion}?")), "{uri}");
    }
    for name in ["jms.bogus", &"x".repeat(10_000)] {
        let hint = error(&format!("tcp://a:1?{name}=1")).hint.unwrap();
        assert_eq!(hint, "leave it out; docs/uris.md lists all options");
    }
}

#[test]
fn refuses_an_option_given_twice() {
    for (uri, name, offset) in [
        ("failover:(tcp://a:1)?timeout=1&timeout=2", "timeout", 31),
        ("failover:(tcp://a:1?keepAlive=true&keepAlive=true)", "keepAlive", 35),
        ("failover:(tcp://a:1?jms.clientID=x)?jms.clientID=x", "jms.clientID", 36),
        (
            "failover:(tcp://a:1)?nested.keepAlive=true&nested.keepAlive=true",
            "nested.keepAlive",
            43,
        ),
    ] {
        let error = error(uri);
        assert_eq!(error.kind, UriErrorKind::DuplicateOption(name.to_owned()), "{uri}");
        assert_eq!(error.offset, offset, "{uri}");
    }
}

#[test]
fn refuses_what_is_known_and_not_supported_yet() {
    for (uri, name) in [
        ("failover:(tcp://a:1)?nested.soLinger=1", "nested.soLinger"),
        ("failover:(tcp://a:1)?jms.strictCompliance=true", "jms.strictCompliance"),
        ("tcp://a:1?wireFormat=stomp", "wireFormat"),
        ("tcp://a:1?wireFormat.sizePrefixDisabled=true", "wireFormat.sizePrefixDisabled"),
    ] {
        assert_eq!(kind(uri), UriErrorKind::UnsupportedOption(name.to_owned()), "{uri}");
    }
    assert_eq!(
        error("failover:(tcp://a:1)?jms.strictCompliance=true").hint.as_deref(),
        Some("leave it out, or write jms.strictCompliance=false")
    );
}

#[test]
fn accepts_an_unsupported_option_that_asks_for_what_is_done_anyway() {
    let plain = options("failover:(tcp://a:1)");
    let explicit = options(
        "failover:(tcp://a:1?soTimeout=0)?jms.optimizeAcknowledge=false&jms.checkForDuplicates=false",
    );
    assert_eq!(plain, explicit);
}

#[test]
fn warns_about_options_that_only_concern_other_clients() {
    let parsed = BrokerUri::parse(
        "failover:(tcp://a:1?threadName=x)?jms.useDedicatedTaskRunner=true&maxPullCacheSize=10",
    )
    .unwrap();
    let texts: Vec<String> = parsed.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 3);
    assert!(texts.iter().all(|text| text.contains("has no effect here")), "{texts:?}");
    assert_eq!(parsed.options(), &options("failover:(tcp://a:1)"));
}

#[test]
fn preferred_brokers_and_spares_are_named_and_counted() {
    let uri = "failover:(tcp://a:1,tcp://b:1)?priorityBackup=true&priorityURIs=tcp://b:1,ssl://c&backup=true&\
               backupPoolSize=2&reconnectSupported=false&rebalanceUpdateURIs=false";
    let parsed = BrokerUri::parse(uri).unwrap();
    let reconnect = &parsed.options().reconnect;
    assert!(parsed.warnings().is_empty());
    assert!(reconnect.priority_backup && reconnect.backup && reconnect.backup_pool_size == 2);
    assert!(!reconnect.reconnect_supported && !reconnect.rebalance_update_uris);
    let preferred: Vec<_> = reconnect.priority_uris.iter().map(ToString::to_string).collect();
    assert_eq!(preferred, ["tcp://b:1", "ssl://c:61617"]);
    assert_eq!(BrokerUri::parse(&parsed.to_string()).unwrap().options(), parsed.options());
    for (option, hint) in [
        ("priorityBackup=1", "expected true or false"),
        ("priorityURIs=tcp://b:1?keepAlive%3Dtrue", "leave out the options of"),
        ("priorityURIs=b:1", "\"b:1\""),
        ("backupPoolSize=0", "1 to 16"),
    ] {
        let error = error(&format!("failover:(tcp://a:1)?{option}"));
        assert!(error.hint.as_ref().is_some_and(|it| it.contains(hint)), "{error}");
    }
}

#[test]
fn a_list_is_read_from_files_only() {
    let file = |value: &str| {
        BrokerUri::parse(&format!("failover:(tcp://a:1)?updateURIsURL={value}"))
            .map(|uri| uri.into_options().reconnect.update_uris_url.unwrap())
            .map_err(|error| error.hint.unwrap())
    };
    for value in
        ["file:/etc/brokers", "file:///etc/brokers", "file://localhost/etc/brokers", "/etc/brokers"]
    {
        assert_eq!(file(value).unwrap().to_str(), Some("/etc/brokers"), "{value}");
    }
    assert_eq!(file("file:brokers.txt").unwrap().to_str(), Some("brokers.txt"));
    for value in ["http://a/brokers", "https://a/b", "file://host/brokers", "file:", ""] {
        assert_eq!(
            file(value).unwrap_err(),
            "only files are read: write file:/path/to/list",
            "{value}"
        );
    }
}

#[test]
fn marks_that_a_uri_was_copied_with_are_named() {
    for (uri, hint) in [
        ("\"failover:(tcp://a:1)\"", "leave it out. Also"),
        ("'tcp://a:1'", "leave it out. Also"),
        ("failover:(tcp://a:1)\"", "leave it out. Also"),
        ("tcp://a:61616\"", "write tcp://host:port. Also leave out the \" at its end"),
        ("tcp://a:1?keepAlive=true;", "expected true or false. Also leave out the ; at its end"),
        ("failover:(tcp://a:1)?randomize=false\"", "expected true or false"),
    ] {
        let hint_given = error(uri).hint.unwrap();
        assert!(hint_given.starts_with(hint), "{uri}: {hint_given}");
    }
    // Any sign may end a password.
    assert!(BrokerUri::parse("tcp://a:1?jms.password=a%22\"").is_ok());
}

#[test]
fn an_option_that_stands_elsewhere_is_suggested_with_its_place() {
    for (uri, hint) in [
        (
            "failover:(tcp://a:1?maxReconectDelay=5)",
            "did you mean maxReconnectDelay? It stands behind the closing parenthesis.",
        ),
        (
            "tcp://a:1?maxReconectDelay=5",
            "did you mean maxReconnectDelay? It stands behind the parentheses of a failover:(…).",
        ),
        ("failover:(tcp://a:1)?cms.PrefetchPolicy.all=5", "did you mean jms.prefetchPolicy.all?"),
        ("tcp://a:1?connection.sendTimeout=5", "did you mean jms.sendTimeout?"),
    ] {
        assert_eq!(error(uri).hint.as_deref(), Some(hint), "{uri}");
    }
}
