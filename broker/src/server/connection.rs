//! One client: introduces itself, is handed to the engine, and is read from and written to until
//! either side ends it.

use std::sync::Arc;

use relaismq_openwire::Text;
use tokio::task::JoinSet;
use tracing::{debug, warn};

use super::{
    engine_task::Event,
    handshake::{self, Introduced},
    hangup::Hangup,
    outbox::{Outbox, outbox},
    reader::{self, Reader},
    shared::Shared,
    stream::Stream,
    writer::Writer,
};
use crate::engine::io::{Input, Link};

/// Who came, and how.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) peer: String,
    /// The address by which it came.
    pub(super) connector: Text,
    pub(super) link: Link,
    /// The name in its certificate, if it has shown one.
    pub(super) certificate: Option<Text>,
}

impl Arrived {
    /// For the engine.
    fn connected(self, outbox: Outbox) -> Event {
        let Self { peer, connector, link, certificate } = self;
        Event::Connected { link, peer, connector, certificate, outbox }
    }
}

/// Serves one client to its end.
pub(super) async fn serve(mut socket: Box<dyn Stream>, arrived: Arrived, shared: Shared) {
    let Shared { limits, events, owed, unfinished, .. } = shared;
    let (peer, link) = (arrived.peer.clone(), arrived.link);
    let introduced = match handshake::introduce(&mut *socket, &limits).await {
        Ok(introduced) => introduced,
        Err(error) => return log_refusal(&peer, &error),
    };
    let Introduced { encoder, decoder, limits: agreed, inactivity, initial_delay, received } =
        introduced;
    let (outbox, outgoing, gate) = outbox(limits.max_outbound_bytes, owed);
    if events.send(arrived.connected(outbox.clone())).await.is_err() {
        return debug!(%peer, "connection ended: the broker stops");
    }
    let hangup = Arc::new(Hangup::default());
    let (read_half, write_half) = socket.halves();
    let writer = Writer {
        socket: write_half,
        encoder,
        outgoing,
        gate: gate.clone(),
        hangup: hangup.clone(),
        link,
        events: events.clone(),
        pulse: inactivity / 3,
        initial_delay,
        patience: limits.stalled,
    };
    // Its task ends with this one, however that ends.
    let mut writing = JoinSet::new();
    writing.spawn(writer.run());
    let reader = Reader {
        socket: read_half,
        decoder,
        limits: agreed,
        buffer: received,
        gate: gate.clone(),
        outbox,
        link,
        events: events.clone(),
        unfinished,
        inactivity,
        initial_delay,
    };
    let ended = tokio::select! {
        ended = reader.run() => ended,
        parting = hangup.asked() => reader::End::HungUp(parting),
    };
    log_end(&peer, &ended, gate.is_admitted());
    let closed = Input::Closed { link, parting: ended.parting() };
    drop(events.send(Event::Input(closed)).await);
    // Its outbox is dropped with the engine's entry, which ends the writer unless the peer has
    // stopped reading: then only aborting does.
    if !matches!(ended, reader::End::HungUp(_)) {
        writing.abort_all();
    }
    drop(writing.join_next().await);
}

fn log_refusal(peer: &str, error: &handshake::HandshakeError) {
    if error.is_a_probe() {
        debug!(peer, %error, "connection ended before it began");
    } else {
        warn!(peer, %error, "connection refused");
    }
}

/// Of whoever has logged in the engine says it, with its name.
fn log_end(peer: &str, ended: &reader::End, logged_in: bool) {
    match ended {
        reader::End::Fault(_) if !logged_in => warn!(peer, reason = %ended, "connection closed"),
        other => debug!(peer, reason = %other, "connection ended"),
    }
}
