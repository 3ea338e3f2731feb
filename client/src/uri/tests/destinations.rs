//! Options on destination names.

use crate::options::{ConsumerOptions, DestinationOptions, ProducerOptions};
use crate::uri::UriErrorKind;

#[test]
fn separates_the_name_from_its_options() {
    let parsed = DestinationOptions::parse(
        " orders?consumer.prefetchSize=1&consumer.exclusive=true\
         &consumer.selector=colour%20%3D%20'red'&consumer.priority=7&consumer.noLocal=true\
         &producer.windowSize=65536",
    )
    .unwrap();
    let consumer = ConsumerOptions::default()
        .prefetch_size(Some(1))
        .exclusive(Some(true))
        .selector(Some("colour = 'red'".to_owned()))
        .priority(Some(7))
        .no_local(Some(true));
    let producer = ProducerOptions::default().window_size(Some(65_536));
    let expected = DestinationOptions::default().name("orders".to_owned());
    assert_eq!(parsed, expected.consumer(consumer).producer(producer));
}

#[test]
fn leaves_a_plain_name_alone() {
    for name in ["orders", "orders?", "queue.with.dots", "prices.>", "A,B"] {
        let parsed: DestinationOptions = name.parse().unwrap();
        assert_eq!(parsed.name, name.trim_end_matches('?'));
        assert_eq!(parsed.consumer, ConsumerOptions::default());
    }
}

#[test]
fn refuses_what_it_does_not_know() {
    let error = |text: &str| DestinationOptions::parse(text).unwrap_err();
    let unknown = error("orders?consumer.prefetch=1");
    assert_eq!(unknown.kind, UriErrorKind::UnknownOption("consumer.prefetch".to_owned()));
    assert_eq!(unknown.offset, 7);
    assert_eq!(
        error("orders?prefetchSize=1").hint.as_deref(),
        Some("did you mean consumer.prefetchSize?")
    );
    assert_eq!(
        error("orders?consumer.prefetchSize=1&consumer.prefetchSize=1").kind,
        UriErrorKind::DuplicateOption("consumer.prefetchSize".to_owned())
    );
    assert_eq!(
        error("orders?consumer.browser=true").kind,
        UriErrorKind::UnsupportedOption("consumer.browser".to_owned())
    );
    assert!(matches!(error("orders?consumer.priority=128").kind, UriErrorKind::BadValue { .. }));
    assert_eq!(error("?consumer.priority=1").kind, UriErrorKind::Empty);
}
