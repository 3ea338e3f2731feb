//! What is broken.

use std::time::Duration;

use anyhow::Result;
use relaismq_tests::proxy::{Direction, Flow};
use relaismq_tests::random::Random;
use tokio::time::timeout;

use crate::ledger::Ledger;
use crate::ways::{Way, Ways};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// All links of a way are cut, at once or in the midst of a frame.
    Cut,
    /// Nothing passes for a while; then the links are cut, and what was on its way is lost.
    Stall,
    /// One direction is closed.
    HalfClose,
    /// The broker is killed, and started again.
    Kill,
    /// The links are cut, and new ones refused for a while.
    Refuse,
    /// The links are cut, and new ones accepted by somebody who says nothing for a while.
    SlowAccept,
    /// The links are cut, and the certificate is wrong for a while. Without TLS: a cut.
    TlsFailure,
    /// What the broker says is lost, and then the links.
    Swallow,
}

/// How often each is drawn.
const WEIGHTS: [(Fault, u64); 8] = [
    (Fault::Cut, 30),
    (Fault::Stall, 15),
    (Fault::HalfClose, 15),
    (Fault::Kill, 3),
    (Fault::Refuse, 12),
    (Fault::SlowAccept, 10),
    (Fault::TlsFailure, 10),
    (Fault::Swallow, 10),
];

impl Fault {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let mut place = random.below(WEIGHTS.iter().map(|(_, weight)| weight).sum());
        for (fault, weight) in WEIGHTS {
            if place < weight {
                return fault;
            }
            place -= weight;
        }
        Self::Cut
    }

    /// Breaks one way, chosen at random, and mends it.
    pub(crate) async fn happen(
        self,
        ways: &mut Ways,
        random: &mut Random,
        ledger: &Ledger,
    ) -> Result<()> {
        let number = usize::try_from(random.below(ways.len() as u64))?;
        if self == Self::Kill {
            return ways.kill_and_start().await;
        }
        let way = ways.way(number);
        self.begin(way, random).await;
        if !matches!(self, Self::Cut) {
            // As long as the clients on other ways go on a little, and not too long.
            let a_while = Duration::from_millis(20 + random.below(300));
            drop(timeout(a_while, ledger.more(50)).await);
        }
        if matches!(self, Self::Stall | Self::Swallow | Self::SlowAccept) {
            way.proxy.cut();
        }
        way.mend().await
    }

    async fn begin(self, way: &mut Way, random: &mut Random) {
        let direction =
            if random.below(2) == 0 { Direction::Upstream } else { Direction::Downstream };
        match self {
            Self::Cut if random.below(2) == 0 => way.proxy.cut(),
            Self::Cut => way.proxy.cut_after(direction, random.below(3000)),
            Self::Stall => way.proxy.stall(),
            Self::HalfClose => way.proxy.set(direction, Flow::HalfClose),
            Self::Swallow => way.proxy.set(Direction::Downstream, Flow::Swallow),
            Self::Refuse => {
                way.proxy.refuse().await;
                way.proxy.cut();
            }
            Self::SlowAccept => {
                way.proxy.stall();
                way.proxy.cut();
            }
            Self::TlsFailure => {
                way.secure.iter().for_each(|secure| secure.show_wrong(true));
                way.proxy.cut();
            }
            Self::Kill => {}
        }
    }
}
