use super::*;

fn received(message: &Message) -> Received {
    Received::new(message.to_wire(false).unwrap(), 0)
}

#[test]
fn each_body_comes_back_as_it_was_given() {
    assert_eq!(received(&Message::text("hé")).text().unwrap(), "hé");
    assert_eq!(received(&Message::bytes(&b"\0\x01"[..])).bytes().unwrap(), &b"\0\x01"[..]);
    assert_eq!(received(&Message::object(vec![0xac, 0xed])).object_bytes().unwrap().len(), 2);
    let map = received(&Message::map([("a", Value::from(1)), ("b", Value::from("x"))]));
    assert_eq!(map.map().unwrap().get("b"), Some(&Value::from("x")));
    let stream = received(&Message::stream([Value::from(true), Value::from(2.5)]));
    assert_eq!(stream.stream().unwrap(), [Value::Boolean(true), Value::Double(2.5)]);
    assert_eq!(received(&Message::empty()).kind(), BodyKind::Empty);
}

#[test]
fn says_which_kind_a_body_is_when_asked_for_another() {
    let error = received(&Message::text("x")).bytes().unwrap_err();
    assert_eq!(error.to_string(), "the body is text, not bytes; read it as what kind() says");
}

#[test]
fn reserved_property_names_set_headers() {
    let message = received(
        &Message::empty()
            .property("JMSXGroupID", "g")
            .property("JMSCorrelationID", "c")
            .property("region", "EU"),
    );
    assert_eq!((message.group(), message.correlation_id()), (Some("g"), Some("c")));
    assert_eq!(message.properties().unwrap().len(), 1);
}

/// A group set as a property was sent, and could not be read as one.
#[test]
fn what_was_set_under_a_reserved_name_is_read_under_it() {
    let message = Message::empty().property("JMSXGroupID", "g").property("JMSXGroupSeq", 7);
    let wire = message.to_wire(false).unwrap();
    assert_eq!((wire.group_id.as_deref(), wire.group_sequence), (Some("g"), 7));
    let message = Received::new(wire, 2);
    assert_eq!(message.property::<String>("JMSXGroupID").as_deref(), Some("g"));
    assert_eq!(message.property::<i32>("JMSXGroupSeq"), Some(7));
    assert_eq!(message.property::<i32>("JMSXDeliveryCount"), Some(3));
    assert_eq!(message.property::<bool>("JMSRedelivered"), Some(true));
}

#[test]
fn a_name_without_a_letter_is_refused() {
    for message in [Message::empty().property("", 1), Message::map([("", 1)])] {
        assert_eq!(message.to_wire(false), Err(MessageFault::EmptyName));
    }
}

#[test]
fn properties_convert_as_in_jms() {
    let message = received(
        &Message::empty()
            .property("byte", 7i8)
            .property("long", 1i64 << 40)
            .property("text", "12")
            .property("flag", true),
    );
    assert_eq!(message.property::<i32>("byte"), Some(7));
    assert_eq!(message.property::<i32>("long"), None, "numbers never narrow");
    assert_eq!(message.property::<i64>("text"), Some(12));
    assert_eq!(message.property::<String>("flag").as_deref(), Some("true"));
    assert_eq!(message.property::<Bytes>("text"), None);
    assert_eq!(message.property::<String>("missing"), None);
}

#[test]
fn an_unsuited_reserved_property_is_reported() {
    let fault = Message::empty().property("JMSXGroupSeq", "many").to_wire(false).unwrap_err();
    assert!(fault.to_string().contains("JMSXGroupSeq"), "{fault}");
}

#[test]
fn compressed_bodies_read_the_same() {
    let long = "na ".repeat(500);
    let wire = Message::text(&long).to_wire(true).unwrap();
    assert!(wire.compressed && wire.content.as_ref().unwrap().len() < 100);
    assert_eq!(Received::new(wire, 0).text().unwrap(), long.as_str());
}

#[test]
fn a_forwarded_message_keeps_what_the_application_put_in() {
    let original = received(&Message::text("x").property("n", 1).correlation_id("c").group("g"));
    let again = received(&Message::from(original));
    assert_eq!(again.text().unwrap(), "x");
    assert_eq!(again.property::<i32>("n"), Some(1));
    assert_eq!((again.correlation_id(), again.group()), (Some("c"), Some("g")));
}

#[test]
fn a_forwarded_message_begins_its_life_anew() {
    let mut wire =
        (*Message::text("x").delay(Duration::from_secs(1)).to_wire(false).unwrap()).clone();
    wire.redelivery_counter = 3;
    wire.expiration = 1;
    wire.message_id =
        Some(relaismq_openwire::ConnectionId::new("c").session(1).producer(1).message(1));
    wire.destination = Some(Destination::queue("DLQ"));
    wire.original_destination = Some(Destination::queue("orders"));
    let again = Message::from(Received::new(wire.into(), 3)).to_wire(false).unwrap();
    assert_eq!(*again, *Message::text("x").to_wire(false).unwrap());
}

/// They used to be left out silently.
#[test]
fn what_cannot_be_read_is_not_forwarded_without_it() {
    let mut wire = (*Message::text("x").to_wire(false).unwrap()).clone();
    wire.marshalled_properties = Some(Bytes::from_static(&[0xff, 0xff]));
    let fault = Message::from(Received::new(wire.into(), 0)).to_wire(false).unwrap_err();
    assert!(matches!(fault, MessageFault::Unreadable(_)), "{fault}");
}

#[test]
fn debug_shows_no_content() {
    let message = Message::text("secret").property("token", "hush");
    let shown = format!("{message:?} {:?}", received(&message));
    assert!(!shown.contains("secret") && !shown.contains("hush"), "{shown}");
}

/// Nobody else has it, so it is not copied.
#[test]
fn a_message_that_is_sent_once_is_the_one_that_travels() {
    let message = Message::bytes(vec![1]);
    let address = Arc::as_ptr(&message.wire);
    let prepared = message.prepare(false).ok().unwrap();
    assert_eq!(Arc::as_ptr(&prepared.wire), address);
    let kept = Message::from(prepared);
    let copy = kept.clone().property("n", 1).prepare(false).ok().unwrap();
    assert!(Arc::as_ptr(&copy.wire) != address && kept.wire.marshalled_properties.is_none());
}

#[test]
fn a_message_that_could_not_be_handed_over_is_as_it_was() {
    let message = || Message::text("x").property("n", 1).property("JMSXGroupID", "g");
    let mut prepared = message().prepare(false).ok().unwrap();
    let headers = Arc::make_mut(&mut prepared.wire);
    headers.destination = Some(Destination::queue("orders"));
    (headers.persistent, headers.priority) = (true, 9);
    let again = Message::from(prepared).to_wire(false).unwrap();
    assert_eq!(again, message().to_wire(false).unwrap());
}
