//! A broker as a library: configure, start, stop.

use std::{fmt, io, net::SocketAddr, path::Path};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tracing::info;

use crate::{
    config::{ListenAddress, ServerLimits, StoreConfig, StoreOptions, openwire_uri},
    engine::{Engine, Settings},
    error::{StartError, StopError},
    fail_point,
    server::{Clock, Ending, EngineTask, Event, Reserved},
    store::writer::{GroupLimits, StoreWriter},
    takeover,
};

/// Inputs that may wait for the engine before readers wait too. Each can be a whole read buffer, which
/// takes about twice as much when it is decoded, and as many again may be what the engine has in hand.
const ENGINE_QUEUE: usize = 32;

/// Messages that a memory store takes, if nothing else is said.
const MEMORY_STORE_BYTES: u64 = 1024 * 1024 * 1024;

/// Told the lock file.
type OnWaiting = Box<dyn FnOnce(&Path) + Send>;

/// Configures a [`Broker`].
pub struct Builder {
    name: String,
    listen: Vec<ListenAddress>,
    store: StoreConfig,
    store_options: StoreOptions,
    limits: ServerLimits,
    settings: Settings,
    on_waiting: Option<OnWaiting>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("listen", &self.listen)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// The name that the broker tells its clients. Default `localhost`, as ActiveMQ's.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// One more address to serve. Without any: `tcp://127.0.0.1:61616`.
    #[must_use]
    pub fn listen(mut self, address: ListenAddress) -> Self {
        self.listen.push(address);
        self
    }

    /// Where messages are kept. Default: durably, in `./relaismq-data`.
    #[must_use]
    pub fn store(mut self, store: StoreConfig) -> Self {
        self.store = store;
        self
    }

    /// What a file store may use, and whether it may begin anew.
    #[must_use]
    pub const fn store_options(mut self, options: StoreOptions) -> Self {
        self.store_options = options;
        self
    }

    /// Bounds of the network side.
    #[must_use]
    pub const fn limits(mut self, limits: ServerLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Bounds and policies of queues and topics.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Called once, with the lock file, if another broker owns the store and this one becomes its
    /// slave.
    #[must_use]
    pub fn on_waiting(mut self, call: impl FnOnce(&Path) + Send + 'static) -> Self {
        self.on_waiting = Some(Box::new(call));
        self
    }

    /// Starts the broker and returns when it serves. While another broker owns the store, that
    /// takes until it is gone; dropping the future gives up waiting.
    ///
    /// # Errors
    /// [`StartError`] naming the store or the address that cannot be used.
    pub async fn start(mut self) -> Result<Broker, StartError> {
        // Nothing of a memory store outlives the process.
        if self.store == StoreConfig::Memory {
            self.settings.marks = false;
            self.settings.store_bytes.get_or_insert(MEMORY_STORE_BYTES);
        }
        let listen =
            if self.listen.is_empty() { vec![ListenAddress::default()] } else { self.listen };
        let reserved = Reserved::new(listen).await.map_err(cannot_listen)?;
        let on_waiting = self.on_waiting.take();
        let waiting = |lock: &Path| {
            reserved.warn();
            if let Some(tell) = on_waiting {
                tell(lock);
            }
        };
        let mut opened = takeover::open(&self.store, self.store_options, waiting).await?;
        fail_point::reached("opened");
        let recovered = opened.store.recover()?;
        fail_point::reached("loaded");
        let listeners = reserved.listen().await.map_err(cannot_listen)?;
        let addresses = listeners.addresses();
        let clock = Clock::start();
        let mut engine = Engine::new(self.settings, &self.name, &urls(&addresses), clock.now());
        engine.restore(recovered);
        let (stored, store_events) = mpsc::unbounded_channel();
        let writer = StoreWriter::spawn(opened.store, GroupLimits::default(), move |events| {
            drop(stored.send(events));
        })
        .map_err(StartError::Thread)?;
        let (events, inputs) = mpsc::channel(ENGINE_QUEUE);
        let (end, ended) = oneshot::channel();
        tokio::spawn(EngineTask::new(engine, clock, writer).run(inputs, store_events, end));
        let mut accepting = listeners.accept(self.limits, events.clone());
        let keeper = events.clone();
        accepting.spawn(async move {
            let reason = takeover::watch(opened.held).await;
            drop(keeper.send(Event::Deposed(reason)).await);
        });
        let (name, store) = (&self.name, &self.store);
        info!(%name, %store, addresses = urls(&addresses), "broker serves");
        Ok(Broker { name: self.name, addresses, events, ended, accepting })
    }
}

/// A running broker. Dropping it stops it without waiting; [`Broker::stop`] waits for the store to
/// be closed in order.
#[derive(Debug)]
pub struct Broker {
    name: String,
    addresses: Vec<SocketAddr>,
    events: mpsc::Sender<Event>,
    ended: oneshot::Receiver<Ending>,
    accepting: JoinSet<()>,
}

impl Broker {
    /// A broker to configure.
    pub fn builder() -> Builder {
        Builder {
            name: "localhost".to_owned(),
            listen: Vec::new(),
            store: StoreConfig::default(),
            store_options: StoreOptions::default(),
            limits: ServerLimits::default(),
            settings: Settings::default(),
            on_waiting: None,
        }
    }

    /// The configured name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The addresses that are served, with the ports that the system chose.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The addresses as a client writes them, comma-separated: `tcp://127.0.0.1:61616`.
    pub fn url(&self) -> String {
        urls(&self.addresses)
    }

    /// Waits until the broker ends by itself, which it only does when its store fails. Cancel-safe.
    pub async fn failed(&mut self) -> StopError {
        match (&mut self.ended).await {
            Ok(Ending::Failed(reason)) => StopError { reason },
            Ok(Ending::Stopped) | Err(_) => StopError { reason: "the engine ended".to_owned() },
        }
    }

    /// Stops serving, cuts the clients off and closes the store in order.
    ///
    /// # Errors
    /// [`StopError`] if the store could not be closed in order; what was confirmed is kept anyway.
    pub async fn stop(mut self) -> Result<(), StopError> {
        self.accepting.abort_all();
        drop(self.events.send(Event::Shutdown).await);
        match (&mut self.ended).await {
            Ok(Ending::Stopped) => Ok(()),
            Ok(Ending::Failed(reason)) => Err(StopError { reason }),
            Err(_) => Err(StopError { reason: "the engine ended early".to_owned() }),
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // If the queue is full the engine notices the end of its readers instead.
        drop(self.events.try_send(Event::Shutdown));
    }
}

fn cannot_listen((address, source): (ListenAddress, io::Error)) -> StartError {
    StartError::Listen { address: address.to_string(), source }
}

fn urls(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(|&address| openwire_uri(address)).collect::<Vec<_>>().join(",")
}
