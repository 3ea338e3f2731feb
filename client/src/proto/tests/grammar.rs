//! In which order events may come.

use crate::proto::event::Event;

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Starting,
    Connected,
    Interrupted,
    Closed,
}

/// Each interruption is told once, resumed at most once, and nothing follows the end.
#[track_caller]
pub(super) fn check(events: &[Event]) {
    let mut state = State::Starting;
    let mut trying = false;
    for event in events {
        assert_ne!(state, State::Closed, "{event:?} after the end in {events:#?}");
        let expected = match event {
            Event::Connecting { .. } | Event::Failed { .. } | Event::Waiting { .. } => {
                let goes_on = trying == matches!(event, Event::Failed { .. });
                trying = matches!(event, Event::Connecting { .. });
                goes_on && state != State::Connected
            }
            Event::Connected { .. } => {
                (trying, state) == (std::mem::take(&mut trying), State::Starting) && {
                    state = State::Connected;
                    true
                }
            }
            Event::Interrupted { .. } => {
                state == State::Connected && {
                    state = State::Interrupted;
                    true
                }
            }
            Event::Restoring { .. } => trying && state == State::Interrupted,
            Event::Resumed { .. } => {
                std::mem::take(&mut trying) && state == State::Interrupted && {
                    state = State::Connected;
                    true
                }
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
