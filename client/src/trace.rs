//! Traces that go through messages.

use std::fmt;
use std::sync::Arc;

/// Where a message belongs in a trace: the `traceparent` and `tracestate` of the W3C, which messages carry as
/// properties of these names.
///
/// Applications that trace with OpenTelemetry have its propagator write and read the two texts, in Java its agent does
/// so by itself, under the same names; this crate needs none of it.
///
/// ```
/// use relaismq::{Message, TraceContext};
///
/// let context = TraceContext::new("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")?;
/// assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
/// let order = Message::text("<order id='7'/>").trace_context(&context);
/// # Ok::<(), relaismq::TraceContextError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    parent: String,
    state: Option<String>,
}

/// Why a text is no `traceparent`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no traceparent; one looks like 00-<32 hex digits>-<16 hex digits>-01, in small letters"
)]
pub struct TraceContextError(String);

/// The properties that carry it.
pub(crate) const PARENT: &str = "traceparent";
pub(crate) const STATE: &str = "tracestate";

impl TraceContext {
    /// From a `traceparent`, version 00 or a later one.
    ///
    /// # Errors
    /// [`TraceContextError`] if it is none by the rules of the W3C.
    pub fn new(parent: impl Into<String>) -> Result<Self, TraceContextError> {
        let parent = parent.into();
        if is_parent(&parent) {
            Ok(Self { parent, state: None })
        } else {
            Err(TraceContextError(parent))
        }
    }

    /// With a `tracestate`, which is carried as it is. An empty one counts as none.
    #[must_use]
    pub fn with_state(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into()).filter(|state| !state.is_empty());
        self
    }

    /// The `traceparent`.
    #[must_use]
    pub fn parent(&self) -> &str {
        &self.parent
    }

    /// The `tracestate`.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// Of the whole trace, 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        self.parent.get(3..35).unwrap_or_default()
    }

    /// Of the span that sent the message, 16 hexadecimal digits.
    #[must_use]
    pub fn span_id(&self) -> &str {
        self.parent.get(36..52).unwrap_or_default()
    }

    /// Whether the sender keeps the trace.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        let flags = self.parent.get(53..55).and_then(|it| u8::from_str_radix(it, 16).ok());
        flags.is_some_and(|flags| flags & 1 == 1)
    }
}

/// Who knows in which trace messages are sent; asked with each of them, where it is sent.
///
/// Two are equal if they are clones of one.
#[derive(Clone)]
pub struct TraceSource(Arc<dyn Fn() -> Option<TraceContext> + Send + Sync>);

impl TraceSource {
    /// Asks `current`, which must not block: it is called within each send.
    pub fn new(current: impl Fn() -> Option<TraceContext> + Send + Sync + 'static) -> Self {
        Self(Arc::new(current))
    }

    pub(crate) fn current(&self) -> Option<TraceContext> {
        (self.0)()
    }
}

impl PartialEq for TraceSource {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for TraceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TraceSource")
    }
}

/// Of version 00 nothing follows the flags; of a later one something may, behind another hyphen.
fn is_parent(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut hex = |digits: usize| {
        let is_hex = |part: &&str| {
            part.len() == digits && part.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
        };
        parts.next().filter(is_hex)
    };
    let (version, trace, span, flags) = (hex(2), hex(32), hex(16), hex(2));
    let is_set = |part: Option<&str>| part.is_some_and(|part| part.bytes().any(|it| it != b'0'));
    let ends = version != Some("00") || parts.next().is_none();
    version.is_some_and(|version| version != "ff")
        && is_set(trace)
        && is_set(span)
        && flags.is_some()
        && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_it_consists_of_can_be_read() {
        let context = TraceContext::new(GOOD).unwrap().with_state("vendor=1");
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.span_id(), "00f067aa0ba902b7");
        assert!(context.is_sampled());
        assert_eq!((context.parent(), context.state()), (GOOD, Some("vendor=1")));
        let later = TraceContext::new(format!("01{}-and-more", &GOOD[2..])).unwrap();
        assert!(later.with_state("").state().is_none());
        assert!(!TraceContext::new(GOOD.replace("-01", "-02")).unwrap().is_sampled());
    }

    #[test]
    fn what_is_no_context_by_the_rules_is_refused_with_an_example() {
        let zeros = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        let upper = GOOD.to_uppercase();
        let longer = format!("{GOOD}-");
        let wrong =
            ["", "00", "ü-", &GOOD[..54], &zeros, &upper, &longer, &GOOD.replacen("00", "ff", 1)];
        for text in wrong {
            let error = TraceContext::new(text).unwrap_err().to_string();
            assert!(error.contains("looks like 00-"), "{error}");
        }
    }
}
