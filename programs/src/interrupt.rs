//! Ctrl-C and SIGTERM: once to finish in order, twice to stop at once.

use std::{
    io,
    path::{Path, PathBuf},
    process::exit,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use relaismq::Connection;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{ending::Ending, output};

/// Tells all parts of a program that it is to end.
#[derive(Clone, Debug)]
pub struct Interrupt {
    asked: watch::Receiver<Option<Ending>>,
    leftovers: Leftovers,
}

/// Folders that must not stay, however the program ends.
type Leftovers = Arc<Mutex<Vec<PathBuf>>>;

/// How long what is under way may take after Ctrl-C.
const DRAIN: Duration = Duration::from_secs(5);

impl Interrupt {
    /// Listens for Ctrl-C and SIGTERM from now on. A second one ends the process at once.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> io::Result<Self> {
        let (mut interrupts, mut terminations) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let (ask, asked) = watch::channel(None);
        let leftovers = Leftovers::default();
        let left = leftovers.clone();
        tokio::spawn(async move {
            loop {
                let ending = next(&mut interrupts, &mut terminations).await;
                if ask.send_replace(Some(ending)).is_some() {
                    remove(&left);
                    exit(ending.status().into());
                }
                output::note("ending in order; Ctrl-C again ends at once");
            }
        });
        Ok(Self { asked, leftovers })
    }

    /// A folder that is removed even if a second signal ends the process at once.
    pub fn remove_at_once(&self, folder: &Path) {
        self.leftovers.lock().unwrap_or_else(PoisonError::into_inner).push(folder.to_owned());
    }

    /// How the program is to end, if a signal has asked it to.
    pub fn ending(&self) -> Option<Ending> {
        *self.asked.borrow()
    }

    /// Whether the program is to end.
    pub fn is_asked(&self) -> bool {
        self.ending().is_some()
    }

    /// Waits until the program is to end. Cancel-safe.
    pub async fn asked(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(Option::is_some).await.is_err() {
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

async fn next(interrupts: &mut Signal, terminations: &mut Signal) -> Ending {
    tokio::select! {
        _ = interrupts.recv() => Ending::Interrupted,
        _ = terminations.recv() => Ending::Terminated,
    }
}

/// What writes there may still do so for a moment.
fn remove(leftovers: &Leftovers) {
    for folder in leftovers.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        for _ in 0..ATTEMPTS {
            if std::fs::remove_dir_all(&folder).is_ok() || !folder.exists() {
                break;
            }
        }
    }
}

/// How often a folder is removed in which files appear.
const ATTEMPTS: u32 = 100;
