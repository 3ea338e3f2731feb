//! Reads messages back, durable and transient ones merged by sequence.

use super::index::{Found, Wanted};
use super::running::Running;
use super::trouble::Result;
use crate::model::{Container, StoredMessage};

impl Running {
    /// The wanted messages of a container, in order.
    pub(super) fn page(
        &mut self,
        container: &Container,
        wanted: Wanted,
    ) -> Result<Vec<StoredMessage>> {
        let Some(number) = self.catalog.number(container) else { return Ok(Vec::new()) };
        let spills = self.spill.count(number) > 0;
        // Which of two lists ends first for its bytes is not known before they are merged.
        let listed = if spills { Wanted { bytes: usize::MAX, ..wanted } } else { wanted };
        let mut found = self.kept.list(number, listed)?;
        let mut spilled = Vec::new();
        if let Some((messages, _)) = self.spill.reading().filter(|_| spills) {
            spilled = messages.holdings.list(&mut messages.tables, number, listed)?;
            keep_first(&mut found, &mut spilled, wanted);
        }
        let mut page = read(self.kept.read(&found, Some(self.log.segment()))?);
        if let Some((messages, newest)) = self.spill.reading().filter(|_| spills) {
            let newest = newest.clone();
            page.extend(read(messages.read(&spilled, Some(&newest))?));
            page.sort_by_key(|message| message.sequence);
        }
        Ok(page)
    }
}

/// Of two lists together no more than is wanted.
fn keep_first(durable: &mut Vec<Found>, spilled: &mut Vec<Found>, wanted: Wanted) {
    let mut all: Vec<_> = durable.iter().chain(spilled.iter()).map(|found| found.place).collect();
    all.sort_by_key(|place| place.sequence);
    let mut bytes_left = wanted.bytes;
    let fits = all.iter().take(wanted.most).enumerate().take_while(|(n, place)| {
        let fits = *n == 0 || place.len as usize <= bytes_left;
        bytes_left = bytes_left.saturating_sub(place.len as usize);
        fits
    });
    let last = fits.last().map(|(_, place)| place.sequence);
    for list in [durable, spilled] {
        list.retain(|found| last.is_some_and(|last| found.place.sequence <= last));
    }
}

fn read(messages: Vec<super::messages::Message>) -> Vec<StoredMessage> {
    let stored = messages.into_iter().map(|message| StoredMessage {
        sequence: message.sequence,
        blob: message.blob,
        offered: message.offered,
    });
    stored.collect()
}
