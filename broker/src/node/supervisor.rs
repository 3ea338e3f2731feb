//! The loop of a broker's life: become the master, serve, lose that, become the master again.

use std::{error::Error as _, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use tracing::warn;

use super::{
    interruption::Stop,
    mastership::{Holder, Mastership},
    role::Role,
    serving::{Outcome, Serving},
};
use crate::{error::BrokerError, store::lock::OnDemotion};

/// Runs a broker until it is asked to stop or cannot go on.
pub(crate) struct Supervisor {
    pub(crate) mastership: Box<dyn Mastership>,
    pub(crate) serving: Serving,
    pub(crate) role: watch::Sender<Role>,
    pub(crate) on_demotion: OnDemotion,
    /// It is one of several: another one was the master.
    pub(crate) has_waited: bool,
}

/// So often a slave looks whether there is room to become the master.
const ROOM_PAUSE: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Returns whether it ended in order.
    pub(crate) async fn run(mut self, mut stop: Stop) -> Result<(), BrokerError> {
        let begun = Instant::now();
        let ended = self.live(&mut stop).await;
        self.mastership.end().await;
        match &ended {
            Ok(()) => {
                self.serving.lines().is_shutdown(begun.elapsed());
                self.role.send_replace(Role::Stopping)
            }
            Err(why) => self.role.send_replace(Role::Failed { why: why.clone() }),
        };
        ended
    }

    async fn live(&mut self, stop: &mut Stop) -> Result<(), BrokerError> {
        loop {
            self.serving.reserve().await?;
            let outcome = self.one_term(stop).await;
            self.mastership.release().await;
            match outcome {
                Outcome::Stopped(accepting) => {
                    // The others have had their turn meanwhile.
                    if let Some(accepting) = accepting {
                        accepting.see_off().await;
                    }
                    return Ok(());
                }
                Outcome::Failed(why) if self.has_waited && why.lacks_room() => {
                    self.lacks_room(&why);
                    if is_stopped_within(ROOM_PAUSE, stop).await {
                        return Ok(());
                    }
                }
                Outcome::Failed(why) => return Err(why),
                Outcome::Lost(why) => self.demoted(why)?,
            }
        }
    }

    async fn one_term(&mut self, stop: &mut Stop) -> Outcome {
        let Self { mastership, serving, role, has_waited, .. } = self;
        let waits = |holder: Holder| {
            serving.warn();
            role.send_replace(Role::Slave { of: holder });
        };
        let acquired = tokio::select! {
            acquired = mastership.acquire(&waits) => acquired,
            _ = &mut *stop => return Outcome::Stopped(None),
        };
        *has_waited |= matches!(&*role.borrow(), Role::Slave { .. });
        match acquired {
            Ok(term) => serving.serve(term, &mut **mastership, role, stop).await,
            Err(why) => Outcome::Failed(why),
        }
    }

    /// Others may be the master meanwhile, and somebody may make room.
    fn lacks_room(&self, why: &BrokerError) {
        let name = &self.serving.name;
        let cause = why.source().map(ToString::to_string);
        warn!(name, %why, cause, "no room to become the master: tried again every {ROOM_PAUSE:?}");
        self.role.send_replace(Role::Starting);
    }

    fn demoted(&self, why: String) -> Result<(), BrokerError> {
        if self.on_demotion == OnDemotion::Exit {
            return Err(BrokerError::Demoted(why));
        }
        self.serving.lines().demoted(&why);
        self.role.send_replace(Role::Starting);
        Ok(())
    }
}

async fn is_stopped_within(pause: Duration, stop: &mut Stop) -> bool {
    timeout(pause, stop).await.is_ok()
}
