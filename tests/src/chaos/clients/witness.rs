//! Sends to one broker only, and notes when that confirms something.

use std::time::Duration;

use anyhow::Result;
use relaismq::{Connection, SendError, SendOutcome};
use tokio::sync::watch;
use tokio::time::{Instant, interval};

use super::{Station, WITNESSES};
use crate::chaos::cluster::{Role, Standing};
use crate::chaos::ledger::{Fate, Term};

pub(super) async fn watch(
    station: Station,
    name: &'static str,
    port: u16,
    standing: watch::Receiver<Standing>,
) -> Result<()> {
    let stream = match name {
        "one" => "witness of one",
        "two" => "witness of two",
        _ => "witness of three",
    };
    let mut pace = interval(PACE);
    while station.sends() {
        pace.tick().await;
        let builder = Connection::builder(format!("tcp://127.0.0.1:{port}"));
        let builder = builder.connect_timeout(LIMIT).send_timeout(LIMIT).request_timeout(LIMIT);
        // A slave does not answer, and a master may be gone or paused.
        let Ok(connection) = builder.connect().await else { continue };
        let Ok(producer) = connection.producer(WITNESSES).build().await else { continue };
        loop {
            let (asked, before) = (Instant::now(), term(&standing));
            let message = station.ledger.begin(stream, None);
            let sent = producer.send(message.message()).await.map(drop);
            station.ledger.sent(&message, fate(&sent));
            if sent.is_err() || !station.sends() {
                break;
            }
            // What it confirms before it has announced itself is nobody's.
            if let (Some(term), true) = (before, before == term(&standing)) {
                station.ledger.confirmed_by(term, asked);
            }
            pace.tick().await;
        }
    }
    Ok(())
}

/// The broker's term, if it has announced that it serves.
fn term(standing: &watch::Receiver<Standing>) -> Option<Term> {
    let standing = standing.borrow();
    (standing.role == Role::Master).then_some(standing.term)
}

fn fate(sent: &Result<(), SendError>) -> Fate {
    match sent {
        Ok(()) => Fate::Confirmed,
        Err(error) if error.outcome() == SendOutcome::Unknown => Fate::Unknown,
        Err(_) => Fate::NotSent,
    }
}

const PACE: Duration = Duration::from_millis(20);
/// Longer than a fault lasts: a broker that was paused must find something to confirm.
const LIMIT: Duration = Duration::from_secs(4);
