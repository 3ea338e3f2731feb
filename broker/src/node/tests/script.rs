//! A mastership that does what a test says, and a broker under it.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::TcpStream,
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use crate::{
    config::ServerLimits,
    engine::Settings,
    error::BrokerError,
    model::{Batch, Container, Recovered, StoreError, StoredMessage},
    node::{
        Holder, Role, Serving, Supervisor,
        mastership::{Mastership, OpenStore, Pending, Term, Waits},
    },
    server::Ports,
    store::{Store, lock::OnDemotion, memory::MemoryStore},
};

/// Longest wait for what should take a moment.
const SOON: Duration = Duration::from_secs(10);

/// What the mastership is to do next.
pub(super) enum Grant {
    /// Somebody else is the master.
    Wait(&'static str),
    /// The broker is.
    Term(u64, OpenStore),
    Refuse(BrokerError),
}

struct Script {
    grants: mpsc::UnboundedReceiver<Grant>,
    losses: mpsc::UnboundedReceiver<Result<String, BrokerError>>,
    /// Told at each release whether the store was open then.
    releases: mpsc::UnboundedSender<bool>,
    store_is_open: Arc<AtomicBool>,
}

impl Mastership for Script {
    fn acquire<'a>(&'a mut self, waits: &'a Waits<'a>) -> Pending<'a, Result<Term, BrokerError>> {
        Box::pin(async {
            loop {
                match self.grants.recv().await {
                    Some(Grant::Wait(lock)) => waits(Holder { lock: lock.to_owned(), name: None }),
                    Some(Grant::Term(number, open)) => return Ok(Term { number, open }),
                    Some(Grant::Refuse(why)) => return Err(why),
                    None => std::future::pending().await,
                }
            }
        })
    }

    fn lost(&mut self) -> Pending<'_, Result<String, BrokerError>> {
        Box::pin(async {
            match self.losses.recv().await {
                Some(loss) => loss,
                None => std::future::pending().await,
            }
        })
    }

    fn release(&mut self) -> Pending<'_, ()> {
        self.releases.send(self.store_is_open.load(Ordering::SeqCst)).unwrap();
        Box::pin(std::future::ready(()))
    }
}

/// A memory store that is seen to be open.
pub(super) struct Seen {
    store: MemoryStore,
    is_open: Arc<AtomicBool>,
}

impl Store for Seen {
    fn recover(&mut self) -> Result<Recovered, StoreError> {
        self.store.recover()
    }

    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        self.store.commit(batches)
    }

    fn page(
        &mut self,
        container: &Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredMessage>, StoreError> {
        self.store.page(container, after, max_count, max_bytes)
    }

    fn tidy(&mut self) -> Result<Option<Duration>, StoreError> {
        self.store.tidy()
    }

    fn close(&mut self) -> Result<(), StoreError> {
        self.store.close()
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        self.is_open.store(false, Ordering::SeqCst);
    }
}

/// A broker, and what decides about it.
pub(super) struct Play {
    pub(super) grants: mpsc::UnboundedSender<Grant>,
    pub(super) losses: mpsc::UnboundedSender<Result<String, BrokerError>>,
    pub(super) releases: mpsc::UnboundedReceiver<bool>,
    roles: watch::Receiver<Role>,
    addresses: Arc<OnceLock<Vec<crate::server::Served>>>,
    store_is_open: Arc<AtomicBool>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), BrokerError>>,
}

impl Play {
    pub(super) fn begin(on_demotion: OnDemotion) -> Self {
        let (grants, granted) = mpsc::unbounded_channel();
        let (losses, lost) = mpsc::unbounded_channel();
        let (released, releases) = mpsc::unbounded_channel();
        let (role, roles) = watch::channel(Role::Starting);
        let (stop, stopped) = oneshot::channel();
        let (addresses, store_is_open) =
            (Arc::new(OnceLock::new()), Arc::new(AtomicBool::new(false)));
        let mastership = Script {
            grants: granted,
            losses: lost,
            releases: released,
            store_is_open: store_is_open.clone(),
        };
        let serving = Serving {
            name: "scripted".to_owned(),
            settings: Settings::default(),
            limits: ServerLimits::default(),
            ports: Ports::new(
                vec!["tcp://127.0.0.1:0".parse().unwrap()],
                crate::config::TlsConfig::default(),
            ),
            addresses: addresses.clone(),
            engine: watch::channel(None).0,
        };
        let (mastership, has_waited) = (Box::new(mastership), false);
        let running = tokio::spawn(
            Supervisor { mastership, serving, role, on_demotion, has_waited }.run(stopped),
        );
        Self { grants, losses, releases, roles, addresses, store_is_open, stop, running }
    }

    /// Lets it be the master, with a store in memory.
    pub(super) fn grant(&self, term: u64) {
        let open = self.opener();
        self.decide(Grant::Term(term, Box::new(open)));
    }

    pub(super) fn opener(&self) -> impl FnOnce() -> Result<Box<dyn Store>, StoreError> + use<> {
        let is_open = self.store_is_open.clone();
        move || {
            is_open.store(true, Ordering::SeqCst);
            Ok(Box::new(Seen { store: MemoryStore::new(), is_open }))
        }
    }

    pub(super) fn decide(&self, grant: Grant) {
        assert!(self.grants.send(grant).is_ok(), "the broker has ended");
    }

    pub(super) fn lose(&self, why: &str) {
        self.losses.send(Ok(why.to_owned())).unwrap();
    }

    pub(super) async fn until(&mut self, wanted: impl Fn(&Role) -> bool) -> Role {
        let reached = timeout(SOON, self.roles.wait_for(wanted)).await;
        reached.expect("in time").expect("the broker lives").clone()
    }

    pub(super) async fn until_master(&mut self, wanted: u64) {
        self.until(|role| matches!(role, Role::Master { term } if *term == wanted)).await;
    }

    pub(super) async fn until_slave_of(&mut self, lock: &str) {
        self.until(|role| matches!(role, Role::Slave { of } if of.lock == lock)).await;
    }

    /// Whether the store was open at the next release.
    pub(super) async fn release(&mut self) -> bool {
        timeout(SOON, self.releases.recv()).await.expect("in time").unwrap()
    }

    pub(super) async fn client(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(self.addresses.get().expect("it has served")[0].address).await
    }

    pub(super) async fn stop(self) -> Result<(), BrokerError> {
        drop(self.stop);
        timeout(SOON, self.running).await.expect("in time").unwrap()
    }
}
