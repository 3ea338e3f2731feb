//! Ctrl-C: once to finish in order, twice to stop at once.

use std::{io, process::exit, time::Duration};

use relaismq::Connection;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{ending::Ending, output};

/// Tells all parts of a program that it is to end.
#[derive(Clone, Debug)]
pub struct Interrupt {
    asked: watch::Receiver<bool>,
}

/// How long what is under way may take after Ctrl-C.
const DRAIN: Duration = Duration::from_secs(5);

impl Interrupt {
    /// Listens for Ctrl-C from now on. A second one ends the process at once.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> io::Result<Self> {
        let mut signals = signal(SignalKind::interrupt())?;
        let (ask, asked) = watch::channel(false);
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if ask.send_replace(true) {
                    exit(Ending::Interrupted.status().into());
                }
                output::note("ending in order; Ctrl-C again ends at once");
            }
        });
        Ok(Self { asked })
    }

    /// Whether the program is to end.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Waits until the program is to end. Cancel-safe.
    pub async fn asked(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The result of `work`; `None` if Ctrl-C comes first.
    pub async fn unless_asked<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.asked() => None,
            result = work => Some(result),
        }
    }

    /// Sleeps, but not on after Ctrl-C.
    pub async fn pause(&self, length: Duration) {
        if !length.is_zero() {
            self.unless_asked(sleep_until(Instant::now() + length)).await;
        }
    }

    /// Some time after Ctrl-C the connection is closed, so that nothing that is under way waits for
    /// a broker any longer.
    pub fn bound(&self, connection: &Connection) {
        let (interrupt, connection) = (self.clone(), connection.clone());
        tokio::spawn(async move {
            interrupt.asked().await;
            sleep_until(Instant::now() + DRAIN).await;
            connection.close().await;
        });
    }
}
