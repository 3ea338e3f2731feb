//! In which order events may come.

use std::collections::BTreeSet;

use crate::{options::BrokerAddress, proto::event::Event};

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Starting,
    Connected,
    Interrupted,
    Closed,
}

/// Each interruption is told once, resumed at most once, nothing fails that was not tried, and nothing
/// follows the end.
#[track_caller]
pub(super) fn check(events: &[Event]) {
    let mut state = State::Starting;
    let mut tried: BTreeSet<&BrokerAddress> = BTreeSet::new();
    for event in events {
        assert_ne!(state, State::Closed, "{event:?} after the end in {events:#?}");
        let expected = match event {
            Event::Connecting { broker, .. } => {
                tried.insert(broker);
                state != State::Connected
            }
            Event::Failed { broker, .. } => tried.remove(broker) && state != State::Connected,
            Event::Waiting { .. } => state != State::Connected,
            Event::Connected { broker, .. } => {
                let expected = tried.contains(broker) && state == State::Starting;
                tried.clear();
                state = State::Connected;
                expected
            }
            Event::SpareReady { broker } => {
                tried.insert(broker);
                state == State::Connected
            }
            Event::Moving { .. } | Event::Staying { .. } => state == State::Connected,
            Event::Interrupted { .. } => {
                let expected = state == State::Connected;
                state = State::Interrupted;
                expected
            }
            Event::Restoring { broker, .. } => {
                tried.contains(broker) && state == State::Interrupted
            }
            Event::Resumed { broker, .. } => {
                let expected = tried.contains(broker) && state == State::Interrupted;
                tried.clear();
                state = State::Connected;
                expected
            }
            Event::Closed { .. } => {
                state = State::Closed;
                true
            }
            _ => true,
        };
        assert!(expected, "{event:?} out of place in {events:#?}");
    }
}
