//! The sockets of a connection: dialling, in use, and on their way out.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use relaismq_openwire::{Command, EncodeError};

use super::dial::dial;
use super::fault::Fault;
use super::link::{Link, Progress, Stream};
use crate::options::{BrokerAddress, Endpoint};
use crate::proto::io::Epoch;

/// How long the last bytes of a link may take to be written, and the peer to say that it has read them.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long a link may take no bytes at all, unless its options say otherwise. Long, because a broker short of memory stops reading on
/// purpose while it still shows that it is alive; that alone is no reason to leave it.
const WRITE_STALL: Duration = Duration::from_secs(180);

type Dialling = Pin<Box<dyn Future<Output = Result<Box<dyn Stream>, Fault>> + Send>>;

/// All sockets, by epoch. There are rarely more than two.
#[derive(Default)]
pub(super) struct Links {
    dialling: Vec<Dial>,
    /// Attempts that were refused on purpose.
    refused: HashMap<BrokerAddress, u32>,
    open: Vec<OpenLink>,
    leaving: Vec<(Link, Instant)>,
}

struct Dial {
    epoch: Epoch,
    write_stall: Duration,
    stream: Dialling,
}

struct OpenLink {
    epoch: Epoch,
    link: Link,
    /// How long it may take no bytes at all.
    write_stall: Duration,
    /// When something was written last, or had to be written first.
    written: Instant,
}

/// What happened at a socket.
pub(super) enum Happening {
    /// A socket is open.
    Dialled(Epoch),
    /// It could not be opened.
    DialFailed(Epoch, Fault),
    /// Bytes were moved.
    Moved(Epoch, Progress),
    /// The link cannot be used any more.
    Broken(Epoch, Fault),
    /// A link on its way out is gone.
    Left,
}

impl Links {
    pub(super) fn dial(&mut self, epoch: Epoch, endpoint: Endpoint) {
        let write_stall = endpoint.options.so_write_timeout.unwrap_or(WRITE_STALL);
        let stream: Dialling = if self.refuses(&endpoint) {
            Box::pin(async { Err(Fault::passing("refused by mock:")) })
        } else {
            Box::pin(dial(endpoint))
        };
        self.dialling.push(Dial { epoch, write_stall, stream });
    }

    /// A test wants the first attempts to be refused.
    fn refuses(&mut self, endpoint: &Endpoint) -> bool {
        let first = endpoint.options.faults.as_ref().map_or(0, |faults| faults.refuse_first);
        if first == 0 {
            return false;
        }
        let refused = self.refused.entry(endpoint.address.clone()).or_default();
        let refuses = *refused < first;
        *refused += u32::from(refuses);
        refuses
    }

    /// The link of an epoch, if it is open.
    pub(super) fn get(&mut self, epoch: Epoch) -> Option<&mut Link> {
        self.open.iter_mut().find(|it| it.epoch == epoch).map(|it| &mut it.link)
    }

    /// Queues a command on a link; on one that is gone it is dropped.
    pub(super) fn send(
        &mut self,
        epoch: Epoch,
        command: &Command,
        now: Instant,
    ) -> Result<(), EncodeError> {
        let Some(open) = self.open.iter_mut().find(|it| it.epoch == epoch) else { return Ok(()) };
        if !open.link.has_output() {
            open.written = now;
        }
        open.link.send(command)
    }

    /// Closes a broken link at once.
    pub(super) fn abandon(&mut self, epoch: Epoch) {
        self.open.retain(|it| it.epoch != epoch);
    }

    /// Closes a link after its output is written and the peer has read it, or stops its dialling.
    pub(super) fn hang_up(&mut self, epoch: Epoch, now: Instant) {
        self.dialling.retain(|it| it.epoch != epoch);
        if let Some(place) = self.open.iter().position(|it| it.epoch == epoch) {
            let open = self.open.swap_remove(place);
            self.leaving.push((open.link, now + FAREWELL));
        }
    }

    /// Some link has so much to write that nothing more should be added.
    pub(super) fn is_congested(&self) -> bool {
        self.open.iter().any(|it| it.link.is_congested())
    }

    /// No link is on its way out.
    pub(super) fn is_idle(&self) -> bool {
        self.leaving.is_empty()
    }

    /// When to look at [`Self::stalled`] again.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let stalls = self.open.iter().filter_map(OpenLink::stalls_at);
        stalls.chain(self.leaving.iter().map(|(_, end)| *end)).min()
    }

    /// Drops links that have taken too long to leave, and names one that takes nothing.
    pub(super) fn stalled(&mut self, now: Instant) -> Option<Epoch> {
        self.leaving.retain(|(_, end)| *end > now);
        let is_stalled = |it: &&OpenLink| it.stalls_at().is_some_and(|at| at <= now);
        self.open.iter().find(is_stalled).map(|it| it.epoch)
    }

    /// Waits for something to happen at any socket. Safe to drop.
    pub(super) async fn happening(&mut self, now: Instant) -> Happening {
        poll_fn(|context| self.poll(context, now)).await
    }

    fn poll(&mut self, context: &mut Context<'_>, now: Instant) -> Poll<Happening> {
        for open in &mut self.open {
            match open.link.poll_turn(context) {
                Poll::Ready(Ok(progress)) => {
                    if progress.written > 0 {
                        open.written = now;
                    }
                    return Poll::Ready(Happening::Moved(open.epoch, progress));
                }
                Poll::Ready(Err(error)) => {
                    return Poll::Ready(Happening::Broken(open.epoch, error.into()));
                }
                Poll::Pending => {}
            }
        }
        if let Poll::Ready(happening) = self.poll_dialling(context, now) {
            return Poll::Ready(happening);
        }
        self.poll_leaving(context)
    }

    fn poll_dialling(&mut self, context: &mut Context<'_>, now: Instant) -> Poll<Happening> {
        for place in 0..self.dialling.len() {
            let Some(Dial { epoch, write_stall, stream }) = self.dialling.get_mut(place) else {
                break;
            };
            let (epoch, write_stall) = (*epoch, *write_stall);
            if let Poll::Ready(result) = stream.as_mut().poll(context) {
                drop(self.dialling.swap_remove(place));
                return Poll::Ready(match result {
                    Ok(stream) => {
                        let link = Link::new(stream);
                        self.open.push(OpenLink { epoch, link, write_stall, written: now });
                        Happening::Dialled(epoch)
                    }
                    Err(fault) => Happening::DialFailed(epoch, fault),
                });
            }
        }
        Poll::Pending
    }

    fn poll_leaving(&mut self, context: &mut Context<'_>) -> Poll<Happening> {
        for place in 0..self.leaving.len() {
            let Some((link, _)) = self.leaving.get_mut(place) else { break };
            if link.poll_leave(context).is_ready() {
                drop(self.leaving.swap_remove(place));
                return Poll::Ready(Happening::Left);
            }
        }
        Poll::Pending
    }
}

impl OpenLink {
    /// When it counts as dead; `None` while nothing waits to be written. A time too far off to be told
    /// is never reached.
    fn stalls_at(&self) -> Option<Instant> {
        self.link.has_output().then(|| self.written.checked_add(self.write_stall)).flatten()
    }
}
