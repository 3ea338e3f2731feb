//! What values options take, and which field they set.

use std::collections::BTreeSet;
use std::time::Duration;

use relaismq_options::Row;

use super::*;
use crate::options::{
    ConsumerOptions, PrefetchPolicy, ProducerOptions, ReconnectOptions, TransportOptions,
};
use crate::uri::catalogue;
use crate::uri::table::{CONNECTION, CONSUMER, DIFFERENCES, FAILOVER, PRODUCER, TRANSPORT};

fn defaults_agree<T: Default + PartialEq + std::fmt::Debug>(table: &[Row<T>]) {
    for row in table.iter().filter(|row| !row.default.is_empty()) {
        let mut set = T::default();
        assert_eq!(row.kind.apply(&mut set, row.default), Ok(None), "{}", row.name);
        assert_eq!(set, T::default(), "{}", row.name);
    }
}

#[test]
fn documents_the_defaults_the_structures_have() {
    defaults_agree(FAILOVER);
    defaults_agree(CONNECTION);
    defaults_agree(TRANSPORT);
    defaults_agree::<ConsumerOptions>(CONSUMER);
    defaults_agree::<ProducerOptions>(PRODUCER);
}

#[test]
fn names_each_option_once() {
    let all = catalogue();
    let names: BTreeSet<_> = all.iter().map(|option| &option.name).collect();
    assert_eq!(names.len(), all.len());
    assert!(all.iter().all(|option| option.doc.ends_with('.')));
}

#[test]
fn tells_differences_only_of_options_that_there_are() {
    let told = catalogue().iter().filter(|option| option.difference.is_some()).count();
    assert_eq!(told, DIFFERENCES.len());
}

#[test]
fn sets_every_failover_option() {
    let options = options(
        "failover:(tcp://a:1)?initialReconnectDelay=1&maxReconnectDelay=2&useExponentialBackOff=false\
         &reconnectDelayExponent=3.5&reconnectDelay=4&maxReconnectAttempts=5\
         &startupMaxReconnectAttempts=6&timeout=7&randomize=false&warnAfterReconnectAttempts=8\
         &updateURIsSupported=false",
    );
    let expected = ReconnectOptions::default()
        .initial_reconnect_delay(Duration::from_millis(1))
        .max_reconnect_delay(Duration::from_millis(2))
        .use_exponential_back_off(false)
        .reconnect_delay_exponent(3.5)
        .reconnect_delay(Some(Duration::from_millis(4)))
        .max_reconnect_attempts(Some(5))
        .startup_max_reconnect_attempts(Some(6))
        .timeout(Some(Duration::from_millis(7)))
        .randomize(false)
        .warn_after_reconnect_attempts(Some(8))
        .update_uris_supported(false);
    assert_eq!(options.reconnect, expected);
}

#[test]
fn reads_the_numbers_that_mean_none() {
    let options = options(
        "failover:(tcp://a:1?connectionTimeout=0&wireFormat.maxInactivityDuration=0)\
         ?maxReconnectAttempts=-1&timeout=-1&warnAfterReconnectAttempts=-1&jms.sendTimeout=0\
         &jms.closeTimeout=0&jms.connectResponseTimeout=0\
         &jms.redeliveryPolicy.maximumRedeliveries=-1\
         &jms.redeliveryPolicy.maximumRedeliveryDelay=-1",
    );
    assert_eq!(options.reconnect.max_reconnect_attempts, None);
    assert_eq!(options.reconnect.timeout, None);
    assert_eq!(options.reconnect.warn_after_reconnect_attempts, None);
    assert_eq!(options.timeouts.send, None);
    assert_eq!(options.timeouts.close, None);
    assert_eq!(options.timeouts.connect_response, None);
    assert_eq!(options.redelivery.maximum_redeliveries, None);
    assert_eq!(options.redelivery.maximum_redelivery_delay, None);
    assert_eq!(options.endpoints[0].options.connection_timeout, None);
    assert_eq!(options.endpoints[0].options.wire_format.max_inactivity_duration, None);
}

#[test]
fn refuses_values_an_option_cannot_have() {
    for (option, value, expected) in [
        ("maxReconnectAttempts", "abc", "a whole number, or -1 for no limit"),
        ("maxReconnectAttempts", "-2", "a whole number, or -1 for no limit"),
        ("maxReconnectAttempts", "", "a whole number, or -1 for no limit"),
        ("maxReconnectAttempts", "+1", "a whole number, or -1 for no limit"),
        ("initialReconnectDelay", "-1", "a whole number of milliseconds"),
        ("initialReconnectDelay", "10ms", "a whole number of milliseconds"),
        ("initialReconnectDelay", "9223372036854775808", "a whole number of milliseconds"),
        ("timeout", "-x", "a whole number of milliseconds, or 0 for no limit"),
        ("randomize", "yes", "true or false"),
        ("reconnectDelayExponent", "0.5", "a number of at least 1"),
        ("reconnectDelayExponent", "NaN", "a number of at least 1"),
        ("reconnectDelayExponent", "inf", "a number of at least 1"),
        ("nested.wireFormat.version", "13", "a whole number from 1 to 12"),
        ("nested.wireFormat.version", "0", "a whole number from 1 to 12"),
        ("nested.wireFormat.maxFrameSize", "0", "a number of bytes above 0"),
        ("nested.wireFormat.cacheSize", "32768", "a whole number from 1 to 32767"),
        ("jms.prefetchPolicy.all", "32768", "a whole number from 0 to 32767"),
        ("jms.redeliveryPolicy.collisionAvoidancePercent", "101", "a whole number from 0 to 100"),
    ] {
        let prefix = format!("failover:(tcp://a:1)?{option}=");
        let error = error(&format!("{prefix}{value}"));
        let kind = UriErrorKind::BadValue { option: option.to_owned(), value: value.to_owned() };
        assert_eq!(error.kind, kind);
        assert_eq!(error.offset, prefix.len());
        assert_eq!(error.hint, Some(format!("expected {expected}")));
    }
}

#[test]
fn decodes_escapes_and_leaves_plus_signs_alone() {
    let identity =
        options("tcp://a:1?jms.userName=a%20b+c%2Bd%C3%A9&jms.password=1+1%3D2%26%2C?/=").identity;
    assert_eq!(identity.user_name.as_deref(), Some("a b+c+dé"));
    assert_eq!(identity.password.unwrap().expose(), "1+1=2&,?/=");
    for value in ["%", "%4", "%zz", "a%f", "%+1", "%C3"] {
        let uri = format!("tcp://a:1?jms.userName={value}");
        assert_eq!(kind(&uri), UriErrorKind::BadEscape, "{uri}");
    }
    assert_eq!(error("tcp://a:1?jms.userName=ab%zz").offset, 25);
}

#[test]
fn a_client_without_a_name_is_none() {
    let error = error("tcp://a:1?jms.clientID=");
    assert_eq!(
        error.hint.as_deref(),
        Some("it is empty: name the client, or leave the option out")
    );
}

#[test]
fn demands_a_value() {
    let error = error("failover:(tcp://a:1)?randomize");
    assert_eq!(error.kind, UriErrorKind::MissingValue("randomize".to_owned()));
    assert_eq!(error.offset, 21);
}

#[test]
fn lets_the_specific_prefetch_win_whatever_the_order() {
    for uri in [
        "tcp://a:1?jms.prefetchPolicy.all=5&jms.prefetchPolicy.queuePrefetch=1",
        "tcp://a:1?jms.prefetchPolicy.queuePrefetch=1&jms.prefetchPolicy.all=5",
    ] {
        assert_eq!(options(uri).prefetch, PrefetchPolicy::default().all(5).queue_prefetch(1));
    }
}

#[test]
fn sets_the_redelivery_policy() {
    let policy = options(
        "tcp://a:1?jms.redeliveryPolicy.maximumRedeliveries=2\
         &jms.redeliveryPolicy.initialRedeliveryDelay=100\
         &jms.redeliveryPolicy.useExponentialBackOff=true\
         &jms.redeliveryPolicy.backOffMultiplier=2\
         &jms.redeliveryPolicy.maximumRedeliveryDelay=60000",
    )
    .redelivery;
    assert_eq!(policy.series_delay(3), Duration::from_millis(400));
    assert!(policy.is_exhausted(3));
}

#[test]
fn sets_the_wire_format() {
    let link = options(
        "tcp://a:1?wireFormat.version=9&wireFormat.host=h&wireFormat.stackTraceEnabled=false\
         &wireFormat.tcpNoDelayEnabled=false&wireFormat.cacheEnabled=false&wireFormat.cacheSize=5\
         &wireFormat.tightEncodingEnabled=false&wireFormat.maxInactivityDuration=6\
         &wireFormat.maxInactivityDurationInitalDelay=7&wireFormat.maxFrameSize=8",
    )
    .endpoints[0]
        .options
        .wire_format
        .clone();
    let expected = TransportOptions::default()
        .wire_format
        .version(9)
        .host(Some("h".to_owned()))
        .stack_trace_enabled(false)
        .tcp_no_delay_enabled(false)
        .cache_enabled(false)
        .cache_size(5)
        .tight_encoding_enabled(false)
        .max_inactivity_duration(Some(Duration::from_millis(6)))
        .max_inactivity_duration_initial_delay(Duration::from_millis(7))
        .max_frame_size(8);
    assert_eq!(link, expected);
}
