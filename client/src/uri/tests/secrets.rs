//! Passwords stay out of everything that is printed.

use super::*;

#[test]
fn never_prints_a_password_that_was_understood() {
    let uri = "failover:(tcp://a:1)?jms.userName=app&jms.password=hunter2&timeout=3";
    let parsed = BrokerUri::parse(uri).unwrap();
    let printed = format!("{parsed} {parsed:?} {:?}", parsed.options());
    assert!(!printed.contains("hunter2"), "{printed}");
    assert_eq!(
        parsed.to_string(),
        "failover:(tcp://a:1)?jms.userName=app&jms.password=***&timeout=3"
    );
    assert_eq!(parsed.options().identity.password.as_ref().unwrap().expose(), "hunter2");
}

#[test]
fn never_prints_a_password_of_a_uri_it_refuses() {
    for uri in [
        "tcp://a:1?jms.password=hunter2&bogus=1",
        "tcp://a:1?jms.password=x&hunter2",
        "tcp://a:1?jms.password=x&hunter2=y",
        "tcp://a:1?jms.password=x#hunter2",
        "tcp://a:1?jms.password=%hunter2",
        "tcp://a:1?jms.pasword=hunter2",
        "tcp://a:1?jms.password:hunter2",
        "tcp://a:1?jms.password:hunter2=1",
        "tcp://a:1?JMS.PASSWORD=hunter2",
        "tcp://a:1?password=hunter2",
        "tcp://a:1?jms.p%61ssword=hunter2",
        "tcp://a:1?jms.password=hunter2&jms.password=hunter2",
        "failover:(tcp://a:1?jms.password=a,hunter2)",
        "failover:(tcp://a:1?jms.password=a)hunter2)",
        "failover:(tcp://a:1?jms.password=a,hunter2://x)",
        "failover:(tcp://a:1?jms.password=a,hunter2:x)",
        "failover:(tcp://a:1?jms.password=a(hunter2)",
        "failover:(tcp://user:hunter2@a:1)",
        "tcp://hunter2@a:1?timeout=x",
        "tcp://a:x?jms.password=hunter2",
        "failover:(tcp://a:1?socket.keyStorePassword=hunter2)",
        "orders://a?jms.password=hunter2",
    ] {
        if let Err(error) = BrokerUri::parse(uri) {
            let printed = format!("{error} {error:?}");
            assert!(!printed.contains("hunter2"), "{uri}: {printed}");
        }
    }
}

#[test]
fn still_helps_with_an_option_behind_a_password() {
    let error = error("failover:(tcp://a:1)?jms.password=hunter2&maxReconectDelay=5");
    assert_eq!(error.kind, UriErrorKind::UnknownOption("***".to_owned()));
    assert_eq!(error.offset, 42);
    assert_eq!(error.hint.as_deref(), Some("did you mean maxReconnectDelay?"));
}

#[test]
fn shows_the_place_of_an_error() {
    let error = error(
        "failover:(tcp://first.example.org:61616,tcp://second.example.org:port,\
         tcp://third.example.org:61616)",
    );
    assert_eq!(
        error.to_string(),
        "port is not a number from 1 to 65535 at byte 65, near \
         `…:61616,tcp://second.example.org:port,tcp://third.example.org:616…`; \
         write tcp://host:port"
    );
}
