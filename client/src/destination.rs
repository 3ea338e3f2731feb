//! Names of destinations as an application writes them.

use relaismq_openwire::Destination;
use relaismq_openwire::destination::Kind;

use crate::options::DestinationOptions;
use crate::uri::UriError;

/// A queue by name. Each message goes to one consumer.
///
/// The name may be a composite (`a,b`), a pattern for consumers (`orders.*`, `orders.>`), and may carry
/// options: `orders?consumer.prefetchSize=1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Queue(String);

/// A topic by name. Each message goes to every subscriber. The name may be as in [`Queue`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topic(String);

impl Queue {
    /// A queue; nothing is sent to the broker, which makes queues on first use.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

impl Topic {
    /// A topic; nothing is sent to the broker, which makes topics on first use.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

/// A destination that is not looked at yet: what producers and consumers are asked for.
///
/// Made from a [`Queue`], a [`Topic`], a [`Destination`] (such as a message's `reply_to`), or text:
/// `orders`, `queue://orders`, `topic://prices?consumer.retroactive=true`. Text without prefix names
/// a queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target(Named);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Named {
    Text(Kind, String),
    Known(Destination),
}

/// Why a destination cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad destination: {0}")]
pub struct DestinationError(#[from] UriError);

impl Target {
    /// Splits name and options.
    pub(crate) fn resolve(self) -> Result<(Destination, DestinationOptions), DestinationError> {
        let (kind, text) = match self.0 {
            Named::Known(destination) => return Ok((destination, DestinationOptions::default())),
            Named::Text(kind, text) => (kind, text),
        };
        // A name that is missing or has bad options is reported by the parser of options.
        let kind = Destination::parse(&text, kind).map_or(kind, |destination| destination.kind);
        let name = text.trim().strip_prefix(kind.prefix()).unwrap_or(&text);
        let options = DestinationOptions::parse(name)?;
        Ok((Destination { kind, name: options.name.as_str().into() }, options))
    }
}

impl From<Queue> for Target {
    fn from(queue: Queue) -> Self {
        Self(Named::Text(Kind::Queue, queue.0))
    }
}

impl From<&Queue> for Target {
    fn from(queue: &Queue) -> Self {
        queue.clone().into()
    }
}

impl From<Topic> for Target {
    fn from(topic: Topic) -> Self {
        Self(Named::Text(Kind::Topic, topic.0))
    }
}

impl From<&Topic> for Target {
    fn from(topic: &Topic) -> Self {
        topic.clone().into()
    }
}

impl From<Destination> for Target {
    fn from(destination: Destination) -> Self {
        Self(Named::Known(destination))
    }
}

impl From<&Destination> for Target {
    fn from(destination: &Destination) -> Self {
        destination.clone().into()
    }
}

impl From<&str> for Target {
    fn from(text: &str) -> Self {
        Self(Named::Text(Kind::Queue, text.to_owned()))
    }
}

impl From<String> for Target {
    fn from(text: String) -> Self {
        Self(Named::Text(Kind::Queue, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_names_a_queue_unless_a_prefix_says_otherwise() {
        let resolve = |text: &str| Target::from(text).resolve().unwrap().0;
        assert_eq!(resolve("orders"), Destination::queue("orders"));
        assert_eq!(resolve(" topic://prices"), Destination::topic("prices"));
        assert_eq!(Target::from(Topic::new("a.>")).resolve().unwrap().0, Destination::topic("a.>"));
    }

    #[test]
    fn options_are_split_from_the_name() {
        let target = Target::from(Queue::new("orders?consumer.prefetchSize=1"));
        let (destination, options) = target.resolve().unwrap();
        assert_eq!(destination, Destination::queue("orders"));
        assert_eq!(options.consumer.prefetch_size, Some(1));
    }

    #[test]
    fn an_unknown_option_is_refused_with_a_hint() {
        let error = Target::from("orders?consumer.prefetchSice=1").resolve().unwrap_err();
        assert!(error.to_string().contains("consumer.prefetchSize"), "{error}");
        assert!(Target::from("queue://").resolve().is_err());
    }
}
