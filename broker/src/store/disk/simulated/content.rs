//! One file: what is synced, what is there now, and the writes between the two.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Survival;
use super::random::Random;

const PAGE: usize = 4096;
const SECTOR: usize = 512;

/// Bytes in pages that are shared with the copies of the disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    pages: Vec<Arc<[u8; PAGE]>>,
    len: usize,
}

impl Content {
    fn set(&mut self, at: usize, bytes: &[u8]) {
        for (page, from, piece) in pieces(at, bytes, PAGE) {
            while self.pages.len() <= page {
                self.pages.push(Arc::new([0; PAGE]));
            }
            Arc::make_mut(&mut self.pages[page])[from..from + piece.len()].copy_from_slice(piece);
        }
    }

    fn cut(&mut self, len: usize) {
        self.len = len;
        self.pages.truncate(len.div_ceil(PAGE));
        if !len.is_multiple_of(PAGE)
            && let Some(last) = self.pages.get_mut(len / PAGE)
        {
            Arc::make_mut(last)[len % PAGE..].fill(0);
        }
    }

    fn get(&self, at: usize, buffer: &mut [u8]) {
        let mut done = 0;
        while done < buffer.len() {
            let (page, from) = ((at + done) / PAGE, (at + done) % PAGE);
            let len = (buffer.len() - done).min(PAGE - from);
            let piece = &mut buffer[done..done + len];
            match self.pages.get(page) {
                Some(page) => piece.copy_from_slice(&page[from..from + len]),
                None => piece.fill(0),
            }
            done += len;
        }
    }
}

/// The parts of `bytes` in each unit: its number, the place in it, the bytes.
fn pieces(at: usize, bytes: &[u8], unit: usize) -> impl Iterator<Item = (usize, usize, &[u8])> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(done..).filter(|rest| !rest.is_empty())?;
        let (number, from) = ((at + done) / unit, (at + done) % unit);
        let piece = &rest[..rest.len().min(unit - from)];
        done += piece.len();
        Some((number, from, piece))
    })
}

#[derive(Clone, Debug)]
enum Unsynced {
    Write { at: usize, bytes: Arc<[u8]> },
    Cut { len: usize },
}

#[derive(Clone, Debug, Default)]
pub(super) struct File {
    synced: Content,
    now: Content,
    unsynced: Vec<Unsynced>,
}

impl File {
    pub(super) fn len(&self) -> u64 {
        self.now.len as u64
    }

    pub(super) fn read(&self, buffer: &mut [u8], offset: u64) -> bool {
        let at = usize::try_from(offset).unwrap();
        let there = at + buffer.len() <= self.now.len;
        if there {
            self.now.get(at, buffer);
        }
        there
    }

    pub(super) fn write(&mut self, bytes: &[u8], offset: u64) {
        let at = usize::try_from(offset).unwrap();
        self.now.set(at, bytes);
        self.now.len = self.now.len.max(at + bytes.len());
        self.unsynced.push(Unsynced::Write { at, bytes: bytes.into() });
    }

    pub(super) fn set_len(&mut self, len: u64) {
        let len = usize::try_from(len).unwrap();
        self.now.cut(len);
        self.unsynced.push(Unsynced::Cut { len });
    }

    /// Only the beginning of the last write was done.
    pub(super) fn cut_last_write_short(&mut self, random: &mut Random) {
        let Some(Unsynced::Write { at, bytes }) = self.unsynced.pop() else { return };
        let done = bytes[..random.below(bytes.len().max(1))].to_vec();
        let unsynced = std::mem::take(&mut self.unsynced);
        self.now = self.synced.clone();
        for change in unsynced {
            match change {
                Unsynced::Write { at, bytes } => self.write(&bytes, at as u64),
                Unsynced::Cut { len } => self.set_len(len as u64),
            }
        }
        self.write(&done, at as u64);
    }

    pub(super) fn sync(&mut self) {
        self.unsynced.clear();
        self.synced = self.now.clone();
    }

    /// The file after a power cut.
    pub(super) fn crash(&self, survival: Survival, random: &mut Random) -> Self {
        let unit = if survival == Survival::TornSectors { SECTOR } else { PAGE };
        let all = self.unsynced.len();
        let mut states = BTreeMap::new();
        let state = |random: &mut Random| match survival {
            Survival::Nothing => 0,
            Survival::Everything => all,
            Survival::RandomPages => all * random.below(2),
            Survival::TornPages | Survival::TornSectors => random.below(all + 1),
        };
        let lengths = state(random);
        let mut left = self.synced.clone();
        for (n, change) in self.unsynced.iter().enumerate() {
            match change {
                Unsynced::Write { at, bytes } => {
                    for (number, from, piece) in pieces(*at, bytes, unit) {
                        if n < *states.entry(number).or_insert_with(|| state(random)) {
                            left.set(number * unit + from, piece);
                        }
                    }
                    if n < lengths {
                        left.len = left.len.max(at + bytes.len());
                    }
                }
                Unsynced::Cut { len } if n < lengths => left.cut(*len),
                Unsynced::Cut { .. } => {}
            }
        }
        left.cut(left.len);
        Self { synced: left.clone(), now: left, unsynced: Vec::new() }
    }
}
