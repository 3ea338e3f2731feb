//! Which messages may have been given to consumers: ranges of ids, for each container. A range may span
//! ids that are gone, or are another container's: that says nothing about those.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Of one container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// First and last.
    ranges: BTreeMap<u64, u64>,
}

impl Marks {
    /// Marks all of them.
    pub(super) fn add(&mut self, mut first: u64, mut last: u64) {
        if first > last {
            return;
        }
        let near = self.ranges.range(..=last.saturating_add(1)).rev();
        let joined: Vec<(u64, u64)> = near
            .map(|(&first, &last)| (first, last))
            .take_while(|&(_, end)| end.saturating_add(1) >= first)
            .collect();
        for (start, end) in joined {
            self.ranges.remove(&start);
            first = first.min(start);
            last = last.max(end);
        }
        self.ranges.insert(first, last);
    }

    /// A new message has this id. Says whether that changed anything.
    pub(super) fn take(&mut self, id: u64) -> bool {
        let Some((&first, &last)) = self.ranges.range(..=id).next_back() else { return false };
        if last < id {
            return false;
        }
        self.ranges.remove(&first);
        if first < id {
            self.ranges.insert(first, id - 1);
        }
        if id < last {
            self.ranges.insert(id + 1, last);
        }
        true
    }

    pub(super) fn has(&self, id: u64) -> bool {
        self.ranges.range(..=id).next_back().is_some_and(|(_, &last)| last >= id)
    }

    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Nothing is left below this id.
    pub(super) fn forget_below(&mut self, id: u64) {
        let mut kept = self.ranges.split_off(&id);
        if let Some((_, &last)) = self.ranges.iter().next_back()
            && last >= id
        {
            kept.insert(id, last);
        }
        self.ranges = kept;
    }

    /// Closes the smallest gaps until no more ranges are left than this. What lies in a gap is marked
    /// then: it may be called delivered again although it is not.
    pub(super) fn join(&mut self, most: usize) {
        while self.ranges.len() > most.max(1) {
            let gap = |(a, b): (&(u64, u64), &(u64, u64))| b.0 - a.1;
            let ranges: Vec<(u64, u64)> = self.ranges.iter().map(|(&a, &b)| (a, b)).collect();
            let mut gaps: Vec<u64> = ranges.iter().zip(ranges.iter().skip(1)).map(gap).collect();
            gaps.sort_unstable();
            let excess = self.ranges.len() - most.max(1);
            let bound = gaps.get(excess - 1).copied().unwrap_or(u64::MAX);
            for (&(_, end), &(start, last)) in ranges.iter().zip(ranges.iter().skip(1)) {
                if start - end <= bound {
                    self.add(end, last);
                }
            }
        }
    }

    /// As the table has them: distances between ends, seven bits a byte, lowest first.
    pub(super) fn encode(&self) -> Bytes {
        let mut bytes = Vec::new();
        let mut before = 0;
        for (&first, &last) in &self.ranges {
            write(&mut bytes, first - before);
            write(&mut bytes, last - first);
            before = last;
        }
        bytes.into()
    }

    /// None if these are not what [`Marks::encode`] writes.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut marks = Self::default();
        let (mut rest, mut before) = (bytes, 0_u64);
        while !rest.is_empty() {
            let first = before.checked_add(read(&mut rest)?)?;
            let last = first.checked_add(read(&mut rest)?)?;
            marks.add(first, last);
            before = last;
        }
        Some(marks)
    }
}

fn write(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = number.to_le_bytes()[0] & 0x7f;
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

fn read(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_that_touch_become_one() {
        let mut marks = Marks::default();
        for (first, last) in [(5, 6), (1, 2), (9, 8), (3, 3), (10, 20), (15, 17)] {
            marks.add(first, last);
        }
        assert_eq!(marks.len(), 3);
        marks.forget_below(12);
        assert!(!marks.has(11) && marks.has(12) && marks.has(20) && !marks.has(21));
    }

    #[test]
    fn many_ranges_are_joined_over_the_smallest_gaps() {
        let mut marks = Marks::default();
        for (first, last) in [(1, 1), (3, 3), (10, 10), (50, 60)] {
            marks.add(first, last);
        }
        marks.join(2);
        assert!(marks.has(2) && marks.has(7) && !marks.has(30));
        assert_eq!(marks.len(), 2);
    }

    proptest! {
        #[test]
        fn marks_are_a_set_there_and_back(steps in prop::collection::vec((0_u64..200, 0_u64..20, any::<bool>()), 0..60)) {
            let (mut marks, mut model) = (Marks::default(), BTreeSet::new());
            for (first, length, take) in steps {
                if take {
                    prop_assert_eq!(marks.take(first), model.remove(&first));
                } else {
                    marks.add(first, first + length);
                    model.extend(first..=first + length);
                }
            }
            let back = Marks::decode(&marks.encode()).unwrap();
            for id in 0..240 {
                prop_assert_eq!(back.has(id), model.contains(&id));
            }
        }
    }
}
