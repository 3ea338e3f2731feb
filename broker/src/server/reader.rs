//! The reading half of a connection.

use std::{fmt, sync::Arc, time::Duration};

use bytes::BytesMut;
use relaismq_openwire::{Command, DecodeError, Decoder, KeepAliveInfo};
use tokio::{
    io::AsyncReadExt,
    net::tcp::OwnedReadHalf,
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::{
    engine_task::Event,
    outbox::{Gate, Outbox},
};
use crate::engine::io::{Input, Link};

/// Room made before each read.
const READ_BYTES: usize = 64 * 1024;

/// Why reading ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The peer closed its side.
    PeerClosed,
    /// The socket failed.
    Io(std::io::Error),
    /// Bytes that are no frame.
    Fault(DecodeError),
    /// Nothing was heard for too long.
    Silent(Duration),
    /// The engine wanted the connection closed.
    HungUp,
    /// The broker stops.
    BrokerStops,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PeerClosed => f.write_str("closed by the client"),
            Self::Io(error) => write!(f, "{error}"),
            Self::Fault(error) => write!(f, "{error}"),
            Self::Silent(time) => write!(f, "nothing heard for {time:?}"),
            Self::HungUp => f.write_str("closed by the broker"),
            Self::BrokerStops => f.write_str("the broker stops"),
        }
    }
}

pub(crate) struct Reader {
    pub(crate) socket: OwnedReadHalf,
    pub(crate) decoder: Decoder,
    pub(crate) buffer: BytesMut,
    pub(crate) gate: Arc<Gate>,
    pub(crate) outbox: Outbox,
    pub(crate) link: Link,
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) inactivity: Duration,
    pub(crate) initial_delay: Duration,
    pub(crate) max_outbound_bytes: usize,
}

impl Reader {
    pub(crate) async fn run(mut self) -> End {
        let mut heard = true;
        let mut check = Check::new(self.inactivity, self.initial_delay);
        loop {
            if let Err(end) = self.deliver().await {
                return end;
            }
            self.gate.open(self.max_outbound_bytes).await;
            self.buffer.reserve(READ_BYTES);
            // Both arms are cancel-safe: a read that is not chosen has taken nothing.
            tokio::select! {
                read = self.socket.read_buf(&mut self.buffer) => match read {
                    Ok(0) => return End::PeerClosed,
                    Ok(_) => heard = true,
                    Err(error) => return End::Io(error),
                },
                () = check.due() => {
                    if !std::mem::take(&mut heard) {
                        return End::Silent(self.inactivity);
                    }
                }
            }
        }
    }

    /// Hands every whole frame in the buffer to the engine.
    async fn deliver(&mut self) -> Result<(), End> {
        let mut commands = Vec::new();
        let decoded = loop {
            match self.decoder.decode(&mut self.buffer) {
                Ok(Some(Command::KeepAliveInfo(beat))) => self.answer(&beat),
                Ok(Some(command)) => commands.push(command),
                Ok(None) => break Ok(()),
                Err(error) => break Err(End::Fault(error)),
            }
        };
        if !commands.is_empty() {
            let received = Event::Input(Input::Received { link: self.link, commands });
            self.events.send(received).await.map_err(|_| End::BrokerStops)?;
        }
        decoded
    }

    /// A beat that wants a response gets a beat back, not a `Response`.
    fn answer(&self, beat: &KeepAliveInfo) {
        if beat.response_required {
            let answer = KeepAliveInfo { response_required: false, ..beat.clone() };
            self.outbox.send(vec![answer.into()], 0);
        }
    }
}

/// The regular look at whether the peer is alive.
struct Check(Option<tokio::time::Interval>);

impl Check {
    fn new(every: Duration, initial_delay: Duration) -> Self {
        if every.is_zero() {
            return Self(None);
        }
        let mut interval = interval_at(Instant::now() + initial_delay + every, every);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(Some(interval))
    }

    async fn due(&mut self) {
        match &mut self.0 {
            Some(interval) => drop(interval.tick().await),
            None => std::future::pending().await,
        }
    }
}
