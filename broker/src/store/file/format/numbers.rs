//! Ascending numbers in few bytes: each as what it is more than the one before, seven bits a byte.

use crate::model::coding::{Put, Take};

/// As they stand in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct Numbers<'a>(&'a [u8]);

impl<'a> Numbers<'a> {
    /// Reads their length in bytes, and them.
    pub(super) fn take(fields: &mut Take<'a>) -> Option<Self> {
        let len = usize::try_from(take_number(fields)?).ok()?;
        fields.bytes(len).map(Self)
    }

    pub(in crate::store::file) fn iter(self) -> impl Iterator<Item = u32> + use<'a> {
        let (mut fields, mut last) = (Take(self.0), 0_u32);
        std::iter::from_fn(move || {
            let step = u32::try_from(take_number(&mut fields)?).ok()?;
            last = last.checked_add(step)?;
            Some(last)
        })
    }
}

/// In ascending order; their length in bytes comes first.
pub(super) fn put_numbers(out: &mut impl Put, numbers: &[u32]) {
    let (mut bytes, mut last) = (Vec::with_capacity(numbers.len() + 4), 0);
    for &number in numbers {
        put_number(&mut bytes, number.wrapping_sub(last).into());
        last = number;
    }
    put_number(out, bytes.len() as u64);
    out.put(&bytes);
}

/// Seven bits a byte, the lowest first; all bytes but the last have the eighth bit.
pub(super) fn put_number(out: &mut impl Put, mut number: u64) {
    while number >= 0x80 {
        out.u8(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.u8(number.to_le_bytes()[0]);
}

pub(super) fn take_number(fields: &mut Take<'_>) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = fields.u8()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_a_hundred_neighbours_take_about_a_hundred_bytes() {
        let hundred: Vec<u32> = (1000..1100).collect();
        for numbers in [vec![], vec![0], vec![0, 127, 128, 300_000, u32::MAX], hundred.clone()] {
            let mut out = Vec::new();
            put_numbers(&mut out, &numbers);
            let mut fields = Take(&out);
            let read = Numbers::take(&mut fields).unwrap();
            assert_eq!(read.iter().collect::<Vec<_>>(), numbers);
            assert!(fields.is_at_end());
        }
        let mut out = Vec::new();
        put_numbers(&mut out, &hundred);
        assert_eq!(out.len(), 102);
    }

    #[test]
    fn single_numbers_come_back() {
        for number in [0, 127, 128, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
            let mut out = Vec::new();
            put_number(&mut out, number);
            assert_eq!(take_number(&mut Take(&out)), Some(number));
        }
        assert_eq!(take_number(&mut Take(&[0x80; 11])), None);
    }

    #[test]
    fn bytes_that_are_no_numbers_end_the_list() {
        let read = Numbers(&[5, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1]);
        assert_eq!(read.iter().collect::<Vec<_>>(), [5]);
    }
}
