//! One term as the master: from the opening of the store to its end.

use std::{
    pin::{Pin, pin},
    sync::{Arc, OnceLock},
};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    interruption::{Interruption, Stop, interruption},
    log_lines::Lines,
    mastership::{Mastership, Term},
    role::Role,
};
use crate::{
    config::ServerLimits,
    engine::{Engine, Settings},
    error::BrokerError,
    fail_point,
    model::Recovered,
    server::{
        Accepting, Clock, Ending, EngineTask, Master, Order, Ports, Questions, Served, StoreThread,
        urls,
    },
    store::StoreError,
};

/// Inputs that may wait for the engine before readers wait too. Each can be a whole read buffer, which
/// takes about twice as much when it is decoded, and as many again may be what the engine has in hand.
const ENGINE_QUEUE: usize = 32;

/// What is the same in each term.
pub(crate) struct Serving {
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) limits: ServerLimits,
    pub(crate) ports: Ports,
    /// Known from the first term on.
    pub(crate) addresses: Arc<OnceLock<Vec<Served>>>,
    /// The way to the engine of the latest term.
    pub(crate) engine: watch::Sender<Option<Questions>>,
}

/// How a term ended. The store is closed, and but for clients that are seen off in order nothing is left.
pub(super) enum Outcome {
    /// As it was asked to, perhaps before it served.
    Stopped(Option<Accepting>),
    /// It is another broker's turn.
    Lost(String),
    /// The broker cannot go on.
    Failed(BrokerError),
}

type Ended<T> = Result<T, Outcome>;

impl Serving {
    /// Takes the addresses, and keeps them closed.
    pub(super) async fn reserve(&mut self) -> Result<(), BrokerError> {
        self.ports.reserve().await
    }

    /// What the log says of this broker.
    pub(super) fn lines(&self) -> Lines<'_> {
        Lines { name: &self.name }
    }

    /// For the log of a slave: which addresses it could not serve now.
    pub(super) fn warn(&self) {
        self.ports.warn();
    }

    /// Serves until the term is lost or the broker is to stop.
    pub(super) async fn serve(
        &mut self,
        Term { number, open }: Term,
        mastership: &mut dyn Mastership,
        role: &watch::Sender<Role>,
        stop: &mut Stop,
    ) -> Outcome {
        fail_point::reached("locked");
        self.lines().is_starting(number);
        let mut interruption = pin!(interruption(mastership, stop));
        let store = match StoreThread::open(open) {
            Ok(store) => store,
            Err(error) => return Outcome::Failed(BrokerError::Thread(Arc::new(error))),
        };
        let running = async {
            let (store, recovered) = recover(store, interruption.as_mut()).await?;
            self.begin(number, store, recovered).await.map_err(Outcome::Failed)
        };
        match running.await {
            Ok(running) => {
                role.send_replace(Role::Master { term: number });
                running.until(interruption, role).await
            }
            Err(outcome) => outcome,
        }
    }

    async fn begin(
        &mut self,
        term: u64,
        store: StoreThread,
        recovered: Recovered,
    ) -> Result<Running, BrokerError> {
        fail_point::reached("loaded");
        let listeners = match self.ports.listen().await {
            Ok(listeners) => listeners,
            Err(error) => {
                store.abandon().await;
                return Err(error);
            }
        };
        let addresses = self.addresses.get_or_init(|| listeners.addresses());
        let (clock, name, url) = (Clock::start(), &self.name, urls(addresses));
        let mut engine = Engine::new(self.settings.clone(), name, &url, clock.now());
        engine.restore(recovered);
        let (events, inputs) = mpsc::channel(ENGINE_QUEUE);
        self.engine.send_replace(Some(Questions::new(&events)));
        let ((order, orders), (end, ended)) = (oneshot::channel(), oneshot::channel());
        tokio::spawn(EngineTask::new(engine, clock, store).run(inputs, orders, end));
        self.lines().started(term, &url);
        let master = Master { name: name.clone(), term };
        let accepting = listeners.accept(self.limits, events, master);
        Ok(Running { order, ended, accepting })
    }
}

/// Waits until the store is open.
async fn recover(
    mut store: StoreThread,
    interruption: Pin<&mut impl Future<Output = Interruption>>,
) -> Ended<(StoreThread, Recovered)> {
    let interruption = tokio::select! {
        recovered = store.recovered() => return match recovered {
            Ok(recovered) => Ok((store, recovered)),
            Err(error) => Err(not_opened(error)),
        },
        interruption = interruption => interruption,
    };
    Err(match interruption {
        Interruption::Stop => match store.close().await {
            Ok(()) => Outcome::Stopped(None),
            Err(error) => not_opened(error),
        },
        Interruption::Lost(why) => {
            store.abandon().await;
            Outcome::Lost(why)
        }
        Interruption::Ended(why) => {
            store.abandon().await;
            Outcome::Failed(why)
        }
    })
}

fn not_opened(error: Arc<StoreError>) -> Outcome {
    match &*error {
        StoreError::Fenced { .. } => Outcome::Lost(error.to_string()),
        _ => Outcome::Failed(BrokerError::Store(error)),
    }
}

/// What serves.
struct Running {
    order: oneshot::Sender<Order>,
    ended: oneshot::Receiver<Ending>,
    accepting: Accepting,
}

impl Running {
    async fn until(
        mut self,
        interruption: Pin<&mut impl Future<Output = Interruption>>,
        role: &watch::Sender<Role>,
    ) -> Outcome {
        let interruption = tokio::select! {
            ending = &mut self.ended => return self.fell(ending.unwrap_or(Ending::Gone)).await,
            interruption = interruption => interruption,
        };
        match interruption {
            Interruption::Stop => {
                role.send_replace(Role::Stopping);
                self.stop().await
            }
            Interruption::Lost(why) => {
                self.give_up(role).await;
                Outcome::Lost(why)
            }
            Interruption::Ended(why) => {
                self.give_up(role).await;
                Outcome::Failed(why)
            }
        }
    }

    /// In order: what was asked before is done, and nothing more is asked.
    async fn stop(self) -> Outcome {
        self.accepting.close_ports();
        drop(self.order.send(Order::Stop));
        match self.ended.await.unwrap_or(Ending::Gone) {
            Ending::Stopped => Outcome::Stopped(Some(self.accepting)),
            other => Outcome::Failed(BrokerError::Master(other.to_string())),
        }
    }

    /// Nothing is dispatched, clients are cut off without an answer, what would have been confirmed is not,
    /// ports are closed. Then the store is left as it is.
    async fn give_up(self, role: &watch::Sender<Role>) {
        role.send_replace(Role::Starting);
        drop(self.order.send(Order::GiveUp));
        self.accepting.cut().await;
        drop(self.ended.await);
    }

    /// The engine has ended, and with it the store.
    async fn fell(self, ending: Ending) -> Outcome {
        self.accepting.cut().await;
        match ending {
            Ending::Lost(why) => Outcome::Lost(why),
            other => Outcome::Failed(BrokerError::Master(other.to_string())),
        }
    }
}
