//! A broker that shares its store with nobody.

use std::sync::Arc;

use super::mastership::{Mastership, Pending, Term, Waits};
use crate::{
    error::BrokerError,
    store::{Store, StoreError},
};

/// Always the master.
pub(crate) struct Alone {
    open: Arc<OpenAgain>,
    terms: u64,
}

type OpenAgain = dyn Fn() -> Result<Box<dyn Store>, StoreError> + Send + Sync;

impl Alone {
    /// With a store that is opened like this.
    pub(crate) fn new(
        open: impl Fn() -> Result<Box<dyn Store>, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self { open: Arc::new(open), terms: 0 }
    }
}

impl Mastership for Alone {
    fn acquire<'a>(&'a mut self, _: &'a Waits<'a>) -> Pending<'a, Result<Term, BrokerError>> {
        self.terms += 1;
        let (number, open) = (self.terms, self.open.clone());
        let open = Box::new(move || open().map_err(nobody_gives_way));
        Box::pin(std::future::ready(Ok(Term { number, open })))
    }

    fn lost(&mut self) -> Pending<'_, Result<String, BrokerError>> {
        Box::pin(std::future::pending())
    }

    fn release(&mut self) -> Pending<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Without a lock there is no turn to wait for.
fn nobody_gives_way(error: StoreError) -> StoreError {
    match error {
        StoreError::Fenced { place, detail } => StoreError::Unsupported {
            place,
            detail: format!(
                "{detail}; without the lock (useLock) nobody's turn comes after another's"
            ),
        },
        other => other,
    }
}
