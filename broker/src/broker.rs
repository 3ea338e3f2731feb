//! A broker as a library: configure, start, stop.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::Instant,
};

use crate::{
    config::{
        AdminConfig, BrokerConfig, Connector, NotBuilt, ServerLimits, StoreConfig, StoreOptions,
        TlsConfig,
    },
    engine::Settings,
    error::BrokerError,
    node::{self, Desk, Facts, Lines, Role, Serving, Supervisor},
    server::{Ports, Served, urls},
    store::lock::LockOptions,
};

/// Messages that a memory store takes, if nothing else is said.
const MEMORY_STORE_BYTES: u64 = 1024 * 1024 * 1024;

/// Edits a [`BrokerConfig`], and starts a [`Broker`] of it.
pub struct Builder {
    config: BrokerConfig,
    /// What the configuration's persistence comes to, or what was said instead.
    store: StoreConfig,
    store_options: StoreOptions,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.config.name)
            .field("listen", &self.config.connectors)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// The name that the broker tells its clients. Default `localhost`, as ActiveMQ's.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.config.name = name.into();
        self
    }

    /// One more address to serve. Without any: `tcp://127.0.0.1:61616`.
    #[must_use]
    pub fn listen(mut self, address: Connector) -> Self {
        self.config.connectors.push(address);
        self
    }

    /// The broker's certificate, for addresses with TLS: `ssl://127.0.0.1:61617`.
    #[must_use]
    pub fn tls(mut self, tls: TlsConfig) -> Self {
        self.config.tls = tls;
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

    /// What is done with the lock of a store that brokers share.
    #[must_use]
    pub const fn lock(mut self, options: LockOptions) -> Self {
        self.config.lock = options;
        self
    }

    /// Where it is looked after: its page, API and metrics. Default: nowhere. Without the feature `admin` nothing
    /// is served in any case.
    #[must_use]
    pub fn admin(mut self, admin: AdminConfig) -> Self {
        self.config.admin = admin;
        self
    }

    /// Bounds of the network side.
    #[must_use]
    pub const fn limits(mut self, limits: ServerLimits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Bounds and policies of queues and topics.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.config.settings = settings;
        self
    }

    /// Starts the broker, in the background, and returns at once; [`Broker::serving`] waits until it serves,
    /// and says why it does not. While another broker owns the store it is that one's slave. To be called
    /// within a tokio runtime.
    #[must_use]
    pub fn start(self) -> Broker {
        let Self { config, store, store_options } = self;
        let BrokerConfig {
            name,
            connectors: mut listen,
            tls,
            lock,
            admin,
            limits,
            mut settings,
            ..
        } = config;
        // Nothing of a memory store outlives the process.
        if store == StoreConfig::Memory {
            settings.marks = false;
            settings.store_bytes.get_or_insert(MEMORY_STORE_BYTES);
        }
        if listen.is_empty() {
            listen.push(Connector::default());
        }
        tracing::info!(name, "Using Persistence Adapter: {store}");
        let (role, roles) = watch::channel(Role::Starting);
        let (engine, engines) = watch::channel(None);
        let addresses = Arc::new(OnceLock::new());
        let facts = facts(&name, &listen, &store, settings.memory_bytes);
        let (shown, replica) = watch::channel(None);
        let desk = Desk::new(facts, roles.clone(), engines, addresses.clone(), replica);
        let admin_address = Arc::new(OnceLock::new());
        let counter = Counter { desk, config: admin, address: admin_address.clone() };
        let supervisor = Supervisor {
            mastership: node::mastership_of(
                &store,
                store_options,
                lock,
                (&name, &listen),
                &settings.prioritized,
                shown,
            ),
            serving: Serving {
                name: name.clone(),
                settings,
                limits,
                ports: Ports::new(listen, tls),
                addresses: addresses.clone(),
                engine,
            },
            role,
            on_demotion: lock.on_demotion,
            has_waited: false,
        };
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(run(supervisor, counter, stopped));
        Broker { name, roles, addresses, admin_address, stop, running }
    }
}

/// What is to be served beside the broker, whether it is the master or not.
struct Counter {
    desk: Desk,
    config: AdminConfig,
    address: Arc<OnceLock<SocketAddr>>,
}

async fn run(
    supervisor: Supervisor,
    counter: Counter,
    stop: oneshot::Receiver<()>,
) -> Result<(), BrokerError> {
    #[cfg(feature = "admin")]
    let _serving = match crate::admin::open(counter.desk, &counter.config, &counter.address).await {
        Ok(serving) => serving,
        Err(why) => {
            supervisor.role.send_replace(Role::Failed { why: why.clone() });
            return Err(why);
        }
    };
    #[cfg(not(feature = "admin"))]
    drop((counter.desk, counter.config, counter.address));
    supervisor.run(stop).await
}

fn facts(name: &str, listen: &[Connector], store: &StoreConfig, memory_limit: usize) -> Facts {
    let (store_kind, store_place) = match store {
        StoreConfig::Memory => ("memory", String::new()),
        StoreConfig::File(folder) => ("file", folder.display().to_string()),
        #[cfg(feature = "sql")]
        StoreConfig::Database(database) => ("database", database.location.to_string()),
        StoreConfig::Replicated(replicated) => {
            ("replicated", replicated.directory.display().to_string())
        }
    };
    Facts {
        name: name.to_owned(),
        listen: listen.iter().map(ToString::to_string).collect(),
        store_kind,
        store_place,
        memory_limit,
        started: Instant::now(),
    }
}

/// A broker in the background. Dropping it stops it without waiting; [`Broker::stop`] waits for the store to
/// be closed in order.
#[derive(Debug)]
pub struct Broker {
    name: String,
    roles: watch::Receiver<Role>,
    addresses: Arc<OnceLock<Vec<Served>>>,
    admin_address: Arc<OnceLock<SocketAddr>>,
    /// Dropped, it stops the broker.
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), BrokerError>>,
}

impl Broker {
    /// A broker to configure.
    pub fn builder() -> Builder {
        Builder {
            config: BrokerConfig { admin: AdminConfig::off(), ..BrokerConfig::default() },
            store: StoreConfig::default(),
            store_options: StoreOptions::default(),
        }
    }

    /// A broker as a configuration says.
    ///
    /// # Errors
    /// [`NotBuilt`] for what can be configured and not be run yet.
    pub fn configured(config: BrokerConfig) -> Result<Builder, NotBuilt> {
        let (store, store_options) = config.persistence.store()?;
        Ok(Builder { config, store, store_options })
    }

    /// The configured name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is at the moment: for whoever wants to be told of each change.
    #[must_use]
    pub fn roles(&self) -> watch::Receiver<Role> {
        self.roles.clone()
    }

    /// What it is at the moment.
    #[must_use]
    pub fn role(&self) -> Role {
        self.roles.borrow().clone()
    }

    /// Waits until it serves. Cancel-safe.
    ///
    /// # Errors
    /// [`BrokerError`] when it has ended: why.
    pub async fn serving(&self) -> Result<(), BrokerError> {
        let mut roles = self.roles.clone();
        let decided = |role: &Role| {
            matches!(role, Role::Master { .. } | Role::Stopping | Role::Failed { .. })
        };
        match roles.wait_for(decided).await.as_deref() {
            Ok(Role::Master { .. }) => Ok(()),
            Ok(Role::Failed { why }) => Err(why.clone()),
            _ => Err(BrokerError::Stopped),
        }
    }

    /// The addresses that are served, with the ports that the system chose. Empty before it has served for
    /// the first time; from then on they stay the same, also while it is a slave.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.served().iter().map(|it| it.address).collect()
    }

    fn served(&self) -> &[Served] {
        self.addresses.get().map(Vec::as_slice).unwrap_or_default()
    }

    /// Where its page, API and metrics are served, if they are; on slaves, too.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address.get().copied()
    }

    /// The addresses as a client writes them, comma-separated: `tcp://127.0.0.1:61616,ssl://127.0.0.1:61617`.
    pub fn url(&self) -> String {
        urls(self.served())
    }

    /// Stops serving, closes the store in order, cuts the clients off.
    ///
    /// # Errors
    /// [`BrokerError`] if it had ended before, or the store could not be closed in order; what was confirmed
    /// is kept anyway.
    pub async fn stop(self) -> Result<(), BrokerError> {
        Lines { name: &self.name }.is_shutting_down();
        drop(self.stop);
        match self.running.await {
            Ok(ended) => ended,
            Err(error) => Err(BrokerError::Master(error.to_string())),
        }
    }
}
