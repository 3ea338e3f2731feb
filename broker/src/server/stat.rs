//! `echo stat | nc HOST 61616`: who looks by hand is told in text who is the master, and what it has.

use std::{fmt::Write as _, io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tracing::debug;

use super::{
    questions::Questions,
    shared::{Master, Shared},
};
use crate::engine::io::{Figures, Question, Report};

/// ZooKeeper's word for it, which no frame begins with: it would be the length of one of 1.9 GB.
const STAT: &[u8] = b"stat";

/// A person's word comes with the connection. Clients speak first, too, so that none waits for this.
const MOMENT: Duration = Duration::from_millis(20);

/// How long somebody may take to read the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether this is no client. Takes nothing from the socket.
pub(super) async fn is_asked(socket: &TcpStream) -> bool {
    let mut first = [0; STAT.len()];
    let looked = timeout(MOMENT, socket.peek(&mut first)).await;
    matches!(looked, Ok(Ok(_))) && first == STAT
}

/// Answers, and ends the connection.
pub(super) async fn answer(mut socket: TcpStream, peer: &str, shared: &Shared) {
    let questions = Questions::new(&shared.events);
    let told = timeout(PATIENCE, async {
        // What is left unread would make the system throw the answer away.
        let _said = socket.read(&mut [0; 64]).await?;
        let Some(Report::Figures(figures)) = questions.ask(Question::Figures).await else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        socket.write_all(text(&shared.master, &figures).as_bytes()).await?;
        socket.shutdown().await
    });
    let told = told.await;
    debug!(peer, ?told, "asked for its state");
}

fn text(master: &Master, figures: &Figures) -> String {
    let mut text = format!("RelaisMQ version: {}\n", env!("CARGO_PKG_VERSION"));
    let used = format!("{} of {} bytes", figures.memory_used, figures.memory_limit);
    let lines: [(&str, &dyn std::fmt::Display); 11] = [
        ("Mode", &"master"),
        ("Broker", &master.name),
        ("Term", &master.term),
        ("Connections", &figures.connections),
        ("Queues", &figures.queues),
        ("Topics", &figures.topics),
        ("Messages", &figures.messages),
        ("Enqueued", &figures.counts.enqueued),
        ("Dequeued", &figures.counts.dequeued),
        ("Expired", &figures.counts.expired),
        ("Memory", &used),
    ];
    for (name, value) in lines {
        // A string takes everything.
        let _ = writeln!(text, "{name}: {value}");
    }
    text
}
