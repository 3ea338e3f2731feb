//! Following what happens to a connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{BoxStream, Stream, StreamExt, unfold};
use tokio::sync::broadcast::{Receiver, error::RecvError, error::TryRecvError};

use crate::error::BrokerFailure;
use crate::proto::event::Event;

/// The events of a connection, in order. Ends after [`Event::Closed`].
///
/// A stream; [`recv`](Self::recv) does without the stream traits.
pub struct Events {
    /// `None` while the stream has it.
    receiver: Option<Receiver<Event>>,
    stream: Option<BoxStream<'static, Event>>,
}

/// What kept a connection from coming about.
#[derive(Debug, Default)]
pub(super) struct Failures {
    /// The last failure of each broker.
    pub(super) brokers: Vec<BrokerFailure>,
    /// What was wrong with the file that lists brokers.
    pub(super) list: Option<String>,
}

impl Events {
    pub(super) fn new(receiver: Receiver<Event>) -> Self {
        Self { receiver: Some(receiver), stream: None }
    }

    /// Of a connection that has ended already.
    pub(super) fn of_the_end(reason: Option<String>) -> Self {
        let end = futures::stream::iter([Event::Closed { reason }]);
        Self { receiver: None, stream: Some(end.fuse().boxed()) }
    }

    /// The next event; `None` after the last. Safe to drop.
    pub async fn recv(&mut self) -> Option<Event> {
        self.next().await
    }

    /// What has failed among the events so far.
    pub(super) fn failures(&mut self) -> Failures {
        let mut failures = Failures::default();
        let Some(receiver) = &mut self.receiver else { return failures };
        loop {
            match receiver.try_recv() {
                Ok(Event::Failed { broker, reason }) => {
                    failures.brokers.retain(|failure| failure.broker != broker);
                    failures.brokers.push(BrokerFailure { broker, reason });
                }
                Ok(Event::ListUnread { file, reason }) => {
                    failures.list = Some(format!("{}: {reason}", file.display()));
                }
                Ok(_) | Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return failures,
            }
        }
    }

    fn stream(&mut self) -> &mut BoxStream<'static, Event> {
        let receiver = self.receiver.take();
        self.stream.get_or_insert_with(|| unfold(receiver, next).fuse().boxed())
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.stream().poll_next_unpin(context)
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

async fn next(receiver: Option<Receiver<Event>>) -> Option<(Event, Option<Receiver<Event>>)> {
    let mut receiver = receiver?;
    match receiver.recv().await {
        Ok(event @ Event::Closed { .. }) => Some((event, None)),
        Ok(event) => Some((event, Some(receiver))),
        Err(RecvError::Lagged(missed)) => {
            let text = format!("this listener was too slow and missed {missed} events");
            Some((Event::Warning(text), Some(receiver)))
        }
        Err(RecvError::Closed) => None,
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast;

    use super::*;

    #[tokio::test]
    async fn a_slow_listener_is_told_what_it_missed() {
        let (sender, receiver) = broadcast::channel(2);
        let mut events = Events::new(receiver);
        for text in ["a", "b", "c"] {
            sender.send(Event::Warning(text.to_owned())).unwrap();
        }
        let Some(Event::Warning(text)) = events.recv().await else { panic!("a warning") };
        assert!(text.contains("missed 1 events"), "{text}");
        assert_eq!(events.recv().await, Some(Event::Warning("b".to_owned())));
    }

    #[tokio::test]
    async fn the_stream_ends_after_the_end_of_the_connection() {
        let (sender, receiver) = broadcast::channel(8);
        let mut events = Events::new(receiver);
        sender.send(Event::Closed { reason: None }).unwrap();
        assert_eq!(events.recv().await, Some(Event::Closed { reason: None }));
        assert_eq!(events.recv().await, None);
        assert_eq!(events.recv().await, None);
    }
}
