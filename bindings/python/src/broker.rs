//! The broker, inside this process, for tests of applications.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use relaismq::blocking::Background;
use relaismq_broker::StoreConfig;
use tokio::net::TcpSocket;

use crate::errors::Trouble;
use crate::relay::Relay;

/// How long what a killed broker leaves may take to end.
const ENDING: Duration = Duration::from_secs(5);

/// A broker that can be started, stopped and killed again and again on one address.
#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Broker {
    store: StoreConfig,
    port: u16,
    running: Mutex<Option<Running>>,
    /// Bound and not listening: while no broker runs, nobody else gets the port.
    _reserved: TcpSocket,
}

/// On a runtime of its own, which dies with it.
struct Running {
    background: Background,
    broker: relaismq_broker::Broker,
    relay: Relay,
}

#[pymethods]
impl Broker {
    /// `store`: `memory` or `file:DIR`.
    #[new]
    fn new(py: Python<'_>, store: &str) -> PyResult<Self> {
        let store = store.parse().map_err(|error| trouble(py, &error))?;
        let reserved = TcpSocket::new_v4()?;
        reserved.set_reuseaddr(true)?;
        reserved.bind(([127, 0, 0, 1], 0).into())?;
        let port = reserved.local_addr()?.port();
        Ok(Self { store, port, running: Mutex::default(), _reserved: reserved })
    }

    #[getter]
    const fn port(&self) -> u16 {
        self.port
    }

    #[getter]
    fn is_running(&self) -> bool {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Does nothing if it runs.
    fn start(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.begin()).map_err(|trouble| trouble.raise(py))
    }

    /// In order.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        let Some(Running { background, broker, .. }) = self.take() else { return Ok(()) };
        let stopped = py.detach(|| {
            let stopped = background.wait(broker.stop());
            background.stop(ENDING);
            stopped
        });
        stopped.map_err(|error| trouble(py, &error))
    }

    /// At once: clients are cut off, nothing is said, done or written any more.
    fn kill(&self, py: Python<'_>) {
        if let Some(Running { background, broker, .. }) = self.take() {
            py.detach(|| {
                background.stop(ENDING);
                drop(broker);
            });
        }
    }

    fn cut(&self, py: Python<'_>) -> PyResult<()> {
        self.relay(py, Relay::cut)
    }

    fn stall(&self, py: Python<'_>) -> PyResult<()> {
        self.relay(py, |relay| relay.stall(true))
    }

    fn resume(&self, py: Python<'_>) -> PyResult<()> {
        self.relay(py, |relay| relay.stall(false))
    }

    fn drop_reply(&self, py: Python<'_>) -> PyResult<()> {
        self.relay(py, Relay::drop_reply)
    }
}

impl Broker {
    fn relay(&self, py: Python<'_>, fault: impl FnOnce(&Relay)) -> PyResult<()> {
        match &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(running) => {
                fault(&running.relay);
                Ok(())
            }
            None => Err(trouble(py, &"the broker does not run: start it first")),
        }
    }

    fn begin(&self) -> Result<(), Trouble> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            return Ok(());
        }
        let failed = |error: &dyn ToString| Trouble::Broker(error.to_string());
        // Clients come by the relay, which has the port that they know.
        let address = "tcp://127.0.0.1:0"
            .parse()
            .map_err(|error: relaismq_broker::ConfigError| failed(&error))?;
        let background = Background::new().map_err(|error| failed(&error))?;
        let builder = relaismq_broker::Broker::builder().listen(address).store(self.store.clone());
        let serving = async {
            let broker = builder.start();
            broker.serving().await.map(|()| broker)
        };
        let broker = background.wait(serving).map_err(|error| failed(&error))?;
        let own = broker.addresses().first().copied();
        let own = own.ok_or_else(|| failed(&"it listens nowhere"))?;
        let relay =
            background.wait(Relay::start(self.port, own)).map_err(|error| failed(&error))?;
        *running = Some(Running { background, broker, relay });
        Ok(())
    }

    fn take(&self) -> Option<Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn trouble(py: Python<'_>, error: &dyn ToString) -> PyErr {
    Trouble::Broker(error.to_string()).raise(py)
}
