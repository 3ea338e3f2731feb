//! One face for both clients: send a specimen, receive a specimen.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use relaismq::{BodyKind, Connection, Destination, Message, Queue, SendOptions};
use relaismq_openwire::destination::Kind;
use relaismq_tests::peer::{self, AckMode, Body, JmsConnection, JmsMessage, JmsPeer, SOON};

use super::specimen::{Headers, Specimen};
use super::values::{named, ours, theirs};

/// A client of either make.
pub(super) enum Client {
    Ours(Connection),
    Java(JmsConnection),
}

/// What a receiver made of a message.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) id: String,
    pub(super) specimen: Specimen,
    pub(super) timestamp: i64,
    pub(super) deliveries: u32,
}

impl Client {
    pub(super) async fn ours(url: &str, compress: bool) -> Result<Self> {
        let builder = Connection::builder(url).compression(compress).connect_timeout(SOON);
        Ok(Self::Ours(builder.send_timeout(SOON).request_timeout(SOON).connect().await?))
    }

    pub(super) async fn java(peer: &JmsPeer, url: &str, compress: bool) -> Result<Self> {
        let url = format!("{url}?jms.useCompression={compress}");
        Ok(Self::Java(peer.connect(&url).await?))
    }

    pub(super) const fn is_java(&self) -> bool {
        matches!(self, Self::Java(_))
    }

    pub(super) async fn sender(&self, queue: &str) -> Result<Sender> {
        Ok(match self {
            Self::Ours(connection) => {
                Sender::Ours(connection.producer(Queue::new(queue)).build().await?)
            }
            Self::Java(connection) => {
                Sender::Java(connection.session(AckMode::Auto).await?.producer(queue).await?)
            }
        })
    }

    pub(super) async fn receiver(&self, queue: &str) -> Result<Receiver> {
        Ok(match self {
            Self::Ours(connection) => {
                Receiver::Ours(connection.consumer(Queue::new(queue)).build().await?)
            }
            Self::Java(connection) => {
                Receiver::Java(connection.session(AckMode::Auto).await?.consumer(queue).await?)
            }
        })
    }
}

pub(super) enum Sender {
    Ours(relaismq::Producer),
    Java(peer::JmsProducer),
}

impl Sender {
    /// Sends it and returns its message id.
    pub(super) async fn send(&self, specimen: &Specimen) -> Result<String> {
        let headers = &specimen.headers;
        match self {
            Self::Ours(producer) => {
                let mut options = SendOptions::default()
                    .persistent(headers.persistent)
                    .priority(headers.priority)
                    .confirm(true);
                options.time_to_live = headers.time_to_live;
                let receipt = producer.send_with(our_message(specimen)?, &options).await?;
                ensure!(receipt.confirmed(), "not confirmed");
                Ok(receipt.message_id().context("no message id")?.to_string())
            }
            Self::Java(producer) => {
                let options = peer::SendOptions {
                    non_persistent: !headers.persistent,
                    priority: Some(headers.priority),
                    time_to_live: headers.time_to_live,
                    destination: None,
                };
                Ok(producer.send_with(&java_message(specimen), &options).await?.id)
            }
        }
    }
}

pub(super) enum Receiver {
    Ours(relaismq::Consumer),
    Java(peer::JmsConsumer),
}

impl Receiver {
    pub(super) async fn receive(&mut self) -> Result<Seen> {
        match self {
            Self::Ours(consumer) => {
                let delivery = consumer.receive_timeout(SOON).await?.context("nothing came")?;
                seen_by_us(&delivery)
            }
            Self::Java(consumer) => {
                seen_by_java(consumer.receive(SOON).await?.context("nothing came")?)
            }
        }
    }
}

fn our_message(specimen: &Specimen) -> Result<Message> {
    let mut message = match &specimen.body {
        Body::None => Message::empty(),
        Body::Text(text) => Message::text(text.as_ref().context("no way to send a null text")?),
        Body::Bytes(bytes) => Message::bytes(bytes.clone()),
        Body::Map(entries) => {
            Message::map(entries.iter().map(|(name, value)| (name.as_str(), ours(value))))
        }
        Body::Stream(values) => Message::stream(values.iter().map(ours)),
        Body::Object(bytes) => Message::object(bytes.clone()),
    };
    for (name, value) in &specimen.properties {
        message = message.property(name.as_str(), ours(value));
    }
    let headers = &specimen.headers;
    if let Some(id) = &headers.correlation_id {
        message = message.correlation_id(id.as_str());
    }
    if let Some(name) = &headers.message_type {
        message = message.message_type(name.as_str());
    }
    if let Some(name) = &headers.reply_to {
        message = message.reply_to(destination(name)?);
    }
    if let Some((group, sequence)) = &headers.group {
        message = message.group(group.as_str()).group_sequence(*sequence);
    }
    Ok(message)
}

fn destination(name: &str) -> Result<Destination> {
    Destination::parse(name, Kind::Queue).with_context(|| format!("no destination: {name}"))
}

fn java_message(specimen: &Specimen) -> JmsMessage {
    let mut message = JmsMessage::new(specimen.body.clone());
    message.properties.clone_from(&specimen.properties);
    let headers = &specimen.headers;
    if let Some(id) = &headers.correlation_id {
        message = message.correlation_id(id);
    }
    if let Some(name) = &headers.message_type {
        message = message.message_type(name);
    }
    if let Some(name) = &headers.reply_to {
        message = message.reply_to(name);
    }
    if let Some((group, sequence)) = &headers.group {
        message =
            message.property("JMSXGroupID", group.as_str()).property("JMSXGroupSeq", *sequence);
    }
    message
}

fn seen_by_us(message: &relaismq::Received) -> Result<Seen> {
    let body = match message.kind() {
        BodyKind::Text => Body::Text(message.wire().body_text()?.map(|text| text.to_string())),
        BodyKind::Bytes => Body::Bytes(message.bytes()?.to_vec()),
        BodyKind::Map => Body::Map(named(&message.map()?)),
        BodyKind::Stream => Body::Stream(message.stream()?.iter().map(theirs).collect()),
        BodyKind::Object => Body::Object(message.object_bytes()?.to_vec()),
        _ => Body::None,
    };
    let millis = |time: Option<SystemTime>| -> Result<i64> {
        let Some(time) = time else { return Ok(0) };
        Ok(time.duration_since(SystemTime::UNIX_EPOCH)?.as_millis().try_into()?)
    };
    let timestamp = millis(message.timestamp())?;
    let headers = Headers {
        correlation_id: message.correlation_id().map(str::to_owned),
        message_type: message.message_type().map(str::to_owned),
        reply_to: message.reply_to().map(ToString::to_string),
        priority: message.priority(),
        persistent: message.persistent(),
        time_to_live: time_to_live(timestamp, millis(message.expiration())?)?,
        group: message.group().map(|group| (group.to_owned(), message.group_sequence())),
    };
    ensure!(message.redelivered() == (message.delivery_count() > 1), "redelivered and its count");
    Ok(Seen {
        id: message.message_id().context("no message id")?.to_string(),
        specimen: Specimen { body, properties: named(&message.properties()?), headers },
        timestamp,
        deliveries: message.delivery_count(),
    })
}

fn seen_by_java(message: peer::Received) -> Result<Seen> {
    let number = |name: &str| message.number(name).with_context(|| format!("no {name}"));
    let text = |name: &str| message.header(name).map(str::to_owned);
    let timestamp = number("timestamp")?;
    let group =
        text("group").map(|group| anyhow::Ok((group, number("group_sequence")?.try_into()?)));
    let headers = Headers {
        correlation_id: text("correlation_id"),
        message_type: text("type"),
        reply_to: text("reply_to"),
        priority: number("priority")?.try_into()?,
        persistent: number("delivery_mode")? == 2,
        time_to_live: time_to_live(timestamp, number("expiration")?)?,
        group: group.transpose()?,
    };
    let (id, deliveries) = (text("id").context("no id")?, number("delivery_count")?.try_into()?);
    ensure!(message.is_redelivered() == (deliveries > 1), "redelivered and its count");
    let mut properties = message.properties;
    // Java lists these headers among the properties.
    properties.retain(|name, _| !name.starts_with("JMSX"));
    Ok(Seen {
        id,
        specimen: Specimen { body: message.body, properties, headers },
        timestamp,
        deliveries,
    })
}

fn time_to_live(timestamp: i64, expiration: i64) -> Result<Option<Duration>> {
    if expiration == 0 {
        return Ok(None);
    }
    Ok(Some(Duration::from_millis((expiration - timestamp).try_into()?)))
}
