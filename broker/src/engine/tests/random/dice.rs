//! Chance from a seed.

/// Small and quick, and the same everywhere (xorshift).
#[derive(Debug)]
pub(in crate::engine::tests) struct Dice(u64);

impl Dice {
    pub(in crate::engine::tests) fn new(seed: u64) -> Self {
        // Small seeds differ in few bits, and zero stays zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(in crate::engine::tests) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("below the limit")
    }

    pub(in crate::engine::tests) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }
}
