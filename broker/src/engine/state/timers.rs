//! What happens when its time has come.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::engine::state::slab::{LineId, SubId};

/// Something that happens at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A consumer has waited long enough for the message that it asked for.
    Pull(SubId),
    /// Lines are looked through for what has expired.
    Sweep,
    /// A full line has had time to drain.
    Pause(LineId),
    /// The store may have room again.
    Room,
    /// What nobody waits for goes to the store all the same.
    Lazy,
}

/// All of them, each with one time, on the monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    times: BTreeMap<Timer, Duration>,
    order: BTreeSet<(Duration, Timer)>,
}

impl Timers {
    /// At this time, and not at the one that was set before.
    pub(crate) fn set(&mut self, timer: Timer, time: Duration) {
        self.stop(timer);
        self.times.insert(timer, time);
        self.order.insert((time, timer));
    }

    /// At this time, if none has been set.
    pub(crate) fn begin(&mut self, timer: Timer, time: Duration) {
        if !self.times.contains_key(&timer) {
            self.set(timer, time);
        }
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        if let Some(time) = self.times.remove(&timer) {
            self.order.remove(&(time, timer));
        }
    }

    /// The earliest time.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.order.first().map(|(time, _)| *time)
    }

    /// Takes out the earliest whose time has come.
    pub(crate) fn take_over(&mut self, now: Duration) -> Option<Timer> {
        let (_, timer) = self.order.first().copied().filter(|(time, _)| *time <= now)?;
        self.stop(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_again_happens_once_and_in_order() {
        let at = Duration::from_millis;
        let mut timers = Timers::default();
        timers.set(Timer::Sweep, at(30));
        timers.set(Timer::Room, at(10));
        timers.set(Timer::Room, at(20));
        timers.begin(Timer::Room, at(5));
        timers.set(Timer::Lazy, at(40));
        timers.stop(Timer::Lazy);
        assert_eq!((timers.next(), timers.take_over(at(19))), (Some(at(20)), None));
        assert_eq!(timers.take_over(at(50)), Some(Timer::Room));
        assert_eq!(timers.take_over(at(50)), Some(Timer::Sweep));
        assert_eq!((timers.next(), timers.take_over(at(50))), (None, None));
    }
}
