//! Finds places in the tables of older segments.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;

use super::rebuild::{Origin, places_of};
use super::sealed::Sealed;
use crate::store::disk::DiskFile;
use crate::store::file::format::table::{self, PAGE_BYTES, PAGE_PLACES, Place};
use crate::store::file::log::table_name;
use crate::store::file::recent::Recent;
use crate::store::file::trouble::{Result, Trouble, damaged, with};

/// The tables of all segments of one folder.
#[derive(Debug)]
pub(in crate::store::file) struct Tables {
    origin: Origin,
    /// By segment and number of the page.
    pages: Recent<(u64, usize), Arc<[Place]>>,
    files: Recent<u64, Arc<dyn DiskFile>>,
    /// Not on disk yet, by segment.
    unsaved: BTreeMap<u64, Arc<[Place]>>,
}

impl Tables {
    pub(in crate::store::file) fn new(origin: Origin) -> Self {
        let (pages, files) = (Recent::new(MOST_PAGES), Recent::new(MOST_FILES));
        Self { origin, pages, files, unsaved: BTreeMap::new() }
    }

    /// The place with this number in the segment's table.
    pub(in crate::store::file) fn place(&mut self, segment: &Sealed, number: u32) -> Result<Place> {
        let (page, rest) = (number as usize / PAGE_PLACES, number as usize % PAGE_PLACES);
        let found = match self.unsaved.get(&segment.number) {
            Some(places) => places.get(number as usize).copied(),
            None => self.page(segment, page)?.get(rest).copied(),
        };
        let name = || table_name(self.origin.folder, segment.number);
        found.ok_or_else(|| damaged(&name(), format!("place {number} is missing")))
    }

    /// The first place between these two whose sequence is not lower than this; `end` if there is
    /// none. Sequences mostly grow evenly, so a first guess is mostly near.
    pub(super) fn search(
        &mut self,
        segment: &Sealed,
        (start, end): (u32, u32),
        guess: u32,
        sequence: u64,
    ) -> Result<u32> {
        let (mut low, mut high) = (start, end);
        let mut probe = guess;
        let mut step = 1;
        while low < high {
            probe = probe.clamp(low, high - 1);
            let lower = self.place(segment, probe)?.sequence < sequence;
            if lower {
                low = probe + 1;
            } else {
                high = probe;
            }
            // Away from the guess in growing steps, then by halves.
            probe = if step < high - low {
                if lower { low.saturating_add(step) } else { high.saturating_sub(step) }
            } else {
                low + (high - low) / 2
            };
            step = step.saturating_mul(4);
        }
        Ok(low)
    }

    fn page(&mut self, segment: &Sealed, number: usize) -> Result<Arc<[Place]>> {
        let key = (segment.number, number);
        if let Some(page) = self.pages.get(key) {
            return Ok(page);
        }
        let page: Arc<[Place]> = match self.read(segment.number, number)? {
            Some(places) => places.into(),
            None => {
                let places = self.rebuild(segment)?;
                places.chunks(PAGE_PLACES).nth(number).unwrap_or_default().into()
            }
        };
        self.pages.put(key, page.clone());
        Ok(page)
    }

    /// `None` if the page is not there as it was written.
    fn read(&mut self, segment: u64, number: usize) -> Result<Option<Vec<Place>>> {
        let name = table_name(self.origin.folder, segment);
        let mut page = vec![0; PAGE_BYTES];
        let read = match self.files.get(segment) {
            Some(file) => Ok(file),
            None => self.origin.disk.open(&name).map(Arc::from),
        };
        let read = read.and_then(|file| {
            file.read_at(&mut page, (number * PAGE_BYTES) as u64)?;
            self.files.put(segment, file);
            Ok(())
        });
        match read {
            Ok(()) => Ok(table::decode(&page, self.origin.seeds, segment, number as u64)),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => {
                Ok(None)
            }
            Err(error) => Err(with(&name)(error)),
        }
    }

    fn rebuild(&mut self, segment: &Sealed) -> Result<Arc<[Place]>> {
        let name = table_name(self.origin.folder, segment.number);
        tracing::info!(table = name, "made again from its segment");
        let places: Arc<[Place]> = places_of(&self.origin, segment)?.into();
        self.keep(segment.number, places.clone());
        Ok(places)
    }

    /// A new table, to be saved.
    pub(super) fn keep(&mut self, segment: u64, places: Arc<[Place]>) {
        self.unsaved.insert(segment, places);
    }

    /// How much is still to be saved.
    pub(in crate::store::file) fn unsaved_bytes(&self) -> u64 {
        self.unsaved.values().map(|places| table::table_bytes(places.len()) as u64).sum()
    }

    /// Writes what is not on disk yet; not synced, since it can be made again. False if there was no
    /// room: then it stays in memory.
    pub(in crate::store::file) fn save(&mut self) -> Result<bool> {
        while let Some((&segment, places)) = self.unsaved.first_key_value() {
            let name = table_name(self.origin.folder, segment);
            let bytes = table::encode(places, self.origin.seeds, segment);
            self.files.forget(|&other| other == segment);
            let saved = self.origin.disk.create(&name).and_then(|file| file.write_at(&bytes, 0));
            match saved.map_err(with(&name)) {
                Ok(()) => {}
                Err(Trouble::NoRoom(_)) => {
                    self.origin.disk.remove(&name).map_err(with(&name))?;
                    return Ok(false);
                }
                Err(error) => return Err(error),
            }
            self.unsaved.pop_first();
        }
        Ok(true)
    }

    /// The segment is gone, and its table with it.
    pub(in crate::store::file) fn forget(&mut self, segment: u64) {
        self.unsaved.remove(&segment);
        self.files.forget(|&other| other == segment);
        self.pages.forget(|&(other, _)| other == segment);
    }
}

/// 1 MiB of places.
const MOST_PAGES: usize = 256;
const MOST_FILES: usize = 32;
