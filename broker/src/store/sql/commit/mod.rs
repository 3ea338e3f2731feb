//! A plan as one transaction.
//!
//! ```text
//! steps    statement after statement: any plan, in any database, in few round trips where several go at once
//! at_once  one statement, where the database has arrays: what comes again and again
//! ```

mod at_once;
mod steps;

use self::steps::Steps;
use super::database::{Database, all_or_nothing};
use super::fence::{Fence, Seen};
use super::plan::Plan;
use super::state::State;
use super::tables::Tables;
use super::trouble::{Result, Trouble};
use super::value::Kind;

/// Does all of a plan, or nothing.
pub(super) fn commit(
    database: &mut dyn Database,
    tables: &Tables,
    fence: &Fence,
    plan: &Plan,
    state: &State,
) -> Result<()> {
    if database.dialect().arrays && plan.is_simple() {
        let sentence = at_once::sentence(database.dialect(), tables, fence, plan, state);
        let rows = database.ask(sentence, &[Kind::Int])?;
        let passed = rows.first().map(|row| row.number(0)).transpose()? == Some(1);
        return if passed { Ok(()) } else { refused(database, tables, fence) };
    }
    all_or_nothing(database, |database| {
        fence.pass(database, tables, state.last_sequence)?;
        database.finish(Steps::new(database.dialect(), tables, state).all(plan))
    })
}

/// Nothing was done: it was done before, or is not ours to do.
fn refused(database: &mut dyn Database, tables: &Tables, fence: &Fence) -> Result<()> {
    match fence.look(database, tables)? {
        Seen::Done => Ok(()),
        Seen::NotDone => Err(Trouble::Fenced(format!("its lease in {} is another's", tables.lock))),
    }
}

/// ActiveMQ's mark is on the last one that is not left, -1 before all.
fn last_acked(next: u64) -> i64 {
    super::value::clamp(next) - 1
}
