//! Looking without taking.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{Stream, StreamExt};

use super::Consumer;
use crate::error::Error;
use crate::message::Received;

/// The messages in a queue, from the front; ends when all have been seen. Nothing is taken.
#[derive(Debug)]
pub struct Browser(pub(super) Consumer);

impl Stream for Browser {
    type Item = Result<Received, Error>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Received, Error>>> {
        let next = std::task::ready!(self.0.poll_next_unpin(context));
        Poll::Ready(next.map(|delivery| delivery.map(super::Delivery::into_message)))
    }
}
