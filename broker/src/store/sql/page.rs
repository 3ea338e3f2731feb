//! Pages of messages: of a queue from the database, of a subscription by the ids that memory knows.

use bytes::Bytes;

use super::database::Database;
use super::sentence::{Sentence, pieces};
use super::tables::Tables;
use super::trouble::Result;
use super::value::{Kind, Row};

/// How far a page goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) after: u64,
    pub(super) most: usize,
    pub(super) bytes: usize,
}

/// A page, and whether it ends because nothing follows.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) messages: Vec<(u64, Bytes)>,
    pub(super) is_last: bool,
}

/// Of a queue. What a prepared transaction of ActiveMQ has in hand is not among them.
pub(super) fn of_queue(
    database: &mut dyn Database,
    tables: &Tables,
    container: &str,
    wanted: Wanted,
) -> Result<Found> {
    let mut found = Found::default();
    let mut room = Room::new(wanted);
    let mut after = wanted.after;
    loop {
        let most = room.most.min(WINDOW);
        let columns = format!("SELECT ID, LENGTH(MSG) FROM {} WHERE ", tables.messages);
        let sizes = Sentence::new(database.dialect(), columns).is("CONTAINER", container);
        let sizes = sizes.say(" AND ID > ").give(after).say(" AND XID IS NULL ORDER BY ID LIMIT ");
        let sizes = database.ask(sizes.give(most as u64), &[Kind::Int, Kind::Int])?;
        let fitting = room.take(&sizes)?;
        let Some(&last) = fitting.last() else {
            found.is_last = sizes.is_empty() && most > 0;
            return Ok(found);
        };
        let columns = format!("SELECT ID, MSG FROM {} WHERE ", tables.messages);
        let bodies = Sentence::new(database.dialect(), columns).is("CONTAINER", container);
        let bodies = bodies.say(" AND ID > ").give(after).say(" AND ID <= ").give(last);
        let bodies = bodies.say(" AND XID IS NULL ORDER BY ID");
        found.messages.extend(read(&database.ask(bodies, &[Kind::Int, Kind::Blob])?)?);
        if sizes.len() < most && fitting.len() == sizes.len() {
            found.is_last = true;
            return Ok(found);
        }
        if room.most == 0 || fitting.len() < sizes.len() {
            return Ok(found);
        }
        after = last;
    }
}

/// By ids, in their order.
pub(super) fn by_ids(
    database: &mut dyn Database,
    tables: &Tables,
    ids: &[u64],
    wanted: Wanted,
) -> Result<Found> {
    let mut found = Found { messages: Vec::new(), is_last: ids.len() < wanted.most };
    let mut room = Room::new(wanted);
    for piece in pieces(ids, database.dialect().most_rows) {
        let columns = format!("SELECT ID, LENGTH(MSG) FROM {} WHERE ", tables.messages);
        let sizes = Sentence::new(database.dialect(), columns).one_of("ID", piece);
        let sizes = database.ask(sizes.say(" ORDER BY ID"), &[Kind::Int, Kind::Int])?;
        let fitting = room.take(&sizes)?;
        for piece in pieces(&fitting, database.dialect().most_rows) {
            let columns = format!("SELECT ID, MSG FROM {} WHERE ", tables.messages);
            let bodies = Sentence::new(database.dialect(), columns).one_of("ID", piece);
            let bodies = database.ask(bodies.say(" ORDER BY ID"), &[Kind::Int, Kind::Blob])?;
            found.messages.extend(read(&bodies)?);
        }
        if fitting.len() < sizes.len() {
            found.is_last = false;
            break;
        }
    }
    Ok(found)
}

/// The lowest id of a container.
pub(super) fn lowest(
    database: &mut dyn Database,
    tables: &Tables,
    container: &str,
) -> Result<Option<u64>> {
    let columns = format!("SELECT ID FROM {} WHERE ", tables.messages);
    let lowest = Sentence::new(database.dialect(), columns).is("CONTAINER", container);
    let rows = database.ask(lowest.say(" ORDER BY ID LIMIT 1"), &[Kind::Int])?;
    rows.first().map(|row| row.sequence(0)).transpose()
}

fn read(rows: &[Row]) -> Result<Vec<(u64, Bytes)>> {
    rows.iter().map(|row| Ok((row.sequence(0)?, row.blob(1)?))).collect()
}

/// What a page has room for.
#[derive(Debug)]
struct Room {
    most: usize,
    bytes: usize,
    is_empty: bool,
}

impl Room {
    fn new(wanted: Wanted) -> Self {
        Self { most: wanted.most, bytes: wanted.bytes, is_empty: true }
    }

    /// Those of the rows of ids and lengths that fit; the first message always does.
    fn take(&mut self, sizes: &[Row]) -> Result<Vec<u64>> {
        let mut fitting = Vec::new();
        for row in sizes {
            let size = usize::try_from(row.int(1)?.unwrap_or(0)).unwrap_or(usize::MAX);
            if self.most == 0 || size > self.bytes && !self.is_empty {
                break;
            }
            self.most -= 1;
            self.bytes = self.bytes.saturating_sub(size);
            self.is_empty = false;
            fitting.push(row.sequence(0)?);
        }
        Ok(fitting)
    }
}

/// So many messages are looked at at once.
const WINDOW: usize = 512;
