//! Logins, takeover, and what belongs to a connection.

use relaismq_openwire::{Command, ConsumerInfo, Destination, DestinationInfo, SessionInfo};

use super::rig::{Rig, from, message, queued};
use crate::engine::io::Input;

#[test]
fn nothing_is_accepted_before_the_login() {
    let mut rig = Rig::new();
    let link = rig.open();
    assert_eq!(rig.request(link, SessionInfo::default()), Err("IllegalStateException".to_owned()));
    assert_eq!(rig.closed, [link]);
}

#[test]
fn a_client_id_belongs_to_one_connection_and_is_free_when_it_ends() {
    let mut rig = Rig::new();
    let first = rig.connect("a");
    rig.request(first.link, login_info("a", "a")).unwrap();
    let second = rig.open();
    assert_eq!(
        rig.request(second, login_info("b", "a")),
        Err("InvalidClientIDException".to_owned())
    );
    assert_eq!(rig.closed, [second]);
    rig.input(Input::Closed { link: first.link });
    let third = rig.open();
    rig.request(third, login_info("c", "a")).unwrap();
}

fn login_info(connection: &str, client: &str) -> relaismq_openwire::ConnectionInfo {
    relaismq_openwire::ConnectionInfo {
        connection_id: Some(relaismq_openwire::ConnectionId::new(connection)),
        client_id: Some(client.into()),
        ..relaismq_openwire::ConnectionInfo::default()
    }
}

#[test]
fn a_connection_on_a_new_socket_takes_over_and_its_messages_come_back_flagged() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    rig.consumer(&peer, "q", 10);
    rig.request(peer.link, queued(&producer, 1)).unwrap();
    assert_eq!(rig.numbers(), [1]);
    let again = rig.open();
    rig.login(again, "a", true).unwrap();
    assert_eq!(rig.closed, [peer.link]);
    let peer = super::rig::Peer { link: again, ..peer };
    rig.consumer(&peer, "q", 10);
    let back: Vec<_> = rig.dispatched().into_iter().map(|it| (it.1, it.2)).collect();
    assert_eq!(back, [(Some(1), 1)]);
}

#[test]
fn temporary_destinations_are_consumed_by_their_owner_only_and_end_with_it() {
    let mut rig = Rig::new();
    let (owner, other) = (rig.connect("owner"), rig.connect("other"));
    let producer = rig.producer(&other);
    let temporary = Destination::temp_queue("owner:1");
    let make = |destination: &Destination| DestinationInfo {
        destination: Some(destination.clone()),
        operation_type: DestinationInfo::ADD,
        ..DestinationInfo::default()
    };
    let foreign = rig.request(other.link, make(&Destination::temp_queue("owner:2")));
    assert_eq!(foreign, Err("InvalidDestinationException".to_owned()));
    rig.request(owner.link, make(&temporary)).unwrap();
    let refused = rig.consume(&other, 1, from(temporary.clone(), 10));
    assert_eq!(refused, Err("InvalidDestinationException".to_owned()));
    rig.consume(&owner, 1, from(temporary.clone(), 10)).unwrap();
    rig.request(other.link, message(&producer, 1, temporary.clone())).unwrap();
    assert_eq!((rig.numbers(), rig.stored.len()), (vec![1], 0));
    rig.input(Input::Closed { link: owner.link });
    let gone = rig.request(other.link, message(&producer, 2, temporary));
    assert_eq!(gone, Err("DestinationDoesNotExistException".to_owned()));
}

#[test]
fn watchers_hear_of_a_temporary_queue_before_anything_can_come_to_it() {
    let mut rig = Rig::new();
    let (owner, watcher) = (rig.connect("owner"), rig.connect("watcher"));
    let names = "ActiveMQ.Advisory.TempQueue,ActiveMQ.Advisory.TempTopic";
    let info = ConsumerInfo { no_local: true, ..from(Destination::topic(names), 1000) };
    rig.consume(&watcher, 1, info).unwrap();
    rig.sent.clear();
    let made = DestinationInfo {
        destination: Some(Destination::temp_queue("owner:1")),
        operation_type: DestinationInfo::ADD,
        ..DestinationInfo::default()
    };
    rig.request(owner.link, made).unwrap();
    let (link, first) = rig.sent.first().unwrap();
    assert_eq!((*link, first.name()), (watcher.link, "MessageDispatch"));
    let Command::MessageDispatch(dispatch) = first else { panic!("{first:?}") };
    let about = dispatch.message.as_ref().unwrap().data_structure.as_deref();
    assert!(matches!(about, Some(Command::DestinationInfo(_))));
}
