//! The wall clocks of brokers, minutes apart.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::cluster::NAMES;
use crate::clock::Clock;
use crate::random::Random;
use crate::relais::Relais;

/// A clock for each broker, by its name.
#[derive(Clone, Debug)]
pub struct Clocks(BTreeMap<&'static str, Clock>);

impl Clocks {
    /// Apart from the beginning; what they need is made in this folder.
    ///
    /// # Errors
    /// When there is no C compiler, or the folder cannot be written to.
    pub async fn apart(folder: &Path) -> Result<Self> {
        let mut clocks = BTreeMap::new();
        for (name, minutes) in NAMES.into_iter().zip(FIRST_MINUTES) {
            let clock = Clock::new(name, folder).await?;
            clock.set(minutes * 60)?;
            clocks.insert(name, clock);
        }
        Ok(Self(clocks))
    }

    /// A broker of this name has its clock.
    pub(super) fn broker(&self, how: &Relais, name: &str) -> Relais {
        self.0.get(name).map_or_else(|| how.clone(), |clock| how.clone().clock(clock))
    }

    /// Some of them jump, up to a quarter of an hour ahead or back. `chance` is any number.
    pub(super) fn jump(&self, chance: u64) -> Result<()> {
        let mut random = Random::new(chance);
        for clock in self.0.values() {
            if random.once_in(2) {
                let minutes = i64::try_from(random.below(31))? - 15;
                clock.set(minutes * 60)?;
            }
        }
        Ok(())
    }
}

const FIRST_MINUTES: [i64; 3] = [-7, 5, 0];
