//! Connections, and the places that producers and consumers are made in.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use relaismq::{
    ConnectError, ConnectionBuilder, Event, FigureKind, SendOptions, State, Statistics, Target,
};
use tokio::sync::OnceCell;

use crate::arguments::{Options, destination, duration, limit, target};
use crate::consumer::{self, Context, ack_mode};
use crate::counters::Counters;
use crate::errors::Trouble;
use crate::events::Events;
use crate::message::outgoing;
use crate::operation::{NOTHING, Operation};
use crate::policies::{redelivery, redelivery_for, tls};
use crate::process::{Home, Kept};
use crate::producer::{self, Receipt};
use crate::received::Received;
use crate::session::{Session, Transaction};
use crate::temporary::{Browser, Temporary};
use crate::tracer::{Tracer, traced};

#[pyclass(frozen, weakref, module = "relaismq._native")]
pub(crate) struct Connection {
    kept: Kept<relaismq::Connection>,
    context: Context,
    /// For sends that name their destination; opened by the first.
    anonymous: Arc<OnceCell<relaismq::Producer>>,
}

/// Connects; what the options are called is what `relaismq.connect` calls them.
#[pyfunction]
pub(crate) fn connect(
    uri: &str,
    options: &Bound<'_, PyDict>,
    asynchronous: bool,
) -> PyResult<Operation> {
    let home = Home::here()?;
    let builder = relaismq::Connection::builder(uri).runtime(home.runtime().clone());
    let (builder, tracer) = configured(builder, options)?;
    let limit = limit(options.get_item("connect_timeout")?.as_ref(), "connect_timeout")?;
    let context = Context { home: home.clone(), counters: Arc::default(), tracer, asynchronous };
    Ok(Operation::new(&home, async move {
        let began = tokio::time::Instant::now();
        let connection = builder.connect().await.map_err(|error| {
            let late = limit.is_some_and(|limit| began.elapsed() >= limit);
            match error {
                ConnectError::NoBroker(_) if late => Trouble::NoneInTime(error),
                error => error.into(),
            }
        })?;
        tokio::spawn(count(connection.events(), Arc::clone(&context.counters)));
        let kept = Kept::new(&context.home, connection);
        Ok(Connection { kept, context, anonymous: Arc::default() })
    }))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a u64")]
const fn whole(count: f64) -> u64 {
    count as u64
}

async fn count(mut events: relaismq::Events, counters: Arc<Counters>) {
    while let Some(event) = events.recv().await {
        match event {
            Event::Interrupted { .. } => counters.interrupted(),
            Event::Resumed { outage, .. } => counters.resumed(outage),
            _ => {}
        }
    }
}

fn configured(
    mut builder: ConnectionBuilder,
    options: &Bound<'_, PyDict>,
) -> PyResult<(ConnectionBuilder, Option<Arc<Tracer>>)> {
    let mut options = Options::new(options);
    let user = options.read::<String>("username")?;
    let password = options.read::<String>("password")?;
    match (user, password) {
        (Some(user), password) => {
            builder = builder.credentials(user, password.unwrap_or_default());
        }
        (None, Some(_)) => return Err(PyValueError::new_err("a password needs a username")),
        (None, None) => {}
    }
    if let Some(name) = options.read::<String>("name")? {
        builder = builder.name(name);
    }
    if let Some(id) = options.read::<String>("client_id")? {
        builder = builder.client_id(id);
    }
    let connect = options.duration("connect_timeout")?;
    builder = builder.configure(|mut options| {
        options.timeouts.connect = connect;
        options
    });
    if let Some(limit) = options.duration("send_timeout")? {
        builder = builder.send_timeout(limit);
    }
    if let Some(limit) = options.duration("request_timeout")? {
        builder = builder.request_timeout(limit);
    }
    if let Some(limit) = options.duration("close_timeout")? {
        builder = builder.close_timeout(limit);
    }
    if let Some(messages) = options.read::<u16>("prefetch")? {
        builder = builder.prefetch(messages);
    }
    if let Some(compress) = options.read::<bool>("compression")? {
        builder = builder.compression(compress);
    }
    if let Some(policy) = options.take("redelivery")? {
        builder = builder.redelivery(redelivery(&policy)?);
    }
    if let Some(policies) = options.take("redelivery_for")? {
        for (pattern, policy) in redelivery_for(&policies)? {
            builder = builder.redelivery_for(pattern, policy);
        }
    }
    if let Some(how) = options.take("tls")? {
        builder = builder.tls(tls(&how)?);
    }
    let tracer = options.take("trace_context")?.map(Tracer::new).transpose()?;
    options.finish()?;
    Ok((builder, tracer.map(Arc::new)))
}

impl Connection {
    fn get(&self, py: Python<'_>) -> PyResult<&relaismq::Connection> {
        self.kept.get().map_err(|trouble| trouble.raise(py))
    }

    fn operation<T, F>(&self, future: F) -> Operation
    where
        F: Future<Output = Result<T, Trouble>> + Send + 'static,
        T: for<'py> IntoPyObject<'py> + Send + 'static,
    {
        Operation::new(self.kept.home(), future)
    }
}

#[pymethods]
impl Connection {
    #[pyo3(signature = (to, body, options = None))]
    fn send(
        &self,
        py: Python<'_>,
        to: &Bound<'_, PyAny>,
        body: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Operation> {
        let to: Target = target(to)?;
        let (message, options) = outgoing(body, options, &SendOptions::default())?;
        let message = traced(py, message, self.context.tracer.as_deref())?;
        let (connection, counters) = (self.get(py)?.clone(), Arc::clone(&self.context.counters));
        let anonymous = Arc::clone(&self.anonymous);
        Ok(self.operation(async move {
            let open = || connection.anonymous_producer().build();
            let producer = anonymous.get_or_try_init(open).await?;
            let sent = producer.send_to_with(to, message, &options).await;
            counters.sends(sent.is_ok());
            Ok(sent.map(Receipt::from)?)
        }))
    }

    fn request(
        &self,
        py: Python<'_>,
        to: &Bound<'_, PyAny>,
        body: &Bound<'_, PyAny>,
        timeout: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Operation> {
        let (to, limit) = (target(to)?, duration(timeout, "timeout")?);
        let (message, _) = outgoing(body, Some(options), &SendOptions::default())?;
        let message = traced(py, message, self.context.tracer.as_deref())?;
        let connection = self.get(py)?.clone();
        Ok(self.operation(async move {
            Ok(Received::new(connection.request(to, message, limit).await?))
        }))
    }

    #[pyo3(signature = (to, options))]
    fn producer(
        &self,
        py: Python<'_>,
        to: Option<&Bound<'_, PyAny>>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Operation> {
        let connection = self.get(py)?;
        let builder = match to {
            Some(to) => connection.producer(target(to)?),
            None => connection.anonymous_producer(),
        };
        producer::open(&self.context, builder, options)
    }

    fn consumer(
        &self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Operation> {
        consumer::open(&self.context, self.get(py)?.consumer(target(source)?), options)
    }

    fn browser(
        &self,
        py: Python<'_>,
        queue: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Operation> {
        let builder = consumer::configured(self.get(py)?.consumer(target(queue)?), options)?;
        let home = self.kept.home().clone();
        Ok(self.operation(async move { Ok(Browser::new(&home, builder.browse().await?)) }))
    }

    fn session(&self, py: Python<'_>, ack: &str) -> PyResult<Operation> {
        let (connection, mode) = (self.get(py)?.clone(), ack_mode(ack)?);
        let context = self.context.clone();
        Ok(self
            .operation(async move { Ok(Session::new(&context, connection.session(mode).await?)) }))
    }

    fn transaction(&self, py: Python<'_>) -> PyResult<Operation> {
        let (connection, context) = (self.get(py)?.clone(), self.context.clone());
        Ok(self.operation(async move {
            Ok(Transaction::new(&context, connection.transacted_session().await?))
        }))
    }

    fn temporary(&self, py: Python<'_>, topic: bool) -> PyResult<Operation> {
        let (connection, home) = (self.get(py)?.clone(), self.kept.home().clone());
        Ok(self.operation(async move { Ok(Temporary::make(&home, &connection, topic).await?) }))
    }

    fn unsubscribe(&self, py: Python<'_>, name: String) -> PyResult<Operation> {
        let connection = self.get(py)?.clone();
        Ok(self.operation(async move { Ok(connection.unsubscribe(name).await.map(|()| NOTHING)?) }))
    }

    fn delete_destination(&self, py: Python<'_>, which: &Bound<'_, PyAny>) -> PyResult<Operation> {
        let (connection, which) = (self.get(py)?.clone(), destination(which)?);
        Ok(self.operation(async move {
            Ok(connection.delete_destination(which).await.map(|()| NOTHING)?)
        }))
    }

    fn events(&self, py: Python<'_>) -> PyResult<Events> {
        Ok(Events::new(self.kept.home(), self.get(py)?.events()))
    }

    /// What it is doing, with which broker, and why it has ended.
    fn state(&self, py: Python<'_>) -> PyResult<(&'static str, Option<String>, Option<String>)> {
        Ok(match self.get(py)?.state() {
            State::Connecting => ("connecting", None, None),
            State::Connected { broker } => ("connected", Some(broker.to_string()), None),
            State::Reconnecting => ("reconnecting", None, None),
            State::Closed { reason } => ("closed", None, reason),
            _ => ("unknown", None, None),
        })
    }

    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        for (name, count) in self.context.counters.snapshot() {
            counts.set_item(name, count)?;
        }
        Ok(counts)
    }

    /// All figures, by name; times in seconds.
    fn statistics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let connection = self.get(py)?;
        let runtime = self.kept.home().runtime();
        // The task of the connection answers at once, and never calls Python.
        let known = py.detach(|| runtime.block_on(connection.statistics()));
        let statistics = PyDict::new(py);
        for figure in Statistics::figures() {
            let value = figure.read(&known);
            match figure.kind {
                FigureKind::Seconds => statistics.set_item(figure.name, value)?,
                _ => statistics.set_item(figure.name, whole(value))?,
            }
        }
        Ok(statistics)
    }

    fn reconnect_now(&self, py: Python<'_>) -> PyResult<Operation> {
        let connection = self.get(py)?.clone();
        Ok(self.operation(async move {
            connection.reconnect_now().await;
            Ok(NOTHING)
        }))
    }

    /// True if nothing was left.
    fn drain(&self, py: Python<'_>, timeout: &Bound<'_, PyAny>) -> PyResult<Operation> {
        let connection = self.get(py)?.clone();
        let limit = duration(timeout, "timeout")?;
        Ok(self.operation(async move { Ok(connection.drain(limit).await) }))
    }

    fn close(&self, py: Python<'_>) -> PyResult<Operation> {
        let connection = self.get(py)?.clone();
        Ok(self.operation(async move {
            connection.close().await;
            Ok(NOTHING)
        }))
    }
}
