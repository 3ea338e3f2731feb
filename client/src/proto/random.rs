//! Seeded random numbers, so that every run can be repeated.

/// A small generator whose sequence is fixed by its seed, in every version of this crate.
///
/// Good enough to spread load, not to keep secrets. The algorithm is Steele, Lea and Flood's
/// `SplitMix64` (public domain).
#[derive(Debug, Clone)]
pub(crate) struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// Starts the sequence of this seed.
    #[must_use]
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 random bits.
    pub(crate) fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`, each equally likely; 0 if `bound` is 0.
    pub(crate) fn next_below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Numbers from the incomplete last block would favour small results, so they are drawn
        // again.
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let drawn = self.next_u64();
            if drawn < limit {
                return drawn % bound;
            }
        }
    }

    /// A number from 0 up to but not including 1.
    pub(crate) fn next_fraction(&mut self) -> f64 {
        let high = u32::try_from(self.next_u64() >> 32).unwrap_or(u32::MAX);
        f64::from(high) / 4_294_967_296.0
    }

    /// Brings a list into random order, each order equally likely.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let drawn = self.next_below(last as u64 + 1);
            items.swap(last, usize::try_from(drawn).unwrap_or(last));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn follows_the_published_sequence() {
        let mut random = SplitMix64::new(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(
            drawn,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn shuffles_without_favouring_an_order() {
        let mut random = SplitMix64::new(1);
        let mut seen: BTreeMap<[u8; 3], u32> = BTreeMap::new();
        for _ in 0..6000 {
            let mut items = [1, 2, 3];
            random.shuffle(&mut items);
            *seen.entry(items).or_default() += 1;
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.values().all(|count| (880..1120).contains(count)), "{seen:?}");
    }

    #[test]
    fn stays_below_the_bound() {
        let mut random = SplitMix64::new(3);
        assert_eq!(random.next_below(0), 0);
        assert_eq!(random.next_below(1), 0);
        assert!((0..1000).all(|_| random.next_below(7) < 7));
        assert!((0..1000).map(|_| random.next_fraction()).all(|f| (0.0..1.0).contains(&f)));
    }
}
