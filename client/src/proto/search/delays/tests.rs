//! The delay series, its limits and its jitter.

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

#[allow(clippy::disallowed_methods, reason = "tests need some origin of time")]
fn origin() -> Instant {
    Instant::now()
}

fn steady() -> ReconnectOptions {
    ReconnectOptions::default().jitter(false)
}

fn millis(next: NextPass) -> u128 {
    match next {
        NextPass::After(delay) => delay.as_millis(),
        NextPass::GiveUp => panic!("gave up"),
    }
}

fn failures(delays: &mut ReconnectDelays, count: usize) -> Vec<u128> {
    let now = origin();
    (0..count).map(|_| millis(delays.pass_failed(now))).collect()
}

fn passes_until_give_up(delays: &mut ReconnectDelays) -> u32 {
    let now = origin();
    (1..100).find(|_| delays.pass_failed(now) == NextPass::GiveUp).unwrap_or(0)
}

#[test]
fn doubles_from_ten_milliseconds_to_thirty_seconds() {
    let mut delays = ReconnectDelays::new(&steady(), 1, origin());
    assert_eq!(
        failures(&mut delays, 15),
        [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_240, 20_480, 30_000, 30_000, 30_000]
    );
}

#[test]
fn triples_and_caps_as_configured() {
    let options = steady()
        .initial_reconnect_delay(Duration::from_millis(10))
        .reconnect_delay_exponent(3.0)
        .max_reconnect_delay(Duration::from_millis(200));
    let mut delays = ReconnectDelays::new(&options, 1, origin());
    assert_eq!(failures(&mut delays, 6), [10, 30, 90, 200, 200, 200]);
}

#[test]
fn stays_at_the_initial_delay_without_growth_even_above_the_cap() {
    let options =
        steady().use_exponential_back_off(false).initial_reconnect_delay(Duration::from_secs(60));
    let mut delays = ReconnectDelays::new(&options, 1, origin());
    assert_eq!(failures(&mut delays, 3), [60_000; 3]);
}

#[test]
fn spends_the_first_term_before_the_first_pass_after_a_loss() {
    let start = origin();
    let mut delays = ReconnectDelays::new(&steady(), 1, start);
    delays.connected(start);
    assert_eq!(millis(delays.lost(start + DAY)), 10);
    assert_eq!(failures(&mut delays, 2), [20, 40]);
}

#[test]
fn never_loops_busily_with_an_initial_delay_of_zero() {
    let start = origin();
    let options = steady().initial_reconnect_delay(Duration::ZERO);
    let mut delays = ReconnectDelays::new(&options, 1, start);
    assert_eq!(failures(&mut delays, 3), [10, 20, 40]);
    delays.connected(start);
    assert_eq!(millis(delays.lost(start + DAY)), 0, "once at once");
    assert_eq!(failures(&mut delays, 2), [10, 20]);
    delays.connected(start + DAY);
    assert_eq!(millis(delays.lost(start + DAY)), 40, "not after a short connection");
}

#[test]
fn waits_longer_and_longer_for_a_broker_that_hangs_up_after_each_login() {
    let mut now = origin();
    let mut delays = ReconnectDelays::new(&steady(), 1, now);
    let mut seen = Vec::new();
    for _ in 0..5 {
        delays.connected(now);
        now += Duration::from_millis(15);
        seen.push(millis(delays.lost(now)));
    }
    assert_eq!(seen, [10, 20, 40, 80, 160]);
    delays.connected(now);
    now += Duration::from_secs(10);
    assert_eq!(millis(delays.lost(now)), 10, "a healthy period starts the series over");
}

// Twenty brokers killed a second apart once made the client wait for half a minute, although each
// of its connections had been restored and used.
#[test]
fn does_not_punish_a_connection_that_served_longer_than_the_next_delay() {
    let mut now = origin();
    let mut delays = ReconnectDelays::new(&steady(), 1, now);
    for _ in 0..20 {
        delays.connected(now);
        now += Duration::from_secs(1);
        assert_eq!(millis(delays.lost(now)), 10);
        assert_eq!(failures(&mut delays, 3), [20, 40, 80]);
    }
}

/// Brokers that died in quick succession used to be waited for longer and longer, although each had
/// done its work: outages grew to half a minute where ActiveMQ's client takes milliseconds.
#[test]
fn a_connection_that_has_answered_a_request_starts_the_series_over_however_short_it_was() {
    let now = origin();
    let mut delays = ReconnectDelays::new(&steady(), 1, now);
    for _ in 0..20 {
        delays.connected(now);
        delays.served();
        assert_eq!(millis(delays.lost(now)), 10);
    }
    delays.connected(now);
    assert_eq!(millis(delays.lost(now)), 20, "one that has not does not");
}

#[test]
fn uses_the_reconnect_delay_until_the_first_success_only() {
    let options = steady().reconnect_delay(Some(Duration::from_millis(500)));
    let start = origin();
    let mut delays = ReconnectDelays::new(&options, 1, start);
    assert_eq!(failures(&mut delays, 2), [500, 1000]);
    delays.connected(start);
    assert_eq!(millis(delays.lost(start)), 10);
}

#[test]
fn gives_up_after_as_many_failed_passes_as_allowed() {
    let start = origin();
    let mut delays = ReconnectDelays::new(&steady().max_reconnect_attempts(Some(3)), 1, start);
    assert_eq!(passes_until_give_up(&mut delays), 3);
    delays.connected(start);
    assert_eq!(millis(delays.lost(start + DAY)), 10);
    assert_eq!(passes_until_give_up(&mut delays), 3);
}

#[test]
fn makes_one_pass_and_no_reconnect_when_no_attempt_is_allowed() {
    let start = origin();
    let mut delays = ReconnectDelays::new(&ReconnectOptions::never(), 1, start);
    assert_eq!(passes_until_give_up(&mut delays.clone()), 1);
    delays.connected(start);
    assert_eq!(delays.lost(start + DAY), NextPass::GiveUp);
}

#[test]
fn has_a_limit_of_its_own_until_the_first_success() {
    let start = origin();
    for (startup, passes) in [(0, 1), (1, 1), (5, 5)] {
        let options =
            steady().max_reconnect_attempts(Some(2)).startup_max_reconnect_attempts(Some(startup));
        let mut delays = ReconnectDelays::new(&options, 1, start);
        assert_eq!(passes_until_give_up(&mut delays.clone()), passes);
        delays.connected(start);
        assert_eq!(passes_until_give_up(&mut delays), 2);
    }
}

#[test]
fn warns_on_the_first_and_every_tenth_failed_pass() {
    let warned = |options: &ReconnectOptions| {
        let mut delays = ReconnectDelays::new(options, 1, origin());
        (1..=30)
            .filter(|_| {
                delays.pass_failed(origin());
                delays.should_warn()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(warned(&steady()), [1, 10, 20, 30]);
    assert!(warned(&steady().warn_after_reconnect_attempts(None)).is_empty());
}

#[test]
fn draws_jittered_delays_evenly_between_the_floor_and_the_term() {
    let options = ReconnectOptions::default()
        .use_exponential_back_off(false)
        .initial_reconnect_delay(Duration::from_millis(1010));
    let mut delays = ReconnectDelays::new(&options, 42, origin());
    let drawn = failures(&mut delays, 1000);
    assert!(drawn.iter().all(|delay| (10..=1010).contains(delay)));
    let mean = drawn.iter().sum::<u128>() / 1000;
    assert!((480..540).contains(&mean), "mean {mean}");
    for quarter in 0..4_u128 {
        let range = 10 + quarter * 250..10 + (quarter + 1) * 250;
        let count = drawn.iter().filter(|delay| range.contains(*delay)).count();
        assert!((200..300).contains(&count), "{count} in {range:?}");
    }
}

#[test]
fn repeats_itself_for_a_seed_and_differs_between_seeds() {
    let drawn = |seed| {
        failures(&mut ReconnectDelays::new(&ReconnectOptions::default(), seed, origin()), 20)
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
}

#[test]
fn spreads_two_hundred_clients_of_a_restarted_broker() {
    let mut returns: Vec<u128> = (0..200)
        .map(|seed| {
            let mut delays = ReconnectDelays::new(&ReconnectOptions::default(), seed, origin());
            failures(&mut delays, 10).into_iter().sum()
        })
        .collect();
    returns.sort_unstable();
    assert!(returns[180] - returns[20] > 2000, "{returns:?}");
}

#[test]
fn copes_with_the_longest_delays_there_are() {
    let longest = Duration::from_millis(i64::MAX.unsigned_abs());
    let options = ReconnectOptions::default()
        .initial_reconnect_delay(longest)
        .max_reconnect_delay(longest)
        .reconnect_delay_exponent(f64::MAX);
    let now = origin();
    let mut delays = ReconnectDelays::new(&options, 1, now);
    for _ in 0..100 {
        let NextPass::After(delay) = delays.pass_failed(now) else { panic!("gave up") };
        assert!(now.checked_add(delay).is_some());
    }
}
