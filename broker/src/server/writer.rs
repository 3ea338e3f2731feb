//! The writing half of a connection: encodes with the connection's own cache, one write for all
//! that waits, and a sign of life when there was nothing to say.

use std::{io, sync::Arc, time::Duration};

use bytes::{Buf, BytesMut};
use relaismq_openwire::{Command, Encoder, KeepAliveInfo};
use tokio::{
    io::AsyncWriteExt,
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};
use tracing::error;

use super::{
    engine_task::Event,
    hangup::Hangup,
    outbox::{Gate, Outgoing},
    stream::Outlet,
};
use crate::engine::io::{Input, Link, Parting};

/// Encoded bytes after which a write is started although more waits.
const WRITE_BYTES: usize = 256 * 1024;
/// A buffer that has become larger than this is not kept.
const KEPT_BYTES: usize = 4 * WRITE_BYTES;
/// What was owed and has been written before the engine is told.
const REPORT_BYTES: usize = 64 * 1024;

pub(crate) struct Writer {
    pub(crate) socket: Outlet,
    pub(crate) encoder: Encoder,
    pub(crate) outgoing: mpsc::UnboundedReceiver<Outgoing>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) hangup: Arc<Hangup>,
    pub(crate) link: Link,
    pub(crate) events: mpsc::Sender<Event>,
    /// How often something must be written; zero for never.
    pub(crate) pulse: Duration,
    pub(crate) initial_delay: Duration,
    /// A client that takes nothing for so long is given up; zero for never.
    pub(crate) patience: Duration,
}

/// What has been encoded, and what it means.
#[derive(Default)]
struct Gathered {
    /// So much less is owed.
    bytes: usize,
    /// Of that, what the engine counts.
    of_engine: usize,
    /// Why to close after it.
    close: Option<String>,
}

impl Writer {
    pub(crate) async fn run(mut self) {
        let parting = match self.write_all().await {
            Ok(reason) => Parting::CutOff(reason),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => self.stalled(),
            Err(error) => Parting::Lost(error.to_string()),
        };
        drop(self.socket.shutdown().await);
        self.hangup.ask(parting);
    }

    /// Returns why it was told to close.
    async fn write_all(&mut self) -> io::Result<String> {
        let mut pulse = self.pulse();
        let mut frames = BytesMut::new();
        let mut quiet = true;
        let mut unreported = 0;
        loop {
            // Both arms are cancel-safe.
            let next = tokio::select! {
                next = self.outgoing.recv() => next,
                _ = pulse.tick() => {
                    if std::mem::replace(&mut quiet, true) && !self.pulse.is_zero() {
                        self.encode(&KeepAliveInfo::default().into(), &mut frames);
                        self.write(&mut frames).await?;
                    }
                    self.report(&mut unreported).await;
                    continue;
                }
            };
            let Some(next) = next else { return Ok("the broker stops".to_owned()) };
            let gathered = self.gather(next, &mut frames);
            self.write(&mut frames).await?;
            quiet = false;
            self.gate.written(gathered.bytes);
            unreported += gathered.of_engine;
            if unreported >= REPORT_BYTES {
                self.report(&mut unreported).await;
            }
            if let Some(reason) = gathered.close {
                return Ok(reason);
            }
        }
    }

    fn pulse(&self) -> Interval {
        let period = if self.pulse.is_zero() { Duration::from_secs(10) } else { self.pulse };
        let mut pulse = interval_at(Instant::now() + self.initial_delay.min(period), period);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pulse
    }

    async fn report(&self, unreported: &mut usize) {
        let bytes = std::mem::take(unreported);
        if bytes > 0 {
            let written = Input::Written { link: self.link, bytes };
            drop(self.events.send(Event::Input(written)).await);
        }
    }

    /// Encodes what waits, up to a bound.
    fn gather(&mut self, first: Outgoing, frames: &mut BytesMut) -> Gathered {
        let mut gathered = Gathered::default();
        let mut next = Some(first);
        while let Some(outgoing) = next {
            gathered.bytes += outgoing.bytes();
            match outgoing {
                Outgoing::Commands(commands, bytes) => {
                    gathered.of_engine += bytes;
                    commands.iter().for_each(|command| self.encode(command, frames));
                }
                Outgoing::Beat(beat) => self.encode(&beat.into(), frames),
                Outgoing::Close(reason) => {
                    gathered.close = Some(reason);
                    return gathered;
                }
            }
            next = if frames.len() < WRITE_BYTES { self.outgoing.try_recv().ok() } else { None };
        }
        gathered
    }

    /// A command that cannot be encoded for this client (too long for its settings) is dropped
    /// and logged: the message stays in flight and returns when the client goes.
    fn encode(&mut self, command: &Command, frames: &mut BytesMut) {
        if let Err(error) = self.encoder.encode(command, frames) {
            error!(%error, command = command.name(), "a client cannot be sent a command");
        }
    }

    /// Writes all of it, as long as the client takes some now and then.
    async fn write(&mut self, frames: &mut BytesMut) -> io::Result<()> {
        while frames.has_remaining() {
            let writing = self.socket.write_buf(frames);
            if patiently(self.patience, writing).await? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        // TLS keeps some 64 KiB.
        patiently(self.patience, self.socket.flush()).await?;
        if frames.capacity() > KEPT_BYTES {
            *frames = BytesMut::new();
        }
        Ok(())
    }

    fn stalled(&self) -> Parting {
        let (owed, time) = (self.gate.owed_bytes(), self.patience);
        Parting::CutOff(format!("it has taken nothing for {time:?} and is owed {owed} bytes"))
    }
}

/// Within this time; zero is for ever.
async fn patiently<T>(
    patience: Duration,
    writing: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    if patience.is_zero() {
        return writing.await;
    }
    timeout(patience, writing).await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
}
