//! When the lease of another broker may be taken. Its time is of one clock where a server has it, but of each
//! broker's own where the database is a file, or the other one is an ActiveMQ: clocks that are apart must
//! neither depose a master that lives nor keep a dead one for as long as they are apart.

use std::time::{Duration, Instant};

use super::database::Database;
use super::sentence::Sentence;
use super::sign::Life;
use super::tables::Tables;
use super::trouble::{Result, Trouble};
use super::value::Kind;

/// The row of the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) holder: Option<String>,
    /// In milliseconds since 1970.
    until: Option<i64>,
    /// By the database's clock.
    ran_out: bool,
}

impl Lease {
    pub(super) fn read(database: &mut dyn Database, tables: &Tables) -> Result<Self> {
        let dialect = database.dialect();
        let (now, lock) = (dialect.now, &tables.lock);
        let row = format!("SELECT BROKER_NAME, TIME, {now} - TIME FROM {lock} WHERE ID = 1");
        let kinds = [Kind::Text, Kind::Int, Kind::Int];
        let rows = database.ask(Sentence::new(dialect, row), &kinds)?;
        let missing = || Trouble::Damaged(format!("{lock} has no row"));
        let row = rows.first().ok_or_else(missing)?;
        let ran_out = row.int(2)?.is_some_and(|since| since > 0);
        Ok(Self { holder: row.text(0)?, until: row.int(1)?, ran_out })
    }

    /// At the end of a statement: the row is as it was read.
    pub(super) fn is_unchanged(&self, statement: Sentence) -> Sentence {
        let statement = statement.say(" WHERE ID = 1 AND ");
        let statement = match &self.holder {
            Some(holder) => statement.is("BROKER_NAME", holder),
            None => statement.say("BROKER_NAME IS NULL"),
        };
        match self.until {
            Some(until) => statement.say(" AND TIME = ").give(until),
            None => statement.say(" AND TIME IS NULL"),
        }
    }
}

/// What a waiting broker has seen of the lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Watch(Option<Seen>);

/// The same row, for so long by the broker's own watch.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    holder: Option<String>,
    until: Option<i64>,
    since: Instant,
}

impl Watch {
    /// Whether the lease may be taken at this moment by a broker whose own would last for `length`.
    pub(super) fn is_free(
        &mut self,
        lease: &Lease,
        ours: &str,
        life: &Life,
        (at, length): (Instant, Duration),
    ) -> bool {
        let unchanged = self.unchanged(lease, at);
        let holder = lease.holder.as_deref();
        if lease.until.is_none() || holder == Some(ours) {
            return true;
        }
        let by_the_clock = match life {
            Life::Fallen(fallen) if holder == Some(fallen) => true,
            // Perhaps it renews it all the time, by a clock that is behind.
            Life::Lives => lease.ran_out && unchanged >= length,
            Life::Fallen(_) | Life::Unknown => lease.ran_out,
        };
        // Perhaps it ran out long ago, by a clock that was ahead.
        by_the_clock || unchanged >= length * SILENT_LEASES
    }

    fn unchanged(&mut self, lease: &Lease, at: Instant) -> Duration {
        let is_same = |seen: &&Seen| seen.holder == lease.holder && seen.until == lease.until;
        if let Some(seen) = self.0.as_ref().filter(is_same) {
            return at.saturating_duration_since(seen.since);
        }
        self.0 = Some(Seen { holder: lease.holder.clone(), until: lease.until, since: at });
        Duration::ZERO
    }
}

/// Who has not renewed a lease for so many of ours has none, whatever the clocks say. More than one, because
/// another broker's may last longer than ours.
const SILENT_LEASES: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_secs(10);

    /// A waiting broker, and the time since it began to wait.
    struct Slave {
        watch: Watch,
        began: Instant,
    }

    impl Slave {
        #[expect(clippy::disallowed_methods, reason = "any beginning; all else is counted from it")]
        fn new() -> Self {
            Self { watch: Watch::default(), began: Instant::now() }
        }

        fn may_take(&mut self, lease: &Lease, life: &Life, seconds: u64) -> bool {
            let at = self.began + Duration::from_secs(seconds);
            self.watch.is_free(lease, "slave", life, (at, LENGTH))
        }
    }

    fn lease(until: i64, ran_out: bool) -> Lease {
        Lease { holder: Some("master".into()), until: Some(until), ran_out }
    }

    fn fallen() -> Life {
        Life::Fallen("master".into())
    }

    #[test]
    fn a_master_whose_clock_is_behind_keeps_its_lease_for_as_long_as_it_renews_it() {
        let mut slave = Slave::new();
        for seconds in 0..100 {
            let renewed = lease(i64::try_from(seconds / 3).unwrap(), true);
            assert!(!slave.may_take(&renewed, &Life::Lives, seconds), "after {seconds} s");
        }
        let last = lease(33, true);
        assert!(!slave.may_take(&last, &Life::Lives, 108));
        assert!(slave.may_take(&last, &Life::Lives, 109), "it stands still");
    }

    #[test]
    fn a_master_whose_clock_is_ahead_is_not_waited_for_when_it_stands_still() {
        for life in [Life::Lives, Life::Unknown] {
            let mut slave = Slave::new();
            let ahead = lease(i64::MAX, false);
            assert!(!slave.may_take(&ahead, &life, 0));
            assert!(!slave.may_take(&ahead, &life, 29));
            assert!(slave.may_take(&ahead, &life, 30), "{life:?}");
        }
    }

    #[test]
    fn a_master_that_has_fallen_is_not_waited_for_whatever_its_clock_said() {
        assert!(Slave::new().may_take(&lease(i64::MAX, false), &fallen(), 0));
        let mut other = lease(i64::MAX, false);
        other.holder = Some("another".into());
        assert!(!Slave::new().may_take(&other, &fallen(), 0), "it is not the one that has fallen");
    }

    #[test]
    fn a_lease_that_ran_out_is_free_where_nobody_gives_a_sign_of_life() {
        assert!(Slave::new().may_take(&lease(1, true), &Life::Unknown, 0));
        assert!(!Slave::new().may_take(&lease(1, false), &Life::Unknown, 0));
    }

    #[test]
    fn a_lease_that_is_nobodys_or_our_own_is_free() {
        let nobodys = Lease { holder: None, until: None, ran_out: false };
        assert!(Slave::new().may_take(&nobodys, &Life::Unknown, 0));
        let mut ours = lease(i64::MAX, false);
        ours.holder = Some("slave".into());
        assert!(Slave::new().may_take(&ours, &Life::Lives, 0));
    }

    /// It goes on renewing just before it would be taken from it.
    #[test]
    fn each_renewal_begins_a_new_wait() {
        let mut slave = Slave::new();
        assert!(!slave.may_take(&lease(1, true), &Life::Lives, 0));
        assert!(!slave.may_take(&lease(2, true), &Life::Lives, 10));
        assert!(!slave.may_take(&lease(2, true), &Life::Lives, 19));
        assert!(slave.may_take(&lease(2, true), &Life::Lives, 20));
    }
}
