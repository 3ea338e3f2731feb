//! Makes a table again from its segment.

use std::sync::Arc;

use super::fresh::Fresh;
use super::sealed::Sealed;
use crate::store::disk::Disk;
use crate::store::file::format::change::{Logged, changes};
use crate::store::file::format::seeds::{Seeds, StoreId};
use crate::store::file::format::table::Place;
use crate::store::file::log::{Read, Records, open, segment_name};
use crate::store::file::trouble::{Result, damaged};

/// Where segments and tables are.
#[derive(Clone, Debug)]
pub(in crate::store::file) struct Origin {
    pub(in crate::store::file) disk: Arc<dyn Disk>,
    pub(in crate::store::file) folder: &'static str,
    pub(in crate::store::file) store: StoreId,
    pub(in crate::store::file) seeds: Seeds,
}

/// The places of all messages that were added to the segment.
pub(super) fn places_of(origin: &Origin, segment: &Sealed) -> Result<Vec<Place>> {
    let name = segment_name(origin.folder, segment.number);
    let (file, _) = open(&*origin.disk, origin.folder, origin.store, segment.number)?;
    let mut records = Records::new(origin.folder, &file, origin.seeds, segment.end);
    let mut fresh = Fresh::default();
    while records.at() < segment.end {
        let at = records.at();
        let Read::Commit(_, body_at, body) = records.next()? else {
            return Err(damaged(&name, format!("byte {at}: no whole commit is there any more")));
        };
        for logged in changes(body) {
            if let Logged::Add(stored) | Logged::Move(stored, _) = logged {
                fresh.put(stored.container, stored.place(body_at), false);
            }
        }
    }
    let places: Vec<Place> =
        fresh.take().flat_map(|(_, marked)| marked).map(|marked| marked.place).collect();
    if places.len() != segment.messages as usize {
        let what = format!("it has {} messages instead of {}", places.len(), segment.messages);
        return Err(damaged(&name, what));
    }
    Ok(places)
}
