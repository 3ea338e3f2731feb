//! Who may be the master: the seam between the broker, which serves, and whatever decides when it may.

use std::{fmt, pin::Pin};

use crate::{
    error::BrokerError,
    store::{Store, StoreError},
};

/// Decides when this broker is the master. The supervisor asks for a term, listens for its loss for as long
/// as it lasts, and gives it back when the store is closed; then it asks for the next one.
pub(crate) trait Mastership: Send {
    /// Waits until this broker is the master. Tells whom it waits for, again whenever that changes. After a
    /// loss the others get their turn first.
    ///
    /// Cancel-safe: a dropped future leaves nothing behind that [`Self::release`] does not give back.
    ///
    /// # Errors
    /// When waiting for it is useless: the broker ends.
    fn acquire<'a>(&'a mut self, waits: &'a Waits<'a>) -> Pending<'a, Result<Term, BrokerError>>;

    /// Waits until the term is lost, and says why. Polled from the moment the term is had, also while its
    /// store is being opened. Never returns if it cannot be lost. Cancel-safe.
    ///
    /// # Errors
    /// When the broker is to end rather than become a slave.
    fn lost(&mut self) -> Pending<'_, Result<String, BrokerError>>;

    /// Gives the term back, so that another broker has its turn at once. The store is closed, in order or
    /// not, and everything that [`Term::open`] held is dropped. Harmless if there is none.
    fn release(&mut self) -> Pending<'_, ()>;

    /// The broker ends: what went on between terms ends, too.
    fn end(&mut self) -> Pending<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// One time of being the master.
pub(crate) struct Term {
    /// Higher than that of every master before.
    pub(crate) number: u64,
    /// Opens the store that belongs to it. Called on the store's own thread, which recovers it, too.
    /// [`StoreError::Fenced`] means that the term was lost meanwhile.
    pub(crate) open: OpenStore,
}

/// May block.
pub(crate) type OpenStore = Box<dyn FnOnce() -> Result<Box<dyn Store>, StoreError> + Send>;

/// Told whom a broker waits for.
pub(crate) type Waits<'a> = dyn Fn(Holder) + Send + Sync + 'a;

/// What a future in a trait object costs.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whom a slave waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Where the lock is: a file, or a table of a database.
    pub lock: String,
    /// Who has it, where the lock says that.
    pub name: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}, which holds {}", self.lock),
            None => write!(f, "the holder of {}", self.lock),
        }
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Term").field("number", &self.number).finish_non_exhaustive()
    }
}
