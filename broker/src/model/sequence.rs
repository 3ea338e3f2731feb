//! The order of a container's messages as one number, so that whatever goes by sequences goes by priorities.
//!
//! A sequence is the broker-wide number of a message's arrival. In a queue that is prioritized its four upper
//! bits are the band of the message's priority: 1 for priority 9, 10 for priority 0. What has no band (0) came
//! before the queue was prioritized, and comes first; what has one and no priority of JMS (11) comes last.

/// The sequence of a message with this priority in a queue that is prioritized. Priorities beyond 0 to 9 count as
/// the nearest of these.
#[must_use]
pub fn by_priority(arrival: u64, priority: i8) -> u64 {
    // Both are small numbers: nothing is lost.
    let lower = u64::try_from(HIGHEST - priority.clamp(0, HIGHEST)).unwrap_or(0);
    in_band(1 + lower, arrival)
}

/// The sequence of a message whose priority JMS does not know.
#[must_use]
pub const fn without_priority(arrival: u64) -> u64 {
    in_band(11, arrival)
}

/// The number of its arrival.
#[must_use]
pub const fn arrival(sequence: u64) -> u64 {
    sequence & LAST_ARRIVAL
}

/// The priority that it has in its order, if it has one.
#[must_use]
pub const fn priority(sequence: u64) -> Option<u8> {
    match band(sequence) {
        band @ 1..=10 => Some(10 - band),
        _ => None,
    }
}

/// Which of the bands it is in; those before have lower numbers.
#[must_use]
pub const fn band(sequence: u64) -> u8 {
    (sequence >> ARRIVAL_BITS) as u8
}

/// Nothing of its band has a higher sequence.
#[must_use]
pub const fn end_of_band(sequence: u64) -> u64 {
    sequence | LAST_ARRIVAL
}

const fn in_band(band: u64, arrival: u64) -> u64 {
    band << ARRIVAL_BITS | arrival & LAST_ARRIVAL
}

const HIGHEST: i8 = 9;
const ARRIVAL_BITS: u32 = 60;
const LAST_ARRIVAL: u64 = (1 << ARRIVAL_BITS) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_in_the_order_of_priorities_and_then_of_arrival() {
        let later = [(9, 7), (9, 8), (4, 1), (4, 9), (0, 2)];
        let mut sequences = vec![6];
        sequences.extend(later.map(|(priority, at)| by_priority(at, priority)));
        sequences.push(without_priority(3));
        assert!(sequences.is_sorted());
        for ((priority, at), sequence) in later.into_iter().zip(&sequences[1..]) {
            assert_eq!(self::priority(*sequence), u8::try_from(priority).ok());
            assert_eq!(arrival(*sequence), at);
            assert!(*sequence <= end_of_band(*sequence) && end_of_band(*sequence) < u64::MAX);
        }
        assert_eq!((arrival(6), priority(6), priority(without_priority(3))), (6, None, None));
    }

    #[test]
    fn priorities_that_jms_does_not_have_count_as_the_nearest() {
        assert_eq!(by_priority(1, 127), by_priority(1, 9));
        assert_eq!(by_priority(1, -128), by_priority(1, 0));
    }
}
