//! Acknowledgements on their way.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::driver::Ticket;
use crate::error::{AckError, unexpected};
use crate::proto::io::{Answer, Failure};

/// An acknowledgement that is under way, from [`Delivery::ack`](crate::Delivery::ack).
///
/// Resolves when the broker has confirmed it (or at once where the consumer only hands its
/// acknowledgements over). It was handed over before this future existed: dropping it does not take the
/// acknowledgement back, it only means that nobody hears what became of it.
#[must_use = "it tells whether the broker has confirmed the acknowledgement"]
pub struct AckFuture(State);

enum State {
    Waiting(Ticket),
    Known(Result<(), AckError>),
}

impl AckFuture {
    pub(super) fn new(submitted: Result<Ticket, Failure>) -> Self {
        match submitted {
            Ok(ticket) => Self(State::Waiting(ticket)),
            Err(failure) => Self::known(Err(failure.into())),
        }
    }

    pub(super) const fn known(outcome: Result<(), AckError>) -> Self {
        Self(State::Known(outcome))
    }
}

impl Future for AckFuture {
    type Output = Result<(), AckError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let State::Waiting(ticket) = &mut self.0 {
            let outcome = match std::task::ready!(ticket.poll_outcome(context)) {
                Ok(Answer::Done) => Ok(()),
                Ok(other) => Err(unexpected(&other).into()),
                Err(failure) => Err(failure.into()),
            };
            self.0 = State::Known(outcome);
        }
        match &self.0 {
            State::Known(outcome) => Poll::Ready(outcome.clone()),
            State::Waiting(_) => Poll::Pending,
        }
    }
}

impl fmt::Debug for AckFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AckFuture").finish_non_exhaustive()
    }
}
