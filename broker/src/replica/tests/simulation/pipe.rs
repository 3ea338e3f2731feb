//! Connections between simulated brokers: bytes that arrive in order, or not yet.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::wires::{Way, Wires};

/// One end of a connection. Dropping it, or the whole broker, ends the connection.
#[derive(Debug)]
pub(super) struct End {
    reads: Arc<Pipe>,
    writes: Arc<Pipe>,
}

/// What goes one way.
#[derive(Debug)]
struct Pipe {
    way: Way,
    wires: Wires,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    /// Nobody writes any more.
    ended: bool,
    /// Nobody reads any more.
    unread: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Both ends of a new connection.
pub(super) fn connection(wires: &Wires, way: Way) -> (End, End) {
    let pipe = |way| Arc::new(Pipe { way, wires: wires.clone(), state: Mutex::default() });
    let (there, back) = (pipe(way), pipe(way.back()));
    let near = End { reads: back.clone(), writes: there.clone() };
    (near, End { reads: there, writes: back })
}

impl Pipe {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl AsyncRead for End {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let pipe = &self.reads;
        if pipe.wires.stalls(pipe.way, cx) {
            return Poll::Pending;
        }
        let mut state = pipe.state();
        if state.bytes.is_empty() && !state.ended {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = state.bytes.len().min(buffer.remaining());
        let bytes: Vec<u8> = state.bytes.drain(..count).collect();
        buffer.put_slice(&bytes);
        wake(&mut state.writer);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for End {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let pipe = &self.writes;
        let mut state = pipe.state();
        // That nobody reads is told by the other one, if anything comes through from there.
        if state.unread && !pipe.wires.is_cut(pipe.way.back()) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = bytes.len().min(MOST_BYTES.saturating_sub(state.bytes.len()));
        if count == 0 {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.bytes.extend(bytes.iter().take(count));
        wake(&mut state.reader);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut writes = self.writes.state();
        writes.ended = true;
        wake(&mut writes.reader);
        drop(writes);
        let mut reads = self.reads.state();
        reads.unread = true;
        wake(&mut reads.writer);
    }
}

/// On their way at once.
const MOST_BYTES: usize = 1 << 20;
