//! What ends a term from outside.

use tokio::sync::oneshot;

use super::mastership::Mastership;
use crate::error::BrokerError;

/// Asks a broker to stop, also by being dropped.
pub(crate) type Stop = oneshot::Receiver<()>;

/// Why a term ends that could go on.
#[derive(Debug)]
pub(super) enum Interruption {
    /// It is another broker's turn.
    Lost(String),
    /// The broker is to end.
    Ended(BrokerError),
    /// It was asked to stop.
    Stop,
}

/// Waits for whatever comes first.
pub(super) async fn interruption(mastership: &mut dyn Mastership, stop: &mut Stop) -> Interruption {
    tokio::select! {
        lost = mastership.lost() => match lost {
            Ok(why) => Interruption::Lost(why),
            Err(why) => Interruption::Ended(why),
        },
        _ = stop => Interruption::Stop,
    }
}
