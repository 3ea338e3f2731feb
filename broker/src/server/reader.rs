//! The reading half of a connection.

use std::{fmt, io::ErrorKind, sync::Arc, time::Duration};

use bytes::BytesMut;
use relaismq_openwire::{Command, DecodeError, Decoder, KeepAliveInfo, Limits};
use tokio::{io::AsyncReadExt, sync::mpsc, time::Instant};

use super::{
    engine_task::{Event, Received},
    outbox::{Gate, Outbox},
    silence::{Silence, Verdict},
    stream::Incoming,
    unfinished::{self, Growing, Place, Unfinished},
};
use crate::engine::io::{Link, Parting};

/// Room made before each read.
const READ_BYTES: usize = 64 * 1024;
/// A buffer that has become larger than this is not kept.
const KEPT_BYTES: usize = 4 * READ_BYTES;

/// What somebody may send who has not logged in: the commands before a login are a few hundred bytes.
pub(crate) const STRANGER: Limits = Limits {
    max_frame_bytes: 64 * 1024,
    max_inflated_bytes: 0,
    max_nesting: 8,
    max_elements: 1024,
    max_cached_bytes: 64 * 1024,
};

/// Why reading ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The peer closed its side.
    PeerClosed,
    /// The socket failed.
    Io(std::io::Error),
    /// Bytes that are no frame.
    Fault(DecodeError),
    /// Nothing was heard for too long, not even when asked.
    Silent(Duration),
    /// A large frame came too slowly while others waited.
    Slow,
    /// The engine wanted the connection closed, or nothing can be written to it.
    HungUp(Parting),
    /// The broker stops.
    BrokerStops,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PeerClosed => f.write_str("closed by the client"),
            Self::Io(error) => write!(f, "{error}"),
            Self::Fault(error) => write!(f, "unreadable frame: {error}"),
            Self::Silent(time) => {
                write!(f, "nothing heard for {time:?}, and then no answer for as long")
            }
            Self::Slow => f.write_str("a large frame came too slowly while others waited for room"),
            Self::HungUp(parting) => write!(f, "{parting}"),
            Self::BrokerStops => f.write_str("the broker stops"),
        }
    }
}

impl End {
    /// Whose doing it was.
    pub(crate) fn parting(&self) -> Parting {
        match self {
            Self::HungUp(parting) => parting.clone(),
            Self::PeerClosed | Self::Io(_) => Parting::Lost(self.to_string()),
            Self::Fault(_) | Self::Silent(_) | Self::Slow | Self::BrokerStops => {
                Parting::CutOff(self.to_string())
            }
        }
    }
}

pub(crate) struct Reader {
    pub(crate) socket: Incoming,
    pub(crate) decoder: Decoder,
    /// For whoever has logged in.
    pub(crate) limits: Limits,
    pub(crate) buffer: BytesMut,
    pub(crate) gate: Arc<Gate>,
    pub(crate) outbox: Outbox,
    pub(crate) link: Link,
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) unfinished: Arc<Unfinished>,
    pub(crate) inactivity: Duration,
    pub(crate) initial_delay: Duration,
}

/// Where the reader is with its peer.
struct Progress {
    silence: Silence,
    /// What it may send is no longer a stranger's.
    admitted: bool,
    /// The large frame that is being read.
    growing: Option<Growing>,
}

/// Why nothing more is decoded.
enum Pause {
    /// There is no whole frame, or the gate is closed.
    Nothing,
    /// Whether what follows is a stranger's is for the engine to say.
    Login,
}

impl Reader {
    pub(crate) async fn run(mut self) -> End {
        match self.read().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn read(&mut self) -> Result<std::convert::Infallible, End> {
        let silence = Silence::new(Instant::now(), self.inactivity, self.initial_delay);
        let mut at = Progress { silence, admitted: false, growing: None };
        loop {
            self.deliver(&mut at).await?;
            if !self.gate.is_open() {
                self.gate.open().await;
                at.silence.broken();
                continue;
            }
            self.make_room(&mut at).await;
            self.read_some(&mut at).await?;
        }
    }

    /// Hands every whole frame in the buffer to the engine, as long as the gate is open.
    async fn deliver(&mut self, at: &mut Progress) -> Result<(), End> {
        loop {
            let mut commands = Vec::new();
            let decoded = self.decode(&mut commands, at.admitted);
            let place = at.growing.take_if(|_| !commands.is_empty()).map(Growing::finish);
            self.hand_over(commands, place, at).await?;
            match decoded.map_err(End::Fault)? {
                Pause::Nothing => return Ok(()),
                Pause::Login => self.admission(at).await,
            }
        }
    }

    fn decode(
        &mut self,
        commands: &mut Vec<Command>,
        admitted: bool,
    ) -> Result<Pause, DecodeError> {
        while self.gate.is_open() {
            match self.decoder.decode(&mut self.buffer)? {
                Some(Command::KeepAliveInfo(beat)) => self.answer(&beat),
                Some(login @ Command::ConnectionInfo(_)) if !admitted => {
                    commands.push(login);
                    return Ok(Pause::Login);
                }
                Some(command) => commands.push(command),
                None => break,
            }
        }
        Ok(Pause::Nothing)
    }

    /// What comes right behind a login may be large and nested, if the login is accepted; otherwise the
    /// engine hangs up.
    async fn admission(&mut self, at: &mut Progress) {
        self.gate.admitted().await;
        at.silence.broken();
        at.admitted = true;
        self.decoder.set_limits(self.limits);
    }

    async fn hand_over(
        &self,
        commands: Vec<Command>,
        place: Option<Place>,
        at: &mut Progress,
    ) -> Result<(), End> {
        if commands.is_empty() {
            return Ok(());
        }
        let received = Event::Received(Received { link: self.link, commands, place });
        if let Err(mpsc::error::TrySendError::Full(received)) = self.events.try_send(received) {
            self.events.send(received).await.map_err(|_| End::BrokerStops)?;
            at.silence.broken();
        }
        Ok(())
    }

    /// A beat that wants a response gets a beat back, not a `Response`.
    fn answer(&self, beat: &KeepAliveInfo) {
        if beat.response_required {
            self.outbox.beat(KeepAliveInfo { response_required: false, ..beat.clone() });
        }
    }

    /// For the rest of the frame that has begun, or for the next one. What a large frame has taken is
    /// given back after it.
    async fn make_room(&mut self, at: &mut Progress) {
        let missing = self.decoder.missing(&self.buffer);
        let whole = self.buffer.len() + missing;
        if whole <= unfinished::SMALL {
            at.growing = None;
            if self.buffer.capacity() > KEPT_BYTES {
                self.buffer = BytesMut::from(self.buffer.as_ref());
            }
            return self.buffer.reserve(READ_BYTES);
        }
        if at.growing.is_none()
            && let Some(place) = self.unfinished.place(whole).await
        {
            at.silence.broken();
            let (all, had) = (self.unfinished.clone(), self.buffer.len());
            at.growing = Some(Growing::new(all, place, had));
        }
        self.buffer.reserve(missing);
    }

    async fn read_some(&mut self, at: &mut Progress) -> Result<(), End> {
        let has = self.buffer.len();
        let too_slow = async {
            match &mut at.growing {
                Some(growing) => growing.too_slow(has).await,
                None => std::future::pending().await,
            }
        };
        // All arms are cancel-safe: a read that is not chosen has taken nothing. What is there is read
        // before anybody looks whether something is.
        tokio::select! {
            biased;
            read = self.socket.read_buf(&mut self.buffer) => match read {
                Ok(0) => return Err(End::PeerClosed),
                Ok(_) => at.silence.broken(),
                // A client with TLS that has died has not said goodbye to that either.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(End::PeerClosed),
                Err(error) => return Err(End::Io(error)),
            },
            () = too_slow => return Err(End::Slow),
            () = at.silence.due() => match at.silence.look(Instant::now()) {
                Verdict::Alive => {}
                Verdict::Ask => {
                    self.outbox.beat(KeepAliveInfo { response_required: true, ..KeepAliveInfo::default() });
                }
                Verdict::Dead => return Err(End::Silent(self.inactivity)),
            },
        }
        Ok(())
    }
}
