//! What holds for any text.

use proptest::prelude::*;

use super::*;
use crate::options::DestinationOptions;

/// Texts made of the pieces of URIs, so that random ones get past the first check.
fn almost_uri() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("failover:"),
        Just("failover:("),
        Just("tcp://"),
        Just("//"),
        Just("("),
        Just(")"),
        Just(","),
        Just("?"),
        Just("&"),
        Just("="),
        Just("#"),
        Just(" "),
        Just("a:1"),
        Just("%41"),
        Just("%"),
        Just("[::1]"),
        Just("é"),
        Just("jms.userName"),
        Just("timeout=1"),
        Just("nested.keepAlive=true"),
        Just("wireFormat.version=1"),
        Just("jms.password=x"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn check(text: &str) {
    match BrokerUri::parse(text) {
        Ok(parsed) => {
            let again = BrokerUri::parse(&parsed.to_string()).unwrap();
            assert_eq!(again.to_string(), parsed.to_string());
            assert!(parsed.warnings().iter().all(|warning| warning.offset <= text.len()));
        }
        Err(error) => {
            assert!(error.offset <= text.len() && text.is_char_boundary(error.offset), "{error}");
        }
    }
    let _ = DestinationOptions::parse(text);
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z][a-zA-Z0-9_.-]{0,12}",
        any::<std::net::Ipv6Addr>().prop_map(|ip| format!("[{ip}]")),
        any::<std::net::Ipv4Addr>().prop_map(|ip| ip.to_string()),
    ]
}

fn subset(options: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::subsequence(options, 0..=options.len()).prop_map(|chosen| chosen.join("&"))
}

fn broker() -> impl Strategy<Value = String> {
    let options = &[
        "keepAlive=true",
        "tcpNoDelay=false",
        "connectionTimeout=77",
        "wireFormat.host=v%26%2C%29h",
        "wireFormat.cacheSize=12",
        "wireFormat.maxInactivityDuration=0",
    ];
    (host(), 1..=u16::MAX, subset(options))
        .prop_map(|(host, port, options)| format!("tcp://{host}:{port}?{options}"))
}

fn failover() -> impl Strategy<Value = String> {
    let options = &[
        "timeout=3",
        "randomize=false",
        "maxReconnectAttempts=-1",
        "reconnectDelayExponent=1.5",
        "jms.userName=a%20+%25b",
        "jms.clientID=%C3%A9%23",
        "jms.prefetchPolicy.all=7",
        "jms.prefetchPolicy.topicPrefetch=8",
        "nested.keepAlive=false",
        "nested.wireFormat.version=5",
    ];
    (prop::collection::vec(broker(), 1..5), subset(options))
        .prop_map(|(brokers, options)| format!("failover:({})?{options}", brokers.join(" , ")))
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn no_mixture_of_pieces_makes_the_parser_panic(text in almost_uri()) {
        check(&text);
    }

    #[test]
    fn a_written_uri_reads_back_the_same(text in prop_oneof![failover(), broker()]) {
        let first = BrokerUri::parse(&text).unwrap();
        let again = BrokerUri::parse(&first.to_string()).unwrap();
        prop_assert_eq!(first.options(), again.options());
        prop_assert_eq!(first.to_string(), again.to_string());
    }

    #[test]
    fn no_part_of_a_password_is_printed(
        before in almost_uri(),
        key in prop::sample::select(vec!["jms.password", "jms.pasword", "password", "jms.Password"]),
        password in "(zq|[&,()#%=@/? :+a-f]){1,12}",
        after in almost_uri(),
    ) {
        for text in [
            format!("failover:(tcp://a:1)?{key}={password}"),
            format!("failover:(tcp://a:1)?{key}={password}&{after}"),
            format!("tcp://a:1?{key}={password}{after}"),
            format!("failover:tcp://a:1?{key}={password}{after}"),
            format!("{before}?{key}={password}{after}"),
        ] {
            let printed = match BrokerUri::parse(&text) {
                Ok(parsed) => format!("{parsed} {parsed:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            prop_assert!(!printed.contains("zq"), "{} gave {}", text, printed);
        }
    }
}
