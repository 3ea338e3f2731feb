//! Opening consumers.

use std::sync::Arc;

use relaismq_openwire::Destination;

use super::delivery::Origin;
use super::{Browser, Consumer};
use crate::destination::Target;
use crate::driver::Mailbox;
use crate::error::unexpected;
use crate::error::{Cause, OperationError};
use crate::options::{ConnectOptions, ConsumerOptions, PrefetchPolicy, RedeliveryPolicy};
use crate::place::{AckMode, Place};
use crate::proto::io::{Answer, ConsumerSpec, Request, SessionMode};

/// A consumer that is about to be opened. What is set here wins over options in the destination's name
/// (`orders?consumer.prefetchSize=1`), and those over the connection's.
#[derive(Clone, Debug)]
#[must_use = "nothing happens before build()"]
pub struct ConsumerBuilder {
    place: Place,
    target: Target,
    options: ConsumerOptions,
    durable: Option<String>,
    redelivery: Option<RedeliveryPolicy>,
    confirm_acks: Option<bool>,
}

impl ConsumerBuilder {
    pub(crate) fn new(place: Place, target: Target) -> Self {
        let options = ConsumerOptions::default();
        Self { place, target, options, durable: None, redelivery: None, confirm_acks: None }
    }

    /// Which messages are wanted, in JMS's selector language: `region = 'EU' AND JMSPriority > 4`.
    /// Default: all.
    pub fn selector(self, selector: impl Into<String>) -> Self {
        Self { options: self.options.selector(Some(selector.into())), ..self }
    }

    /// Messages that the broker may send ahead, 0 to 32767. 0: each is asked for when the application
    /// wants it. Default 1000 for queues, 32767 for topics, 100 for durable subscriptions (1000 with
    /// automatic acknowledgement), or as the connection says.
    pub fn prefetch(self, messages: u16) -> Self {
        let messages = messages.min(PrefetchPolicy::MAX);
        Self { options: self.options.prefetch_size(Some(messages)), ..self }
    }

    /// When messages are acknowledged. Default [`AckMode::Auto`]. Without effect on consumers in a
    /// session, which has a mode of its own.
    pub fn ack(mut self, mode: AckMode) -> Self {
        self.place.set_mode(mode.into());
        self
    }

    /// Makes it a durable subscription to a topic, by this name: messages are kept while no consumer
    /// is there. Needs a client id on the connection.
    pub fn durable(self, name: impl Into<String>) -> Self {
        Self { durable: Some(name.into()), ..self }
    }

    /// Leaves out what this connection sends itself. Default off.
    pub fn no_local(self) -> Self {
        Self { options: self.options.no_local(Some(true)), ..self }
    }

    /// Asks to get all messages of the queue alone while it lives. Default off.
    pub fn exclusive(self) -> Self {
        Self { options: self.options.exclusive(Some(true)), ..self }
    }

    /// Asks a topic for what it kept from before. Default off.
    pub fn retroactive(self) -> Self {
        Self { options: self.options.retroactive(Some(true)), ..self }
    }

    /// Consumers of higher priority are served first, 0 to 127. Default 0.
    pub fn priority(self, priority: u8) -> Self {
        Self { options: self.options.priority(Some(priority)), ..self }
    }

    /// What happens to messages after a rollback or a failed handler. Default: the connection's for this
    /// destination ([`ConnectOptions::redelivery_by_destination`]), or for all.
    pub fn redelivery(self, policy: RedeliveryPolicy) -> Self {
        Self { redelivery: Some(policy), ..self }
    }

    /// Whether [`Delivery::ack`](crate::Delivery::ack) waits until the broker has confirmed the
    /// acknowledgement, with [`AckMode::Client`] and [`AckMode::Individual`]. Default true, unless
    /// `jms.sendAcksAsync` is on.
    ///
    /// False: acknowledgements are handed over, and nobody hears what becomes of them. One that is lost
    /// with its link makes the message come again although `ack` returned `Ok`.
    pub fn confirm_acks(self, confirm: bool) -> Self {
        Self { confirm_acks: Some(confirm), ..self }
    }

    /// Opens the consumer. Dropping the future leaves nothing open.
    ///
    /// # Errors
    /// [`OperationError`] if the destination is malformed, a durable subscription has no client id or
    /// is not one to a topic, the broker refuses (such as a malformed selector), or it takes longer
    /// than the request deadline.
    pub async fn build(self) -> Result<Consumer, OperationError> {
        self.open(false).await
    }

    /// Opens it to look at a queue without taking anything; [`Connection::browser`] does so with
    /// everything at its default.
    ///
    /// [`Connection::browser`]: crate::Connection::browser
    ///
    /// # Errors
    /// [`OperationError`] if it is no queue, or as [`build`](Self::build).
    pub async fn browse(self) -> Result<Browser, OperationError> {
        self.open(true).await.map(Browser)
    }

    /// What the broker would accept and take for something else, or refuse without saying why.
    fn check(&self, destination: &Destination, browser: bool) -> Result<(), OperationError> {
        let named = self.place.port().options.identity.client_id.as_ref();
        let queue = destination.kind.is_queue();
        let advice = match &self.durable {
            None if browser && !queue => "only queues can be browsed; open a consumer on a topic",
            Some(_) if queue => {
                "a durable subscription is one to a topic; queues keep messages anyway"
            }
            Some(name) if name.is_empty() => "a durable subscription needs a name",
            Some(_) if named.is_none() => NO_CLIENT_ID,
            _ => return Ok(()),
        };
        Err(OperationError::NotDone(Cause::Misuse(advice)))
    }

    async fn open(self, browser: bool) -> Result<Consumer, OperationError> {
        let resolved = self.target.clone().resolve();
        let (destination, named) =
            resolved.map_err(|error| OperationError::NotDone(Cause::from(error)))?;
        self.check(&destination, browser)?;
        let wanted = merged(self.options, named.consumer);
        let connection = &self.place.port().options;
        let prefetch = wanted.prefetch_size.unwrap_or_else(|| {
            prefetch(connection, self.place.mode(), &destination, self.durable.is_some(), browser)
        });
        // A browser asks for nothing, it is shown: without a window it would wait for ever.
        let prefetch = if browser { prefetch.max(1) } else { prefetch };
        let redelivery = self.redelivery.unwrap_or_else(|| {
            let of_destination = connection.redelivery_by_destination.of(&destination);
            of_destination.unwrap_or(&connection.redelivery).clone()
        });
        let spec = ConsumerSpec {
            browser,
            durable: self.durable,
            redelivery,
            confirm_acks: self.confirm_acks.unwrap_or(!connection.consumers.send_acks_async),
            ..spec(&destination, wanted, prefetch, connection)
        };
        let session = self.place.session().await?;
        let port = &session.port;
        let mailbox = Mailbox::new(session.key, port.bell(), spec.check_expiry && !browser);
        let request = Request::OpenConsumer { session: session.key, spec: Box::new(spec) };
        let deadline = port.request_deadline();
        match port.open_consumer(request, Arc::clone(&mailbox), deadline).await? {
            Answer::Consumer(key) => {
                let (at, consumer) = (session.key.0, key.0);
                tracing::debug!(session = at, consumer, %destination, prefetch, "consumer open");
                Ok(Consumer {
                    origin: Arc::new(Origin { session, key, mailbox }),
                    destination,
                    pulls: prefetch == 0 && !browser,
                    pull: None,
                })
            }
            other => Err(unexpected(&other).into()),
        }
    }
}

/// With a name made up for each connection, nobody would ever find the subscription again, and the
/// broker would keep messages for it for ever.
pub(crate) const NO_CLIENT_ID: &str = "durable subscriptions belong to a client id; give the connection one with client_id or jms.clientID";

/// The first of two settings that is there, for each.
fn merged(first: ConsumerOptions, second: ConsumerOptions) -> ConsumerOptions {
    let mut merged = first;
    merged.prefetch_size = merged.prefetch_size.or(second.prefetch_size);
    merged.exclusive = merged.exclusive.or(second.exclusive);
    merged.selector = merged.selector.or(second.selector);
    merged.no_local = merged.no_local.or(second.no_local);
    merged.priority = merged.priority.or(second.priority);
    merged.retroactive = merged.retroactive.or(second.retroactive);
    merged.dispatch_async = merged.dispatch_async.or(second.dispatch_async);
    merged.maximum_pending_message_limit =
        merged.maximum_pending_message_limit.or(second.maximum_pending_message_limit);
    merged
}

fn spec(
    destination: &Destination,
    wanted: ConsumerOptions,
    prefetch: u16,
    connection: &ConnectOptions,
) -> ConsumerSpec {
    let defaults = &connection.consumers;
    let pending = wanted
        .maximum_pending_message_limit
        .unwrap_or(connection.prefetch.maximum_pending_message_limit);
    ConsumerSpec {
        destination: destination.clone(),
        selector: wanted.selector,
        prefetch,
        maximum_pending: i32::try_from(pending).unwrap_or(i32::MAX),
        durable: None,
        browser: false,
        no_local: wanted.no_local.unwrap_or(false),
        exclusive: wanted.exclusive.unwrap_or(defaults.exclusive_consumer),
        retroactive: wanted.retroactive.unwrap_or(defaults.use_retroactive_consumer),
        dispatch_async: wanted.dispatch_async.unwrap_or(defaults.dispatch_async),
        priority: i8::try_from(wanted.priority.unwrap_or(0)).unwrap_or(i8::MAX),
        check_expiry: defaults.consumer_expiry_check_enabled,
        confirm_acks: true,
        redelivery: RedeliveryPolicy::default(),
    }
}

/// The connection's prefetch for this kind of consumer.
fn prefetch(
    connection: &ConnectOptions,
    mode: SessionMode,
    destination: &Destination,
    durable: bool,
    browser: bool,
) -> u16 {
    let policy = &connection.prefetch;
    let optimized = connection.consumers.optimized_message_dispatch
        && matches!(mode, SessionMode::Auto | SessionMode::DupsOk);
    match (destination.kind.is_queue(), durable) {
        _ if browser => policy.queue_browser_prefetch,
        (true, _) => policy.queue_prefetch,
        (false, true) if optimized => policy.optimize_durable_topic_prefetch,
        (false, true) => policy.durable_topic_prefetch,
        (false, false) => policy.topic_prefetch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_consumer_has_its_prefetch() {
        let options = ConnectOptions::default();
        let (queue, topic) = (Destination::queue("q"), Destination::topic("t"));
        let of = |mode, destination, durable, browser| {
            prefetch(&options, mode, destination, durable, browser)
        };
        assert_eq!(of(SessionMode::Auto, &queue, false, false), 1000);
        assert_eq!(of(SessionMode::Auto, &queue, false, true), 500);
        assert_eq!(of(SessionMode::Auto, &topic, false, false), 32_767);
        assert_eq!(of(SessionMode::Auto, &topic, true, false), 1000);
        assert_eq!(of(SessionMode::Individual, &topic, true, false), 100);
    }

    #[test]
    fn the_builder_wins_over_the_name_and_the_name_over_the_connection() {
        let first = ConsumerOptions::default().prefetch_size(Some(7));
        let second = ConsumerOptions::default().prefetch_size(Some(1)).priority(Some(9));
        let merged = merged(first, second);
        assert_eq!((merged.prefetch_size, merged.priority), (Some(7), Some(9)));
    }
}
