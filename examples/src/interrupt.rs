//! Ctrl-C: once to finish in order, twice to stop at once.

use std::process::exit;

use tokio::sync::watch;

use crate::ending::Ending;

/// Tells all parts of a program that it is to end.
#[derive(Clone, Debug)]
pub struct Interrupt {
    asked: watch::Receiver<bool>,
}

impl Interrupt {
    /// Listens for Ctrl-C from now on. A second one ends the process at once.
    #[allow(clippy::exit, reason = "the second Ctrl-C means now")]
    pub fn listen() -> Self {
        let (ask, asked) = watch::channel(false);
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if ask.send_replace(true) {
                    exit(Ending::Interrupted.status().into());
                }
            }
        });
        Self { asked }
    }

    /// Whether the program is to end.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Waits until the program is to end. Cancel-safe.
    pub async fn asked(&mut self) {
        if self.asked.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
