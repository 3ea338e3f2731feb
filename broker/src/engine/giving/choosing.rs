//! Lines whose consumers do not all want everything: selectors, groups, exclusive consumers.

use crate::engine::{
    Engine,
    state::{
        members::{Band, Member},
        slab::{LineId, SubId},
    },
};

/// What can be done next with a line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice {
    /// The entry at this index goes to this consumer.
    Give(usize, SubId),
    /// The entry at this index has expired.
    Expire(usize),
}

impl Engine {
    /// Among consumers that do not want everything: the first entry that somebody of the highest
    /// priority wants and may have.
    pub(crate) fn choose(&mut self, id: LineId) -> Option<Choice> {
        let line = self.destinations.line(id)?;
        let exclusive = line.members.iter().find(|it| it.exclusive).map(|it| it.sub);
        let mut begin = 0;
        while let Some(first) = self.destinations.line(id)?.members.get(begin) {
            let line = self.destinations.line(id)?;
            let band = Band::at(&line.members, begin, first.priority);
            let candidates: Vec<(usize, SubId)> = band
                .from(line.turn)
                .filter(|(_, it)| exclusive.is_none_or(|only| it.sub == only))
                .filter(|(_, it)| self.is_free(it.sub))
                .map(|(place, it)| (place, it.sub))
                .collect();
            let after = begin + band.members.len();
            // The first entry, and among those who want it the one with the fewest groups.
            let mut best: Option<((usize, usize), usize, SubId)> = None;
            for (place, sub) in candidates {
                match self.first_wanted(id, begin + place, exclusive.is_some()) {
                    Some(Choice::Give(index, _)) => {
                        let rank = (index, self.load(id, index, sub));
                        if best.is_none_or(|best| rank < best.0) {
                            best = Some((rank, place, sub));
                        }
                    }
                    Some(Choice::Expire(index)) => return Some(Choice::Expire(index)),
                    None => {}
                }
            }
            if let Some(((index, _), place, sub)) = best {
                self.destinations.line_mut(id)?.turn = place + 1;
                return Some(Choice::Give(index, sub));
            }
            begin = after;
        }
        None
    }

    /// What speaks against giving an entry to a consumer rather than to another one.
    fn load(&self, id: LineId, index: usize, sub: SubId) -> usize {
        let line = self.destinations.line(id);
        let entry = line.and_then(|line| Some((line, line.pending.get(index)?)));
        let message = entry.and_then(|(line, entry)| Some((line, entry.message()?)));
        message.map_or(0, |(line, message)| line.groups.load(message, sub))
    }

    /// The first entry that a consumer wants, and remembers how far it has looked. One that is alone
    /// entitled takes groups over, or they would wait for ever.
    fn first_wanted(&mut self, id: LineId, member: usize, exclusive: bool) -> Option<Choice> {
        let line = self.destinations.line(id)?;
        let horizon = line.horizon(line.members.get(member)?);
        let Member { sub, mut looked, .. } = *line.members.get(member)?;
        let subscription = self.subscriptions.get(sub)?;
        let mut index = line.pending.partition_point(|entry| entry.sequence <= looked);
        let (mut found, mut all_ready) = (None, true);
        while let Some(entry) = line.pending.get(index).filter(|it| it.sequence <= horizon) {
            let Some(message) = entry.message().filter(|_| entry.is_ready()) else {
                // It is looked at when it is ready, and what follows then again.
                all_ready = false;
                let Some(behind) = line.behind_band(entry.sequence) else { break };
                index = behind;
                continue;
            };
            if entry.is_expired(self.now.unix_ms) {
                found = Some(Choice::Expire(index));
                break;
            }
            let allowed = exclusive || line.groups.allows(message, sub);
            if allowed && subscription.accepts(message) {
                found = Some(Choice::Give(index, sub));
                break;
            }
            if all_ready {
                looked = entry.sequence;
            }
            index += 1;
        }
        self.destinations.line_mut(id)?.members.get_mut(member)?.looked = looked;
        found
    }
}
