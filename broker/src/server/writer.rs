//! The writing half of a connection: encodes with the connection's own cache, one write for all
//! that waits, and a sign of life when there was nothing to say.

use std::{sync::Arc, time::Duration};

use bytes::BytesMut;
use relaismq_openwire::{Command, Encoder, KeepAliveInfo};
use tokio::{
    io::AsyncWriteExt,
    net::tcp::OwnedWriteHalf,
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at},
};
use tracing::{debug, error};

use super::{
    engine_task::Event,
    hangup::Hangup,
    outbox::{Gate, Outgoing},
};
use crate::engine::io::{Input, Link};

/// Encoded bytes after which a write is started although more waits.
const WRITE_BYTES: usize = 256 * 1024;
/// Bytes written before the engine is told.
const REPORT_BYTES: usize = 64 * 1024;

pub(crate) struct Writer {
    pub(crate) socket: OwnedWriteHalf,
    pub(crate) encoder: Encoder,
    pub(crate) outgoing: mpsc::UnboundedReceiver<Outgoing>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) hangup: Arc<Hangup>,
    pub(crate) link: Link,
    pub(crate) events: mpsc::Sender<Event>,
    /// How often something must be written; zero for never.
    pub(crate) pulse: Duration,
    pub(crate) initial_delay: Duration,
}

impl Writer {
    pub(crate) async fn run(mut self) {
        if let Err(error) = self.write_all().await {
            debug!(%error, "writing ended");
        }
        drop(self.socket.shutdown().await);
        self.hangup.ask();
    }

    async fn write_all(&mut self) -> std::io::Result<()> {
        let period = if self.pulse.is_zero() { Duration::from_secs(3600) } else { self.pulse };
        let mut pulse = interval_at(Instant::now() + self.initial_delay.min(period), period);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
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
                        self.socket.write_all_buf(&mut frames).await?;
                    }
                    continue;
                }
            };
            let Some(next) = next else { return Ok(()) };
            let (owed, close) = self.gather(next, &mut frames);
            self.socket.write_all_buf(&mut frames).await?;
            quiet = false;
            self.gate.written(owed);
            unreported += owed;
            if unreported >= REPORT_BYTES {
                let written =
                    Input::Written { link: self.link, bytes: std::mem::take(&mut unreported) };
                drop(self.events.send(Event::Input(written)).await);
            }
            if let Some(reason) = close {
                debug!(%reason, "connection closed by the broker");
                return Ok(());
            }
        }
    }

    /// Encodes what waits, up to a bound. Returns what it weighs, and why to close after it.
    fn gather(&mut self, first: Outgoing, frames: &mut BytesMut) -> (usize, Option<String>) {
        let mut owed = 0;
        let mut next = Some(first);
        while let Some(outgoing) = next {
            match outgoing {
                Outgoing::Commands(commands, bytes) => {
                    owed += bytes;
                    commands.iter().for_each(|command| self.encode(command, frames));
                }
                Outgoing::Close(reason) => return (owed, Some(reason)),
            }
            next = if frames.len() < WRITE_BYTES { self.outgoing.try_recv().ok() } else { None };
        }
        (owed, None)
    }

    /// A command that cannot be encoded for this client (too long for its settings) is dropped
    /// and logged: the message stays in flight and returns when the client goes.
    fn encode(&mut self, command: &Command, frames: &mut BytesMut) {
        if let Err(error) = self.encoder.encode(command, frames) {
            error!(%error, command = command.name(), "a client cannot be sent a command");
        }
    }
}
