//! A bit for each place of a table. Mostly none is set, so that mostly they take no memory.

use crate::model::coding::{Put, Take};

/// As many bits as the table has places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct Bits {
    len: u32,
    set: Set,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Set {
    None,
    All,
    /// Lowest bit first; bits beyond the length are clear.
    Some(Box<[u64]>),
}

impl Bits {
    /// None of them set.
    pub(in crate::store::file) const fn none(len: u32) -> Self {
        Self { len, set: Set::None }
    }

    pub(in crate::store::file) fn get(&self, bit: u32) -> bool {
        match &self.set {
            Set::None => false,
            Set::All => bit < self.len,
            Set::Some(words) => {
                let (word, mask) = place(bit);
                words.get(word).is_some_and(|word| word & mask != 0)
            }
        }
    }

    /// Sets all of these; there are so many.
    pub(in crate::store::file) fn set(&mut self, bits: std::ops::Range<u32>) {
        let end = bits.end.min(self.len);
        if bits.start >= end {
            return;
        }
        if bits.start == 0 && end == self.len {
            self.set = Set::All;
            return;
        }
        let Some(words) = self.words() else { return };
        for bit in bits.start..end {
            let (word, mask) = place(bit);
            if let Some(word) = words.get_mut(word) {
                *word |= mask;
            }
        }
    }

    /// To be changed. `None` if all are set anyway.
    fn words(&mut self) -> Option<&mut Box<[u64]>> {
        if self.set == Set::None {
            self.set = Set::Some(vec![0; words(self.len)].into());
        }
        match &mut self.set {
            Set::Some(words) => Some(words),
            Set::None | Set::All => None,
        }
    }

    /// The first clear one from here on, below `end`.
    pub(in crate::store::file) fn next_clear(&self, from: u32, end: u32) -> Option<u32> {
        let end = end.min(self.len);
        match &self.set {
            Set::None => (from < end).then_some(from),
            Set::All => None,
            Set::Some(words) => {
                let mut bit = from;
                while bit < end {
                    let (word, _) = place(bit);
                    let clear = !words.get(word)? >> (bit % 64);
                    if clear != 0 {
                        return Some(bit + clear.trailing_zeros()).filter(|&bit| bit < end);
                    }
                    bit = (bit / 64 + 1) * 64;
                }
                None
            }
        }
    }

    /// How many of these are clear.
    pub(in crate::store::file) fn count_clear(&self, from: u32, end: u32) -> u32 {
        match &self.set {
            Set::None => end.saturating_sub(from),
            Set::All => 0,
            Set::Some(_) => {
                let clear = (from..end).filter(|&bit| !self.get(bit)).count();
                u32::try_from(clear).unwrap_or(u32::MAX)
            }
        }
    }

    pub(super) fn encode(&self, out: &mut impl Put) {
        match &self.set {
            Set::None => out.u8(0),
            Set::All => out.u8(1),
            Set::Some(words) => {
                out.u8(2);
                words.iter().for_each(|&word| out.u64(word));
            }
        }
    }

    pub(super) fn decode(fields: &mut Take<'_>, len: u32) -> Option<Self> {
        let set = match fields.u8()? {
            0 => Set::None,
            1 => Set::All,
            2 => {
                let mut words = Take(fields.bytes(words(len).checked_mul(8)?)?);
                Set::Some(std::iter::from_fn(|| words.u64()).collect())
            }
            _ => return None,
        };
        Some(Self { len, set })
    }
}

const fn place(bit: u32) -> (usize, u64) {
    ((bit / 64) as usize, 1 << (bit % 64))
}

const fn words(len: u32) -> usize {
    len.div_ceil(64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_what_a_plain_list_of_them_would_be() {
        let mut bits = Bits::none(200);
        let mut plain = [false; 200];
        for range in [3..4, 64..130, 199..200, 60..70, 250..260, 0..0, 0..3] {
            bits.set(range.clone());
            for bit in range.filter(|&bit| bit < 200) {
                plain[bit as usize] = true;
            }
            for from in 0..200 {
                assert_eq!(bits.get(from), plain[from as usize]);
                let next = (from..190).find(|&bit| !plain[bit as usize]);
                assert_eq!(bits.next_clear(from, 190), next);
                let clear = plain[from as usize..].iter().filter(|&&set| !set).count();
                assert_eq!(bits.count_clear(from, 200) as usize, clear);
            }
        }
        let mut bytes = Vec::new();
        bits.encode(&mut bytes);
        assert_eq!(Bits::decode(&mut Take(&bytes), 200), Some(bits.clone()));
        bits.set(0..200);
        assert_eq!((bits.next_clear(0, 200), bits.get(200)), (None, false));
    }
}
