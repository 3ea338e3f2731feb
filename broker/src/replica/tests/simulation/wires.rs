//! The network between simulated brokers. Each way between two of them may be cut: what is sent then arrives when it
//! is mended, as with TCP, unless somebody has given up meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::poll_fn,
    io,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::pipe::{End, connection};
use crate::replica::network::{Carrier, Incoming, Pending, Stream};

/// From one broker to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Way {
    pub(super) const fn back(self) -> Self {
        Self { from: self.to, to: self.from }
    }
}

/// All of them.
#[derive(Clone, Default)]
pub(super) struct Wires(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    cut: BTreeSet<Way>,
    /// Who waits for something that is cut.
    stalled: Vec<Waker>,
    doors: BTreeMap<usize, UnboundedSender<(End, usize)>>,
}

impl Wires {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn cut(&self, way: Way) {
        self.state().cut.insert(way);
    }

    pub(super) fn mend(&self, way: Way) {
        let mut state = self.state();
        state.cut.remove(&way);
        state.stalled.drain(..).for_each(Waker::wake);
    }

    pub(super) fn mend_all(&self) {
        let cut: Vec<Way> = self.state().cut.iter().copied().collect();
        cut.into_iter().for_each(|way| self.mend(way));
    }

    pub(super) fn is_cut(&self, way: Way) -> bool {
        self.state().cut.contains(&way)
    }

    /// Whether nothing comes this way; whoever asks is woken when that changes.
    pub(super) fn stalls(&self, way: Way, cx: &Context<'_>) -> bool {
        let mut state = self.state();
        let is_cut = state.cut.contains(&way);
        if is_cut {
            state.stalled.push(cx.waker().clone());
        }
        is_cut
    }

    /// A broker listens from now on, until the result is dropped.
    pub(super) fn listen(&self, node: usize) -> Door {
        let (door, knocking) = unbounded_channel();
        self.state().doors.insert(node, door);
        Door(knocking)
    }

    async fn connect(&self, way: Way) -> io::Result<End> {
        poll_fn(|cx| match self.stalls(way, cx) || self.stalls(way.back(), cx) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        })
        .await;
        let (near, far) = connection(self, way);
        let state = self.state();
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let door = state.doors.get(&way.to).cloned().ok_or_else(refused)?;
        drop(state);
        door.send((far, way.from)).map_err(|_| refused())?;
        Ok(near)
    }
}

impl fmt::Debug for Wires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wires")
    }
}

/// Where a broker reaches the others from.
#[derive(Debug)]
pub(super) struct From {
    pub(super) node: usize,
    pub(super) wires: Wires,
}

impl Carrier for From {
    fn connect<'a>(&'a self, address: &'a str) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async move {
            let unknown = || io::Error::other(format!("{address:?} is nobody's address"));
            let way = Way { from: self.node, to: node_at(address).ok_or_else(unknown)? };
            Ok(Box::new(self.wires.connect(way).await?) as Box<dyn Stream>)
        })
    }
}

/// Where it is reached.
pub(super) struct Door(UnboundedReceiver<(End, usize)>);

impl Incoming for Door {
    fn accept(&mut self) -> Pending<'_, (Box<dyn Stream>, String)> {
        Box::pin(async move {
            let closed = || io::Error::other("nobody can knock any more");
            let (end, from) = self.0.recv().await.ok_or_else(closed)?;
            Ok((Box::new(end) as Box<dyn Stream>, address_of(from)))
        })
    }
}

pub(super) fn address_of(node: usize) -> String {
    format!("{node}:1")
}

fn node_at(address: &str) -> Option<usize> {
    address.strip_suffix(":1")?.parse().ok()
}
