//! The handles' end of the way to the driver.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};

use super::bell::Bell;
use super::clock;
use super::gathering::{Gathering, Slot};
use super::job::{Job, Lane};
use super::job_queue::{JobQueue, Refused};
use super::mailbox::Mailbox;
use super::ticket::{Outcome, Reply, Ticket};
use crate::message::Message;
use crate::options::ConnectOptions;
use crate::proto::event::Event;
use crate::proto::io::{Failure, Request, RequestId};
use crate::proto::statistics::Statistics;
use crate::state::State;

/// What every handle holds. When the last one is gone, the driver closes the connection.
#[derive(Debug)]
pub(crate) struct Port {
    queues: Arc<Queues>,
    bell: Arc<Bell>,
    next_request: AtomicU64,
    state: watch::Receiver<State>,
    events: broadcast::Sender<Event>,
    ending: Arc<OnceLock<Ending>>,
    /// As configured.
    pub(crate) options: ConnectOptions,
}

/// The ways to the driver.
#[derive(Debug)]
pub(super) struct Queues {
    pub(super) ordered: JobQueue,
    pub(super) urgent: JobQueue,
    /// Acknowledgements, which wait for nothing; bounded by what was delivered before.
    pub(super) acknowledgements: JobQueue,
    /// A broker has us logged in.
    pub(super) connected: AtomicBool,
}

/// The driver's ends of what a [`Port`] holds.
#[derive(Debug)]
pub(super) struct Inlet {
    pub(super) queues: Arc<Queues>,
    pub(super) bell: Arc<Bell>,
    pub(super) state: watch::Sender<State>,
    pub(super) events: broadcast::Sender<Event>,
    /// Why the connection has ended, for those who ask too late.
    pub(super) ending: Arc<OnceLock<Ending>>,
}

/// How a connection has ended.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) failure: Failure,
    pub(super) statistics: Statistics,
}

/// Events that a slow listener may be behind before it misses some.
const EVENT_CAPACITY: usize = 256;

/// The two ends.
pub(super) fn port(options: ConnectOptions) -> (Port, Inlet) {
    let (state_sender, state) = watch::channel(State::Connecting);
    let events = broadcast::Sender::new(EVENT_CAPACITY);
    let bell = Arc::new(Bell::default());
    let queue = || JobQueue::new(Arc::clone(&bell));
    let queues = Arc::new(Queues {
        ordered: queue(),
        urgent: queue(),
        acknowledgements: queue(),
        connected: AtomicBool::new(false),
    });
    let ending = Arc::default();
    let inlet = Inlet {
        queues: Arc::clone(&queues),
        bell: Arc::clone(&bell),
        state: state_sender,
        events: events.clone(),
        ending: Arc::clone(&ending),
    };
    let next_request = AtomicU64::new(1);
    (Port { queues, bell, next_request, state, events, ending, options }, inlet)
}

impl Drop for Port {
    fn drop(&mut self) {
        self.bell.desert();
    }
}

impl Port {
    /// Asks, and waits for the answer. Dropping the future takes the request back if it can be.
    pub(crate) async fn call(
        &self,
        lane: Lane,
        request: Request,
        deadline: Option<Instant>,
    ) -> Outcome {
        let ticket = self.submit(lane, request, deadline, None).await?;
        ticket.outcome(deadline).await
    }

    /// Asks; the answer is to be had from the ticket, and `window` is given back with it.
    pub(crate) async fn submit(
        &self,
        lane: Lane,
        request: Request,
        deadline: Option<Instant>,
        window: Option<OwnedSemaphorePermit>,
    ) -> Result<Ticket, Failure> {
        let (reply, ticket) = self.ticket();
        let job = Job { deadline, reply: Some(reply), window, ..Job::silent(request) };
        self.push(lane, job, deadline).await.map(|()| ticket).map_err(|(failure, _)| failure)
    }

    /// Asks, with the outcome to be `gathered` under a tag; waits only for a place in the queue.
    pub(crate) async fn gather(
        &self,
        request: Request,
        deadline: Option<Instant>,
        window: OwnedSemaphorePermit,
        (gathering, tag, message): (&Arc<Gathering>, u64, &Message),
    ) -> Result<(), Failure> {
        let id = RequestId(self.next_request.fetch_add(1, Ordering::Relaxed));
        let reply = Some(Reply::gathered(id, gathering.slot(tag, message.clone())));
        let job = Job { deadline, reply, window: Some(window), ..Job::silent(request) };
        let pushed = self.push(Lane::Ordered, job, deadline).await;
        pushed.map_err(|(failure, job)| {
            job.reply.and_then(Reply::into_slot).map(Slot::withdraw);
            failure
        })
    }

    /// Hands an acknowledgement over, without waiting for anything; the outcome is to be had from the
    /// ticket.
    pub(crate) fn acknowledge(&self, request: Request) -> Result<Ticket, Failure> {
        let (reply, mut ticket) = self.ticket();
        ticket.detach();
        let deadline = self.request_deadline();
        let job = Job { deadline, reply: Some(reply), ..Job::silent(request) };
        if self.queues.acknowledgements.push_anyway(job) { Ok(ticket) } else { Err(self.closed()) }
    }

    /// Opens a consumer that is to find its deliveries in `mailbox`.
    pub(crate) async fn open_consumer(
        &self,
        request: Request,
        mailbox: Arc<Mailbox>,
        deadline: Option<Instant>,
    ) -> Outcome {
        let (reply, ticket) = self.ticket();
        let mailbox = Some(mailbox);
        let job = Job { deadline, reply: Some(reply), mailbox, ..Job::silent(request) };
        self.push(Lane::Urgent, job, deadline).await.map_err(|(failure, _)| failure)?;
        ticket.outcome(deadline).await
    }

    /// Asks at once without wanting an answer, if a broker is there and room for so many bytes; else the
    /// request comes back.
    pub(crate) fn hand_over_now(&self, request: Request, bytes: usize) -> Result<(), Request> {
        if !self.is_connected() {
            return Err(request);
        }
        let job = Job { bytes, ..Job::silent(request) };
        self.queues.ordered.try_push(job).map_err(|refused| match refused {
            Refused::Full(job) | Refused::Closed(job) => job.request,
        })
    }

    /// Asks without wanting an answer; waits only for a place in the queue, and for room for so many
    /// bytes. The request comes back if it has neither in time.
    pub(crate) async fn hand_over(
        &self,
        request: Request,
        bytes: usize,
        deadline: Option<Instant>,
    ) -> Result<(), (Failure, Request)> {
        let job = Job { deadline, bytes, ..Job::silent(request) };
        let pushed = self.push(Lane::Ordered, job, deadline).await;
        pushed.map_err(|(failure, job)| (failure, job.request))
    }

    /// Asks without waiting at all, for use in `drop`; keeps its place behind earlier requests. Bounded by
    /// the handles that there were.
    pub(crate) fn hand_over_later(&self, request: Request) {
        // If the driver has ended meanwhile, so has what was to be closed.
        let _ = self.queues.ordered.push_anyway(Job::silent(request));
    }

    /// Tells that a close follows, so that nobody waits for a broker that is silent meanwhile.
    pub(crate) async fn leave(&self) {
        // Where the driver has ended, so has the connection.
        let _ = self.push(Lane::Urgent, Job::silent(Request::Leave), None).await;
    }

    /// Ends the connection at once, whatever waits for it, and returns when that is done.
    ///
    /// No request with an answer: that could be given up before the driver has seen it.
    pub(crate) async fn close_now(&self) {
        let mut state = self.state();
        let job = Job { deadline: Some(clock::instant()), ..Job::silent(Request::Close) };
        let closed = async {
            // Where the driver has ended, so has the connection.
            let _ = self.push(Lane::Urgent, job, None).await;
            let _ = state.wait_for(|state| matches!(state, State::Closed { .. })).await;
        };
        // The driver never waits for anybody, but its runtime may stand still.
        let _ = clock::until(clock::deadline(Some(super::FAREWELL)), closed).await;
    }

    async fn push(
        &self,
        lane: Lane,
        job: Job,
        deadline: Option<Instant>,
    ) -> Result<(), (Failure, Job)> {
        let queue = match lane {
            Lane::Ordered => &self.queues.ordered,
            Lane::Urgent => &self.queues.urgent,
        };
        let job = match queue.try_push(job) {
            Ok(()) => return Ok(()),
            Err(Refused::Closed(job)) => return Err((self.closed(), *job)),
            Err(Refused::Full(job)) => *job,
        };
        match clock::until(deadline, queue.turn(job.bytes)).await {
            Some(Some(turn)) => {
                turn.push(job);
                Ok(())
            }
            Some(None) => Err((self.closed(), job)),
            None => Err((Failure::TimedOut { maybe_done: false }, job)),
        }
    }

    fn ticket(&self) -> (Reply, Ticket) {
        let id = RequestId(self.next_request.fetch_add(1, Ordering::Relaxed));
        Ticket::new(id, Arc::clone(&self.bell))
    }

    /// What a request fails with when the driver has ended before it.
    pub(crate) fn closed(&self) -> Failure {
        let reason = match &*self.state.borrow() {
            State::Closed { reason } => reason.clone(),
            _ => None,
        };
        Failure::Closed { maybe_done: false, reason }
    }

    /// What the connection has ended with. The driver may be done before the first request reaches
    /// it, and whoever waits for the login must hear the same as if it had come in time.
    pub(crate) fn ending(&self) -> Option<Failure> {
        self.ending.get().map(|ending| ending.failure.clone())
    }

    /// What it had done by then.
    pub(crate) fn last_statistics(&self) -> Statistics {
        self.ending.get().map(|ending| ending.statistics).unwrap_or_default()
    }

    /// Where consumers leave their notes.
    pub(crate) fn bell(&self) -> Arc<Bell> {
        Arc::clone(&self.bell)
    }

    /// Follows the state of the connection.
    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// True while a broker has us logged in.
    pub(crate) fn is_connected(&self) -> bool {
        self.queues.connected.load(Ordering::Acquire)
    }

    /// Follows the events from here on.
    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}

/// Deadlines.
impl Port {
    /// Of a request other than a send.
    pub(crate) fn request_deadline(&self) -> Option<Instant> {
        clock::deadline(self.limited(self.options.timeouts.request))
    }

    /// Of a send, which may have a limit of its own.
    pub(crate) fn send_deadline(&self, limit: Option<Duration>) -> Option<Instant> {
        clock::deadline(self.limited(limit.or(self.options.timeouts.send)))
    }

    /// The failover URI's `timeout` limits the wait for a broker.
    pub(crate) fn limited(&self, limit: Option<Duration>) -> Option<Duration> {
        let waiting = self.options.reconnect.timeout.filter(|_| !self.is_connected());
        [limit, waiting].into_iter().flatten().min()
    }

    /// Waits until a broker has accepted the login.
    pub(crate) async fn connected_by(&self, deadline: Option<Instant>) -> Result<(), Failure> {
        let mut state = self.state();
        let settled =
            state.wait_for(|state| matches!(state, State::Connected { .. } | State::Closed { .. }));
        match clock::until(deadline, settled).await {
            Some(Ok(state)) if matches!(*state, State::Connected { .. }) => Ok(()),
            Some(_) => Err(self.closed()),
            None => Err(Failure::TimedOut { maybe_done: false }),
        }
    }
}
