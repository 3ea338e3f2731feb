//! The task that owns a connection: it moves bytes between the sockets and the core, and requests,
//! answers and deliveries between the core and the handles.
//!
//! ```text
//!  handles --Job--> queues --Input--> core --Output--> links --> broker
//!     ^                                ^ |               |
//!     +---- tickets, mailboxes <-------|-+               |
//!                                      +--- Received ----+
//! ```
//!
//! One loop: work off requests as long as the core and the sockets have room, then wait for whatever
//! comes first. Nothing in it waits for a handle, so that no application can hold it up; reading goes
//! on while writing is stuck, so that no broker can either.
//!
//! | file | is |
//! |---|---|
//! | `port`, with `job`, `job_queue` | the handles' end, and the ways from there: what has gathered is taken under one lock |
//! | `ticket`, `gathering` | how one request, or many sends, hear what became of them |
//! | `mailbox`, `bell`, `reports` | what waits for a consumer, what handles leave as a note, and when the core is told |
//! | `outputs`, `parting` | what the core wants done; the end |
//! | `links`, `link`, `dial`, `tls`, `greeting`, `fault`, `faulty` | sockets: all, one, its opening, what a stranger says, why one cannot be used, one with faults on purpose |
//! | `figures`, `publishing` | what there is in figures, and whom that is told |
//! | `list_file`, `identity`, `clock` | the broker list in a file, the connection's id, the only clocks |

mod bell;
mod clock;
mod dial;
mod fault;
mod faulty;
mod figures;
mod gathering;
mod greeting;
mod identity;
mod job;
mod job_queue;
mod link;
mod links;
mod list_file;
mod mailbox;
mod outputs;
mod parting;
mod port;
#[cfg_attr(not(feature = "metrics"), path = "unpublished.rs")]
mod publishing;
mod reports;
mod ticket;
#[cfg(feature = "tls")]
mod tls;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use relaismq_openwire::Command;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;

use self::fault::Fault;
use self::job::Job;
use self::link::Progress;
use self::links::{Happening, Links};
use self::list_file::{ListFile, Reading};
use self::port::Inlet;
use self::publishing::Publisher;
use self::ticket::Reply;
use crate::options::ConnectOptions;
use crate::proto::Client;
use crate::proto::io::{ConsumerKey, Delivery, Epoch, Failure, Input, Now, Request, RequestId};

pub(crate) use self::clock::{deadline, remaining, until};
pub(crate) use self::gathering::{Gathered, Gathering};
pub(crate) use self::job::Lane;
pub(crate) use self::mailbox::{End, Mailbox, Taking};
pub(crate) use self::port::Port;
pub(crate) use self::ticket::Ticket;

/// How long a connection whose handles are all gone may take to say farewell.
const FAREWELL: Duration = Duration::from_secs(2);

/// Starts the task of a connection on a Tokio runtime; the port is the way to it.
pub(crate) fn start(options: ConnectOptions, runtime: &Handle) -> Port {
    let now = clock::now();
    let seed = RandomState::new().hash_one(now.unix_ms);
    let id = identity::connection_id(&options, seed, now);
    let core = Client::new(options.clone(), id, seed, now);
    let name = options.identity.name.as_deref();
    // Of its own: it outlives whatever is being done when it is opened.
    let span = tracing::info_span!(parent: None, "connection", name, client_id = core.client_id());
    let (port, inlet) = port::port(options);
    let driver = Driver::new(core, inlet, now, &port.options);
    runtime.spawn(driver.run().instrument(span));
    port
}

struct Driver {
    core: Client,
    inlet: Inlet,
    links: Links,
    /// Requests taken from the ordered lane that the core has no room for yet.
    backlog: VecDeque<Job>,
    /// When to look for what has waited there for too long.
    backlog_expiry: Option<Instant>,
    waiting: HashMap<RequestId, Waiting>,
    list_file: ListFile,
    /// The broker list that is being read.
    reading: Option<Reading>,
    mailboxes: BTreeMap<ConsumerKey, Arc<Mailbox>>,
    /// What goes to one of them next, and to which.
    arriving: Vec<Delivery>,
    arriving_for: ConsumerKey,
    /// To be woken when everything at hand has been worked off.
    wakers: Vec<Waker>,
    now: Now,
    /// Somebody is about to close, and the core does not know yet.
    leaving: bool,
    /// All handles are gone; when to look whether the connection can be left.
    farewell: Option<Instant>,
    /// They are, and the core knows.
    parted: bool,
    ended: bool,
    publisher: Publisher,
}

/// A request that the core has.
struct Waiting {
    reply: Reply,
    mailbox: Option<Arc<Mailbox>>,
    _window: Option<OwnedSemaphorePermit>,
}

/// What ended a wait.
enum Wake {
    Socket(Happening),
    Bell,
    List(Result<String, String>),
    Timeout,
}

impl Driver {
    fn new(core: Client, inlet: Inlet, now: Now, options: &ConnectOptions) -> Self {
        Self {
            publisher: Publisher::new(options.identity.name.as_deref()),
            core,
            inlet,
            links: Links::default(),
            backlog: VecDeque::new(),
            backlog_expiry: None,
            waiting: HashMap::new(),
            list_file: ListFile::default(),
            reading: None,
            mailboxes: BTreeMap::new(),
            arriving: Vec::new(),
            arriving_for: ConsumerKey(0),
            wakers: Vec::new(),
            now,
            leaving: false,
            farewell: None,
            parted: false,
            ended: false,
        }
    }

    async fn run(mut self) {
        self.work_off_outputs();
        while !(self.ended && self.links.is_idle()) {
            let wake = self.wait().await;
            self.now = clock::now();
            self.take_reports();
            match wake {
                Wake::Socket(happening) => self.handle_socket(happening),
                Wake::Bell => self.take_cancelled(),
                Wake::List(read) => {
                    self.reading = None;
                    self.core.handle(self.now, Input::ListRead(read));
                }
                Wake::Timeout => self.handle_timeout(),
            }
            self.work_off_outputs();
            self.work_off_urgent();
            self.work_off_backlog();
            self.pass_on_leave();
            self.look_for_handles();
            self.wakers.drain(..).for_each(Waker::wake);
            self.publish();
        }
        self.publish_the_end();
    }

    /// Waits for whatever comes first. Every branch may be dropped without loss: sockets move bytes
    /// only in the poll that completes them, a ring of the bell is kept, and a timer has no state.
    async fn wait(&mut self) -> Wake {
        let (core, links) = (self.core.poll_timeout(), self.links.poll_timeout());
        let publication = self.publisher.due();
        let timeout = [core, links, self.farewell, self.backlog_expiry, publication];
        tokio::select! {
            happening = self.links.happening(self.now.instant) => Wake::Socket(happening),
            () = self.inlet.bell.rung() => Wake::Bell,
            read = list_file::finished(&mut self.reading) => Wake::List(read),
            () = clock::reached(timeout.into_iter().flatten().min()) => Wake::Timeout,
        }
    }

    fn work_off_urgent(&mut self) {
        let mut urgent = VecDeque::new();
        self.inlet.queues.urgent.take(&mut urgent);
        if !urgent.is_empty() {
            self.take_reports();
        }
        for job in urgent {
            self.take(job);
            self.work_off_outputs();
        }
    }

    /// Feeds the core as long as it and the sockets have room.
    fn work_off_backlog(&mut self) {
        if self.backlog.is_empty() {
            self.fetch_ordered();
        }
        if !self.backlog.is_empty() {
            self.take_reports();
            // Whatever the backlog has to wait for.
            self.work_off_outputs();
        }
        while self.core.accepts_sends() && !self.links.is_congested() {
            let Some(job) = self.backlog.pop_front() else { break };
            self.take(job);
            self.work_off_outputs();
        }
        if self.backlog.is_empty() && self.inlet.queues.ordered.has_news() {
            // After a look at the sockets.
            self.inlet.bell.ring();
        }
    }

    fn fetch_ordered(&mut self) {
        self.inlet.queues.ordered.take(&mut self.backlog);
        self.backlog_expiry = self.backlog.iter().filter_map(Job::expiry).min();
    }

    /// Gathered sends that have waited too long are never sent. Others are watched over by whoever
    /// waits for them.
    fn expire_backlog(&mut self) {
        let now = self.now.instant;
        let is_late = |job: &Job| job.expiry().is_some_and(|expiry| expiry <= now);
        if self.backlog_expiry.is_none_or(|expiry| expiry > now) {
            return;
        }
        let (late, left): (VecDeque<_>, _) = self.backlog.drain(..).partition(is_late);
        self.backlog = left;
        self.backlog_expiry = self.backlog.iter().filter_map(Job::expiry).min();
        for reply in late.into_iter().filter_map(|job| job.reply) {
            // A place among gathered outcomes is always there.
            let _ = reply.answer(Err(Failure::TimedOut { maybe_done: false }));
        }
    }

    /// Hands a request to the core, unless its sender has gone meanwhile.
    fn take(&mut self, job: Job) {
        if matches!(job.request, Request::Leave) {
            return self.leave();
        }
        let Job { request, deadline, reply, mailbox, window, bytes: _ } = job;
        if reply.as_ref().is_some_and(|reply| !reply.take()) {
            return;
        }
        self.report_before(&request);
        self.forget_mailboxes(&request);
        let id = reply.as_ref().map(|reply| reply.id);
        if let Some(reply) = reply {
            self.waiting.insert(reply.id, Waiting { reply, mailbox, _window: window });
        }
        self.submit(id, request, deadline);
    }

    fn submit(&mut self, id: Option<RequestId>, request: Request, deadline: Option<Instant>) {
        self.core.handle(self.now, Input::Submit { id, request, deadline });
    }

    /// Nothing is delivered to what is being closed.
    fn forget_mailboxes(&mut self, request: &Request) {
        match request {
            Request::CloseConsumer(key) => drop(self.mailboxes.remove(key)),
            Request::CloseSession(session) => self.mailboxes.retain(|_, it| it.session != *session),
            _ => {}
        }
    }

    fn take_cancelled(&mut self) {
        for id in self.inlet.bell.take_cancelled() {
            self.waiting.remove(&id);
            self.core.handle(self.now, Input::Cancel(id));
        }
        for orphan in self.inlet.bell.take_orphans() {
            self.close_orphan(orphan);
        }
    }

    fn handle_timeout(&mut self) {
        self.core.handle_timeout(self.now);
        self.expire_backlog();
        self.part();
        if let Some(epoch) = self.links.stalled(self.now.instant) {
            self.lose(epoch, &Fault::passing("the broker takes no more bytes"));
        }
    }

    fn handle_socket(&mut self, happening: Happening) {
        match happening {
            Happening::Dialled(epoch) => self.core.handle(self.now, Input::Dialled(epoch)),
            Happening::DialFailed(epoch, fault) => {
                let input = if fault.is_lasting() { Input::Unusable } else { Input::DialFailed };
                self.core.handle(self.now, input(epoch, fault.to_string()));
            }
            Happening::Moved(epoch, Progress { read, written }) => {
                if written > 0 {
                    self.core.handle(self.now, Input::Taken(epoch));
                }
                if read > 0 {
                    self.read(epoch);
                }
            }
            Happening::Left => {}
            Happening::Broken(epoch, fault) => self.lose(epoch, &fault),
        }
    }

    /// Works off the commands that have arrived whole. Outputs come in between, because the answer
    /// to one command may change how the next one is to be read; not behind messages, which change nothing.
    fn read(&mut self, epoch: Epoch) {
        let mut heard = false;
        while let Some(link) = self.links.get(epoch) {
            match link.receive() {
                Ok(Some(command)) => {
                    heard = true;
                    let is_message = matches!(command, Command::MessageDispatch(_));
                    self.core.handle(self.now, Input::Received(epoch, command));
                    if !is_message {
                        self.work_off_outputs();
                    }
                }
                Ok(None) if heard => break,
                Ok(None) => return self.core.handle(self.now, Input::Heard(epoch)),
                Err(error) => {
                    let advice = link.foreign_protocol().map(Fault::lasting);
                    let fault = advice.unwrap_or_else(|| Fault::passing(error.to_string()));
                    return self.lose(epoch, &fault);
                }
            }
        }
    }

    fn lose(&mut self, epoch: Epoch, fault: &Fault) {
        self.links.abandon(epoch);
        let input = if fault.is_lasting() { Input::Unusable } else { Input::Lost };
        self.core.handle(self.now, input(epoch, fault.to_string()));
    }
}
