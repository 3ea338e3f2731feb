//! Messages to send.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};
use relaismq::{Message, SendOptions};

use crate::arguments::{Options, destination};
use crate::received::Received;
use crate::value::{to_bytes, to_list, to_map};

/// A message without body, and what all messages to send have in common.
#[pyclass(frozen, subclass, module = "relaismq", name = "Message")]
pub(crate) struct Outgoing {
    message: Message,
}

#[pymethods]
impl Outgoing {
    #[new]
    #[pyo3(signature = (**headers))]
    fn new(headers: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Self::with(Message::empty(), headers)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        // Bodies and properties may be confidential.
        Ok(format!("<{}>", slf.get_type().name()?))
    }
}

impl Outgoing {
    fn with(message: Message, headers: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let Some(headers) = headers else { return Ok(Self { message }) };
        let mut options = Options::new(headers);
        let message = with_headers(message, &mut options)?;
        options.finish()?;
        Ok(Self { message })
    }
}

/// A class for each kind of body.
macro_rules! kinds {
    ($($(#[$doc:meta])* $rust:ident $python:literal ($body:ident) $make:expr;)*) => { $(
        $(#[$doc])*
        #[pyclass(frozen, extends = Outgoing, module = "relaismq", name = $python)]
        pub(crate) struct $rust;

        #[pymethods]
        impl $rust {
            #[new]
            #[pyo3(signature = ($body, **headers))]
            fn new(
                $body: &Bound<'_, PyAny>,
                headers: Option<&Bound<'_, PyDict>>,
            ) -> PyResult<PyClassInitializer<Self>> {
                let base = Outgoing::with($make, headers)?;
                Ok(PyClassInitializer::from(base).add_subclass(Self))
            }
        }
    )* };
}

kinds! {
    /// Text.
    TextMessage "TextMessage" (body) Message::text(body.cast::<PyString>()?.to_str()?);
    /// Bytes.
    BytesMessage "BytesMessage" (body) Message::bytes(bytes(body)?);
    /// Named values.
    MapMessage "MapMessage" (body) Message::map(
        to_map(&dict(body, "the body")?)?
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    /// Values one after the other.
    StreamMessage "StreamMessage" (body) Message::stream(to_list(body)?);
    /// What Java's `ObjectOutputStream` wrote.
    ObjectMessage "ObjectMessage" (body) Message::object(bytes(body)?);
}

fn bytes(body: &Bound<'_, PyAny>) -> PyResult<bytes::Bytes> {
    let found = || Ok(format!("the body is bytes, not a {}", body.get_type().name()?));
    to_bytes(body)?.ok_or_else(|| found().map_or_else(|error| error, PyTypeError::new_err))
}

/// Any mapping.
fn dict<'py>(mapping: &Bound<'py, PyAny>, what: &str) -> PyResult<Bound<'py, PyDict>> {
    if let Ok(dict) = mapping.cast::<PyDict>() {
        return Ok(dict.clone());
    }
    let Ok(mapping) = mapping.cast::<PyMapping>() else {
        let found = mapping.get_type().name()?;
        let text = format!("{what}: a dict of names and values is wanted, not a {found}");
        return Err(PyTypeError::new_err(text));
    };
    PyDict::from_sequence(&mapping.items()?.into_any())
}

/// The message and how it is sent, from what a `send` was given.
pub(crate) fn outgoing(
    body: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
    defaults: &SendOptions,
) -> PyResult<(Message, SendOptions)> {
    let message = to_message(body)?;
    let Some(options) = options else { return Ok((message, defaults.clone())) };
    let mut options = Options::new(options);
    let message = with_headers(message, &mut options)?;
    let sending = send_options(&mut options, defaults.clone())?;
    options.finish()?;
    Ok((message, sending))
}

fn to_message(body: &Bound<'_, PyAny>) -> PyResult<Message> {
    if let Ok(text) = body.cast::<PyString>() {
        return Ok(Message::text(text.to_str()?));
    }
    if let Some(bytes) = to_bytes(body)? {
        return Ok(Message::bytes(bytes));
    }
    if let Ok(message) = body.cast::<Outgoing>() {
        return Ok(message.get().message.clone());
    }
    if let Ok(received) = body.cast::<Received>() {
        return Ok(Message::from(received.get().message()));
    }
    let name = body.get_type().name()?;
    let advice = if body.is_instance_of::<PyDict>() {
        "a dict can be a map message or JSON: send MapMessage({...}) for named values with JMS types, \
         or json.dumps({...}) for text"
            .to_owned()
    } else {
        format!(
            "a {name} is no body: send a str for a text message, bytes for a bytes message, or one of \
             MapMessage, StreamMessage, ObjectMessage and Message()"
        )
    };
    Err(PyTypeError::new_err(advice))
}

fn with_headers(mut message: Message, options: &mut Options<'_, '_>) -> PyResult<Message> {
    if let Some(properties) = options.take("properties")? {
        for (name, value) in to_map(&dict(&properties, "properties")?)?.iter() {
            message = message.property(name.clone(), value.clone());
        }
    }
    if let Some(id) = options.read::<String>("correlation_id")? {
        message = message.correlation_id(id);
    }
    if let Some(reply_to) = options.take("reply_to")? {
        message = message.reply_to(destination(&reply_to)?);
    }
    if let Some(name) = options.read::<String>("type")? {
        message = message.message_type(name);
    }
    if let Some(id) = options.read::<String>("group_id")? {
        message = message.group(id);
    }
    if let Some(sequence) = options.read::<i32>("group_sequence")? {
        message = message.group_sequence(sequence);
    }
    if let Some(delay) = options.duration("delay")? {
        message = message.delay(delay);
    }
    Ok(message)
}

/// How messages are sent: what is not given stays as it is.
pub(crate) fn send_options(
    options: &mut Options<'_, '_>,
    mut sending: SendOptions,
) -> PyResult<SendOptions> {
    if let Some(time) = options.duration("ttl")? {
        sending = sending.time_to_live(time);
    }
    if let Some(priority) = options.read::<u8>("priority")? {
        if priority > 9 {
            let text = format!("priority is {priority}; it is 0 to 9");
            return Err(pyo3::exceptions::PyValueError::new_err(text));
        }
        sending = sending.priority(priority);
    }
    if let Some(persistent) = options.read::<bool>("persistent")? {
        sending = sending.persistent(persistent);
    }
    if let Some(confirm) = options.read::<bool>("confirm")? {
        sending = sending.confirm(confirm);
    }
    Ok(sending)
}
