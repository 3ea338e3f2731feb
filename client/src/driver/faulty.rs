//! A socket with faults on purpose, for tests of applications.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep_until};

use super::clock;
use super::link::Stream;
use crate::options::Faults;

/// What is said of a link that is cut on purpose.
const CUT: &str = "cut by mock:";

/// Works for a while.
pub(super) struct Faulty {
    stream: Box<dyn Stream>,
    cut: Option<Pin<Box<Sleep>>>,
    stall: Option<Pin<Box<Sleep>>>,
    stalled: bool,
    /// Bytes that may still come.
    left: Option<u64>,
}

impl Faulty {
    pub(super) fn new(stream: Box<dyn Stream>, faults: &Faults) -> Self {
        let after = |time: Option<Duration>| {
            clock::deadline(time).map(|at| Box::pin(sleep_until(at.into())))
        };
        Self {
            stream,
            cut: after(faults.cut_after),
            stall: after(faults.stall_after),
            stalled: false,
            left: faults.cut_after_bytes,
        }
    }

    /// Ready while it works; never again once it stalls.
    fn poll_working(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.left == Some(0) || is_over(&mut self.cut, context) {
            self.left = Some(0);
            return Poll::Ready(Err(io::Error::other(CUT)));
        }
        self.stalled |= is_over(&mut self.stall, context);
        if self.stalled { Poll::Pending } else { Poll::Ready(Ok(())) }
    }
}

/// A timer that has ended is gone.
fn is_over(timer: &mut Option<Pin<Box<Sleep>>>, context: &mut Context<'_>) -> bool {
    let over = timer.as_mut().is_some_and(|timer| timer.as_mut().poll(context).is_ready());
    timer.take_if(|_| over);
    over
}

impl AsyncRead for Faulty {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        std::task::ready!(self.poll_working(context))?;
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if let Some(left) = &mut self.left {
            let read = u64::try_from(buffer.filled().len() - before).unwrap_or(u64::MAX);
            *left = left.saturating_sub(read);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Faulty {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        std::task::ready!(self.poll_working(context))?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
