//! Exceptions on the wire: class and message, and the trace and the cause if both sides want them.

use super::{Sink, Source, array_length, read_element_count};
use crate::{
    command::{StackElement, Throwable},
    error::{DecodeError, EncodeError},
    text::Text,
};

/// Versions whose Java marshallers cut long exception messages (and fail on null ones).
const CUTTING_VERSIONS: [u8; 2] = [1, 10];
/// Where they cut, in UTF-16 units.
const CUT_ABOVE: usize = 1024;

/// Writes the fields after the null marker.
pub(super) fn write_throwable<S: Sink>(sink: &mut S, value: &Throwable) -> Result<(), EncodeError> {
    sink.text("class", value.class.as_ref())?;
    sink.text("message", cut_message(sink.version(), value.message.clone()).as_ref())?;
    if !sink.stack_traces() {
        return Ok(());
    }
    sink.short(array_length("stackTrace", value.stack_trace.len())?);
    for element in &value.stack_trace {
        sink.text("className", element.class.as_ref())?;
        sink.text("methodName", element.method.as_ref())?;
        sink.text("fileName", element.file.as_ref())?;
        sink.int("lineNumber", element.line)?;
    }
    sink.throwable("cause", value.cause.as_deref())
}

fn cut_message(version: u8, message: Option<Text>) -> Option<Text> {
    if !CUTTING_VERSIONS.contains(&version) {
        return message;
    }
    let message = message.unwrap_or_default();
    let units: Vec<u16> = message.encode_utf16().collect();
    match units.get(..CUT_ABOVE - 3) {
        Some(kept) if units.len() > CUT_ABOVE => {
            Some(format!("{}...", String::from_utf16_lossy(kept)).into())
        }
        _ => Some(message),
    }
}

/// Reads the fields after the null marker.
pub(super) fn read_throwable<S: Source>(source: &mut S) -> Result<Throwable, DecodeError> {
    let mut value =
        Throwable { class: source.text()?, message: source.text()?, ..Throwable::default() };
    if !source.stack_traces() {
        return Ok(value);
    }
    for _ in 0..read_element_count(source)? {
        value.stack_trace.push(StackElement {
            class: source.text()?,
            method: source.text()?,
            file: source.text()?,
            line: source.int()?,
        });
    }
    value.cause = source.throwable()?.map(Box::new);
    Ok(value)
}
