//! Hashing of cache keys.

use std::hash::Hasher;

/// A multiplicative hash, eight bytes at a time. Keys are looked up several times per message. A peer
/// that makes them collide slows down no table but those of connections that carry its ids, and these
/// are bounded.
#[derive(Debug)]
pub(super) struct FastHasher(u64);

impl Default for FastHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl FastHasher {
    const fn mix(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    }
}

impl Hasher for FastHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(word.try_into().map_or(0, u64::from_ne_bytes));
        }
        for &byte in words.remainder() {
            self.mix(byte.into());
        }
    }
    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }
    fn write_i64(&mut self, word: i64) {
        self.mix(word.cast_unsigned());
    }
}
