//! Login, takeover, limits, and what is accepted when.

use relaismq_openwire::{
    BrokerInfo, Command, ConnectionControl, ConnectionInfo, ConsumerInfo, ControlCommand,
    FlushCommand, ProducerInfo, SessionInfo, ShutdownInfo,
};

use super::{Answer, Rig, queue};
use crate::engine::{Settings, io::Input};

#[test]
fn the_broker_introduces_itself_and_steers_who_wants_it() {
    let mut rig = Rig::new();
    let peer = rig.open("a");
    let info = ConnectionInfo { manageable: true, ..peer.info() };
    assert_eq!(rig.request(&peer, info), Answer::Done);
    let controls =
        rig.take(peer.link, |it| matches!(it, Command::ConnectionControl(_)).then_some(()));
    assert_eq!(controls.len(), 1);
}

#[test]
fn a_client_without_id_is_refused_and_closed() {
    let mut rig = Rig::new();
    let peer = rig.open("a");
    let info = ConnectionInfo { client_id: None, ..peer.info() };
    assert_eq!(rig.request(&peer, info).class(), "javax.jms.InvalidClientIDException");
    assert!(rig.closed.contains(&peer.link));
}

#[test]
fn a_client_id_in_use_is_refused_and_says_where_its_owner_is() {
    let mut rig = Rig::new();
    rig.connect("a");
    let peer = rig.open("other");
    let info = ConnectionInfo { client_id: Some("a".into()), ..peer.info() };
    let answer = rig.request(&peer, info);
    assert_eq!(answer.class(), "javax.jms.InvalidClientIDException");
    assert!(answer.text().contains("Client: a already connected from tcp://"), "{answer:?}");
    assert!(rig.closed.contains(&peer.link));
}

#[test]
fn a_client_id_is_free_again_after_the_end_of_its_connection() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    assert_eq!(rig.remove(peer.link, peer.connection.clone(), -1), Answer::Done);
    assert_eq!(rig.remove(peer.link, peer.connection.clone(), -1), Answer::Done, "gone already");
    rig.connect("a");
    assert!(!rig.closed.contains(&peer.link));
}

#[test]
fn the_same_login_again_changes_nothing() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.request(&peer, peer.info()), Answer::Done);
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    assert_eq!(rig.texts(&consumer), ["1"]);
    rig.cut(&peer);
    rig.connect("a");
}

#[test]
fn a_newer_socket_takes_the_connection_over() {
    let mut rig = Rig::new();
    let old = rig.connect("a");
    let consumers = [rig.consumer(&old, queue("Q")), rig.consumer(&old, queue("Q"))];
    let mut producer = rig.producer(&old, queue("Q"));
    for text in ["1", "2", "3"] {
        rig.send(&mut producer, text);
    }
    assert_eq!(rig.deliveries(&consumers[0]).len() + rig.deliveries(&consumers[1]).len(), 3);
    let new = rig.reconnect(&old);
    assert!(rig.closed.contains(&old.link), "the old one is closed first");
    assert!(rig.dispatches(old.link).is_empty());
    let consumer = rig.consumer(&new, queue("Q"));
    let given = rig.deliveries(&consumer);
    let shown: Vec<_> = given.iter().map(|it| (it.text(), it.counter)).collect();
    assert_eq!(shown, ["1", "2", "3"].map(|text| (text.to_owned(), 1)));
}

#[test]
fn another_user_cannot_take_a_connection_over() {
    let mut rig = Rig::new();
    let victim = rig.open("a");
    let info = ConnectionInfo { user_name: Some("alice".into()), ..victim.info() };
    assert_eq!(rig.request(&victim, info), Answer::Done);
    let thief = rig.open("a");
    let info = ConnectionInfo { user_name: Some("mallory".into()), ..thief.info() };
    assert_eq!(rig.request(&thief, info).class(), "javax.jms.InvalidClientIDException");
    assert!(!rig.closed.contains(&victim.link));
    assert!(rig.closed.contains(&thief.link));
}

#[test]
fn before_the_login_only_what_leads_to_it_is_accepted() {
    let mut rig = Rig::new();
    let peer = rig.open("a");
    rig.tell(peer.link, ConnectionControl { fault_tolerant: true, ..Default::default() });
    for _ in 0..100 {
        rig.tell(peer.link, BrokerInfo::default());
    }
    assert!(rig.closed.is_empty());
    assert_eq!(rig.request(&peer, peer.info()), Answer::Done);
    let session = SessionInfo::default();
    let consumer = ConsumerInfo { destination: Some(queue("Q")), ..ConsumerInfo::default() };
    let refused: [Command; 5] = [
        session.into(),
        consumer.into(),
        ProducerInfo::default().into(),
        ControlCommand::default().into(),
        relaismq_openwire::Message::default().into(),
    ];
    for command in refused {
        let peer = rig.open("b");
        let answer = rig.request(&peer, command.clone());
        assert_eq!(answer.class(), "java.lang.IllegalStateException", "{command:?}");
        assert!(rig.closed.contains(&peer.link));
    }
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn after_a_refused_login_nothing_more_is_answered() {
    let mut rig = Rig::new();
    let peer = rig.open("a");
    let commands = (0..100).map(|_| SessionInfo::default().into()).collect();
    rig.feed(Input::Received { link: peer.link, commands });
    assert_eq!(rig.errors(peer.link).len(), 1);
}

#[test]
fn sessions_must_exist_except_the_connections_own() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    for session in [-1, 1] {
        let info = ConsumerInfo {
            consumer_id: Some(peer.connection.session(session).consumer(1)),
            destination: Some(queue("Q")),
            ..ConsumerInfo::default()
        };
        assert_eq!(rig.request(&peer, info), Answer::Done);
    }
    let consumer = ConsumerInfo {
        consumer_id: Some(peer.connection.session(9).consumer(1)),
        destination: Some(queue("Q")),
        ..ConsumerInfo::default()
    };
    let producer = ProducerInfo {
        producer_id: Some(peer.connection.session(9).producer(1)),
        ..ProducerInfo::default()
    };
    assert_eq!(rig.request(&peer, consumer).class(), "java.lang.IllegalStateException");
    assert_eq!(rig.request(&peer, producer).class(), "java.lang.IllegalStateException");
}

#[test]
fn removing_what_does_not_exist_is_refused() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let session = peer.connection.session(9);
    let answers = [
        rig.remove(peer.link, session.consumer(1), -1),
        rig.remove(peer.link, session.producer(1), -1),
        rig.remove(peer.link, session, -1),
    ];
    for answer in answers {
        assert_eq!(answer.class(), "java.lang.IllegalStateException");
    }
}

#[test]
fn opening_twice_has_no_second_effect() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    let session_id = Some(peer.session());
    assert_eq!(rig.request(&peer, SessionInfo { session_id, ..Default::default() }), Answer::Done);
    assert_eq!(rig.request(&peer, consumer.info()), Answer::Done);
    rig.producer_again(&peer, producer.id.clone(), queue("R"), |_| ());
    rig.send(&mut producer, "1");
    assert_eq!(rig.texts(&consumer), ["1"]);
}

#[test]
fn commands_of_operators_are_answered_and_never_obeyed() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let shutdown = ControlCommand { command: Some("shutdown".into()), ..Default::default() };
    assert_eq!(rig.request(&peer, shutdown), Answer::Done);
    assert_eq!(rig.request(&peer, FlushCommand::default()), Answer::Done);
    assert_eq!(rig.request(&peer, ConnectionControl::default()), Answer::Done);
    assert_eq!(rig.request(&peer, BrokerInfo::default()), Answer::Done);
    assert_eq!((rig.closed.len(), rig.failed.clone()), (0, None));
}

#[test]
fn a_client_that_says_goodbye_gives_its_messages_back() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    assert_eq!(rig.deliveries(&consumer).len(), 1);
    rig.tell(peer.link, ShutdownInfo::default());
    assert!(rig.closed.contains(&peer.link));
    let peer = rig.connect("b");
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&consumer), ["1"]);
}

#[test]
fn members_of_a_connection_are_bounded() {
    let mut rig = Rig::with(Settings { members_per_connection: 3, ..Settings::default() });
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.producer(&peer, queue("Q"));
    rig.consumer(&peer, queue("Q"));
    let answer = rig.refused_consumer(&peer, queue("Q"), |_| ());
    assert_eq!(answer.class(), "javax.jms.IllegalStateException");
    assert_eq!(rig.request(&peer, consumer.info()), Answer::Done, "one that exists");
    rig.close(&consumer, -1);
    rig.consumer(&peer, queue("Q"));
}

#[test]
fn a_windowed_producer_gets_back_what_it_counted_itself() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer_with(&peer, queue("Q"), |info| info.window_size = 3000);
    let acks = |rig: &mut Rig| {
        rig.take(peer.link, |command| match command {
            Command::ProducerAck(ack) => Some(ack.size),
            _ => None,
        })
    };
    rig.fire(&mut producer, "x");
    assert_eq!(acks(&mut rig), [1029]);
    rig.frozen = true;
    let persistent = producer.message("xy", |_| ());
    rig.tell(peer.link, persistent);
    assert_eq!(acks(&mut rig), [0; 0], "not before it is stored");
    rig.thaw();
    assert_eq!(acks(&mut rig), [1030]);
    rig.send(&mut producer, "x");
    assert_eq!(acks(&mut rig), [0; 0], "a response says it already");
}

#[test]
fn a_producer_that_is_not_open_cannot_send() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    assert_eq!(rig.remove(peer.link, producer.id.clone(), -2), Answer::Done);
    assert_eq!(rig.send_with(&mut producer, "1", |_| ()).0.class(), super::JMS);
}

#[test]
fn what_has_no_id_is_refused() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let message = producer.message("1", |message| message.message_id = None);
    assert_eq!(rig.request(&peer, message).class(), super::JMS);
}
