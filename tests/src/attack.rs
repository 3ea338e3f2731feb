//! Peers that want much of a broker and give nothing: what must cost them more than it costs us.
//! All of it is aimed at our own broker.

use std::fmt;

use anyhow::Result;
use futures::future::{pending, try_join_all};
use relaismq_openwire::{
    BrokerId, BrokerInfo, Destination, KeepAliveInfo, Message, ProducerId, Text,
};

use crate::raw::Raw;

/// One kind of misuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Asks for signs of life and never reads one, before or after a login.
    Beats {
        /// Logs in first.
        logged_in: bool,
    },
    /// Introduces itself again and again as another broker, without a login, for each to be remembered.
    Names,
    /// Begins frames of nearly the largest size and does not end them.
    HalfFrames {
        /// Logs in first.
        logged_in: bool,
        /// Bytes of each frame that are sent.
        bytes: usize,
    },
    /// Sends messages with next to no body and long header texts, to a queue that nobody reads.
    Headers {
        /// How many.
        messages: usize,
    },
    /// Fills many queues with a little each.
    Queues {
        /// How many.
        queues: usize,
        /// Bytes in each.
        bytes: usize,
    },
    /// Consumes and never acknowledges.
    Hoards {
        /// How many consumers.
        consumers: usize,
        /// Messages of 1 KiB for each of them.
        messages: usize,
    },
}

/// Connections of those attacks that need several.
const MANY: usize = 20;
/// Bytes written at once.
const CHUNK: usize = 64 * 1024;
/// The frame limit that a broker has by default.
const LARGEST: u32 = 100 * 1024 * 1024;

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = |logged_in| if logged_in { "a client" } else { "a stranger" };
        match self {
            Self::Beats { logged_in } => {
                write!(f, "beats that want an answer, which {} never reads", who(*logged_in))
            }
            Self::Names => f.write_str("names of a stranger to be remembered"),
            Self::HalfFrames { logged_in, bytes } => {
                write!(f, "{MANY} half frames of {bytes} bytes by {}", who(*logged_in))
            }
            Self::Headers { messages } => write!(f, "{messages} messages with long header texts"),
            Self::Queues { queues, bytes } => write!(f, "{queues} queues of {bytes} bytes"),
            Self::Hoards { consumers, messages } => {
                write!(f, "{consumers} consumers that keep {messages} messages each")
            }
        }
    }
}

impl Attack {
    /// One of each, as hard as an honest client beside it must be able to bear.
    pub const ALL: [Self; 8] = [
        Self::Beats { logged_in: false },
        Self::Beats { logged_in: true },
        Self::Names,
        Self::HalfFrames { logged_in: false, bytes: 99 * 1024 * 1024 },
        Self::HalfFrames { logged_in: true, bytes: 99 * 1024 * 1024 },
        Self::Headers { messages: 3000 },
        Self::Queues { queues: 400, bytes: 1024 * 1024 },
        Self::Hoards { consumers: 10, messages: 40_000 },
    ];

    /// Goes on until it is dropped; an attacker that is cut off comes again.
    ///
    /// # Errors
    /// When it cannot even begin.
    pub async fn run(self, url: &str) -> Result<()> {
        match self {
            Self::Beats { logged_in } => {
                try_join_all((0..4).map(|number| beats(url, number, logged_in))).await.map(drop)
            }
            Self::Names => try_join_all((0..MANY).map(|_| names(url))).await.map(drop),
            Self::HalfFrames { logged_in, bytes } => {
                let halves = (0..MANY).map(|number| half_frame(url, number, logged_in, bytes));
                try_join_all(halves).await.map(drop)
            }
            Self::Headers { messages } => headers(url, messages).await,
            Self::Queues { queues, bytes } => fill_queues(url, queues, bytes).await,
            Self::Hoards { consumers, messages } => {
                let hoards = (0..consumers).map(|number| hoard(url, number, messages));
                try_join_all(hoards).await.map(drop)
            }
        }
    }
}

async fn stranger(url: &str, number: usize, logged_in: bool) -> Result<Raw> {
    match logged_in {
        true => Ok(Raw::logged_in(url, &format!("attack-{number}")).await?.0),
        false => Raw::introduced(url).await,
    }
}

async fn beats(url: &str, number: usize, logged_in: bool) -> Result<()> {
    loop {
        let mut raw = stranger(url, number, logged_in).await?;
        let beat = KeepAliveInfo { response_required: true, ..KeepAliveInfo::default() };
        let frame = raw.frame(beat)?;
        let many = frame.repeat(CHUNK / frame.len());
        while raw.write(&many).await.is_ok() {}
    }
}

async fn names(url: &str) -> Result<()> {
    loop {
        let mut raw = Raw::introduced(url).await?;
        for number in 0.. {
            let id = BrokerId::new(format!("{number:030000}"));
            let info = BrokerInfo { broker_id: Some(id), ..BrokerInfo::default() };
            if raw.send(info).await.is_err() {
                break;
            }
        }
    }
}

async fn half_frame(url: &str, number: usize, logged_in: bool, bytes: usize) -> Result<()> {
    let zeros = vec![0; CHUNK];
    loop {
        let mut raw = stranger(url, number, logged_in).await?;
        let mut open = raw.write(&LARGEST.to_be_bytes()).await.is_ok();
        for _ in 0..bytes / CHUNK {
            open = open && raw.write(&zeros).await.is_ok();
        }
        if open {
            raw.swallow().await;
        }
    }
}

fn message(producer: &ProducerId, sequence: i64, queue: &str, body: Vec<u8>) -> Message {
    Message {
        producer_id: Some(producer.clone()),
        message_id: Some(producer.message(sequence)),
        destination: Some(Destination::queue(queue)),
        ..Message::new_bytes(body)
    }
}

/// Takes what comes, for ever.
async fn listen(raw: &mut Raw) -> Result<()> {
    raw.swallow().await;
    pending().await
}

async fn headers(url: &str, messages: usize) -> Result<()> {
    let (mut raw, producer) = Raw::producer(url, "headers").await?;
    let long = Some(Text::from("h".repeat(32_000)));
    for number in 1..=messages {
        let sequence = i64::try_from(number)?;
        let message = Message {
            jms_type: long.clone(),
            correlation_id: long.clone(),
            user_id: long.clone(),
            group_id: long.clone(),
            ..message(&producer, sequence, "headers", vec![b'x'])
        };
        raw.send(message).await?;
    }
    listen(&mut raw).await
}

async fn fill_queues(url: &str, queues: usize, bytes: usize) -> Result<()> {
    let (mut raw, producer) = Raw::producer(url, "queues").await?;
    for number in 1..=queues {
        let sequence = i64::try_from(number)?;
        let message = message(&producer, sequence, &format!("attack.{number}"), vec![b'x'; bytes]);
        raw.send(message).await?;
    }
    listen(&mut raw).await
}

async fn hoard(url: &str, number: usize, messages: usize) -> Result<()> {
    let queue = format!("hoard.{number}");
    let mut consumer = Raw::consumer(url, &queue, i32::MAX).await?;
    let (mut raw, producer) = Raw::producer(url, &format!("for-{queue}")).await?;
    let producing = async {
        for sequence in 1..=i64::try_from(messages)? {
            raw.send(message(&producer, sequence, &queue, vec![b'x'; 1024])).await?;
        }
        listen(&mut raw).await
    };
    let (produced, ()) = tokio::join!(producing, consumer.swallow());
    produced
}
