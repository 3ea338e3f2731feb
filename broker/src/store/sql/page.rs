//! Pages of messages: of a queue from the database, of a subscription by the ids that memory knows.

use bytes::Bytes;

use super::database::Database;
use super::sentence::{Sentence, pieces};
use super::tables::Tables;
use super::trouble::Result;
use super::value::{Kind, Row};
use crate::model::sequence;

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

/// Of a queue, by ids. What a prepared transaction of ActiveMQ has in hand is not among them.
pub(super) fn of_queue(
    database: &mut dyn Database,
    tables: &Tables,
    container: &str,
    wanted: Wanted,
) -> Result<Found> {
    let mut walk = Walk::new(database, tables, container, wanted);
    walk.on(None, wanted.after)?;
    Ok(walk.found)
}

/// Of a queue that is prioritized, likewise: one priority after the other, the highest first.
pub(super) fn by_priority(
    database: &mut dyn Database,
    tables: &Tables,
    container: &str,
    wanted: Wanted,
) -> Result<Found> {
    let mut walk = Walk::new(database, tables, container, wanted);
    let mut after = sequence::arrival(wanted.after);
    // In the tables each message has a band.
    for band in sequence::band(wanted.after).max(1)..=LAST_BAND {
        if band > sequence::band(wanted.after) {
            after = 0;
        }
        walk.on(Some(band), after)?;
        if !walk.found.is_last {
            break;
        }
    }
    Ok(walk.found)
}

/// Those whose priority is none of JMS's.
const LAST_BAND: u8 = 11;

/// Through a queue as far as a page goes.
struct Walk<'a> {
    database: &'a mut dyn Database,
    tables: &'a Tables,
    container: &'a str,
    room: Room,
    found: Found,
}

impl<'a> Walk<'a> {
    fn new(
        database: &'a mut dyn Database,
        tables: &'a Tables,
        container: &'a str,
        wanted: Wanted,
    ) -> Self {
        Self { database, tables, container, room: Room::new(wanted), found: Found::default() }
    }

    /// Behind this id, of this band if one is given.
    fn on(&mut self, band: Option<u8>, mut after: u64) -> Result<()> {
        loop {
            let most = self.room.most.min(WINDOW);
            let sizes = self.behind("ID, LENGTH(MSG)", band, after).say(" ORDER BY ID LIMIT ");
            let sizes = self.database.ask(sizes.give(most as u64), &[Kind::Int, Kind::Int])?;
            let fitting = self.room.take(&sizes)?;
            let Some(&last) = fitting.last() else {
                self.found.is_last = sizes.is_empty() && most > 0;
                return Ok(());
            };
            let bodies = self.behind("ID, MSG", band, after).say(" AND ID <= ").give(last);
            let bodies = self.database.ask(bodies.say(" ORDER BY ID"), &[Kind::Int, Kind::Blob])?;
            let bodies = read(&bodies)?.into_iter();
            self.found.messages.extend(bodies.map(|(id, blob)| (sequence_of(id, band), blob)));
            self.found.is_last = sizes.len() < most && fitting.len() == sizes.len();
            if self.found.is_last || self.room.most == 0 || fitting.len() < sizes.len() {
                return Ok(());
            }
            after = last;
        }
    }

    fn behind(&self, columns: &str, band: Option<u8>, after: u64) -> Sentence {
        let columns = format!("SELECT {columns} FROM {} WHERE ", self.tables.messages);
        let rows = Sentence::new(self.database.dialect(), columns).is("CONTAINER", self.container);
        let rows = match band {
            None => rows,
            Some(LAST_BAND) => rows.say(" AND (PRIORITY IS NULL OR PRIORITY < 0 OR PRIORITY > 9)"),
            Some(band) => rows.say(" AND PRIORITY = ").give(u64::from(LAST_BAND - 1 - band)),
        };
        rows.say(" AND ID > ").give(after).say(" AND XID IS NULL")
    }
}

fn sequence_of(id: u64, band: Option<u8>) -> u64 {
    match band {
        None => id,
        Some(LAST_BAND) => sequence::without_priority(id),
        Some(band) => sequence::by_priority(id, (LAST_BAND - 1 - band).cast_signed()),
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
