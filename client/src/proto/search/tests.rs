//! The search alone, against brokers of every kind, from seeds.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use relaismq_openwire::Preferences;

use super::{Search, Step};
use crate::{
    options::{BrokerAddress, ConnectOptions, Endpoint},
    proto::{epoch::Epoch, event::Event, random::SplitMix64},
};

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Refused after a round trip of so long.
    Down(Duration),
    /// Nothing ever comes back.
    Hole,
    /// Accepts, and says nothing.
    Silent,
    /// Serves; each answer takes so long.
    Good(Duration),
    /// Introduces itself, and does not answer the login.
    Mute(Duration),
    /// Introduces itself, and refuses the login.
    Strict(Duration),
    /// Cannot be used before something is changed, as it turns out after so long.
    Unusable(Duration),
}

/// What is on its way to the search.
#[derive(Clone, Copy, Debug)]
enum News {
    Dialled,
    Failed,
    Unusable,
    Introduced,
    Answered,
    Refused,
}

struct Simulation {
    search: Search,
    start: Instant,
    now: Instant,
    kinds: BTreeMap<String, Kind>,
    coming: Vec<(Instant, Epoch, News)>,
    open: BTreeMap<Epoch, Endpoint>,
    login: Option<(Epoch, Endpoint)>,
    connected: Option<String>,
    gave_up: bool,
    dials: BTreeMap<String, u32>,
}

impl Simulation {
    #[allow(clippy::disallowed_methods, reason = "tests need some origin of time")]
    fn new(kinds: BTreeMap<String, Kind>, seed: u64) -> Self {
        let start = Instant::now();
        let mut options = ConnectOptions::to(kinds.keys().map(|host| Endpoint::tcp(host, 1)));
        options.reconnect.randomize = seed.is_multiple_of(2);
        options.reconnect.jitter = seed.is_multiple_of(3);
        Self {
            search: Search::new(&options, seed, start),
            start,
            now: start,
            kinds,
            coming: Vec::new(),
            open: BTreeMap::new(),
            login: None,
            connected: None,
            gave_up: false,
            dials: BTreeMap::new(),
        }
    }

    fn steps(&mut self) {
        while let Some(step) = self.search.next_step() {
            match step {
                Step::ReadList(file) => panic!("nobody named {file:?}"),
                Step::Dial(epoch, endpoint) => self.dial(epoch, endpoint),
                Step::Introduce(epoch, endpoint) => self.introduce(epoch, &endpoint),
                Step::Agree(epoch, _) => assert!(self.open.contains_key(&epoch)),
                Step::HangUp(epoch) => self.hang_up(epoch),
                Step::LogIn(epoch, endpoint, _) => self.log_in(epoch, endpoint),
                Step::Notify(Event::Waiting { delay, .. }) => {
                    assert!(delay <= Duration::from_secs(30));
                }
                Step::Notify(_) => {}
                Step::GiveUp => self.gave_up = true,
                Step::KeepAlive(..) | Step::Move { .. } | Step::Stay => panic!("no spares here"),
            }
        }
    }

    fn kind(&self, endpoint: &Endpoint) -> Kind {
        self.kinds[endpoint.address.host()]
    }

    fn later(&mut self, after: Duration, epoch: Epoch, news: News) {
        self.coming.push((self.now + after, epoch, news));
    }

    fn dial(&mut self, epoch: Epoch, endpoint: Endpoint) {
        assert!(self.open.values().all(|other| *other != endpoint), "{endpoint} twice");
        assert!(self.open.len() < 17, "too many sockets");
        *self.dials.entry(endpoint.address.host().to_owned()).or_default() += 1;
        match self.kind(&endpoint) {
            Kind::Down(after) => self.later(after, epoch, News::Failed),
            Kind::Unusable(after) => self.later(after, epoch, News::Unusable),
            // The driver's own limit.
            Kind::Hole => self.later(Duration::from_secs(5), epoch, News::Failed),
            Kind::Silent => self.later(Duration::ZERO, epoch, News::Dialled),
            Kind::Good(after) | Kind::Mute(after) | Kind::Strict(after) => {
                self.later(after, epoch, News::Dialled);
            }
        }
        self.open.insert(epoch, endpoint);
    }

    fn introduce(&mut self, epoch: Epoch, endpoint: &Endpoint) {
        if let Kind::Good(after) | Kind::Mute(after) | Kind::Strict(after) = self.kind(endpoint) {
            self.later(after, epoch, News::Introduced);
        }
    }

    fn hang_up(&mut self, epoch: Epoch) {
        self.open.remove(&epoch);
        self.coming.retain(|(_, other, _)| *other != epoch);
        self.login.take_if(|(other, _)| *other == epoch);
    }

    fn log_in(&mut self, epoch: Epoch, endpoint: Endpoint) {
        assert!(self.login.is_none(), "two logins at a time");
        match self.kind(&endpoint) {
            Kind::Good(after) => self.later(after, epoch, News::Answered),
            Kind::Strict(after) => self.later(after, epoch, News::Refused),
            // The connection's own limit for a login.
            _ => self.later(Duration::from_secs(10), epoch, News::Failed),
        }
        self.login = Some((epoch, endpoint));
    }

    fn happens(&mut self, epoch: Epoch, news: News) {
        let now = self.now;
        let broker = self.open[&epoch].address.clone();
        match news {
            News::Dialled => self.search.dialled(epoch, now),
            News::Introduced => {
                let info = Preferences::broker().to_info().unwrap();
                self.search.introduced(epoch, &info, now);
            }
            News::Failed if self.login.as_ref().is_some_and(|(login, _)| *login == epoch) => {
                self.login_failed(epoch, &broker, "no answer to the login");
            }
            News::Unusable => {
                let is_final = self.search.unusable(epoch, "expired", now);
                assert!(!is_final, "there are others");
            }
            News::Failed => self.search.attempt_failed(epoch, "failed", now),
            News::Refused => {
                let is_final = self.search.refused(&broker, "no", now);
                self.gave_up |= is_final;
                if !is_final {
                    self.login_failed(epoch, &broker, "refused");
                }
            }
            News::Answered => {
                self.login = None;
                self.connected = Some(broker.host().to_owned());
                self.search.logged_in();
                self.search.succeeded(&broker, now);
            }
        }
    }

    fn login_failed(&mut self, epoch: Epoch, broker: &BrokerAddress, reason: &str) {
        self.hang_up(epoch);
        self.search.link_failed(broker, reason, self.now);
    }

    /// Until connected or that much later; how long it took.
    fn run(&mut self, limit: Duration) -> Duration {
        let begin = self.now;
        self.steps();
        while self.connected.is_none() && !self.gave_up {
            let due = self.coming.iter().map(|(due, ..)| *due).chain(self.search.poll_timeout());
            let Some(due) = due.min().filter(|due| *due <= begin + limit) else { break };
            self.now = self.now.max(due);
            let next = self.coming.iter().position(|(due, ..)| *due <= self.now);
            match next.map(|place| self.coming.remove(place)) {
                Some((_, epoch, news)) => self.happens(epoch, news),
                None => self.search.handle_timeout(self.now),
            }
            self.steps();
        }
        self.now - begin
    }

    fn lose(&mut self) {
        let Some(host) = self.connected.take() else { return };
        self.open.clear();
        self.coming.clear();
        self.search.left(&Endpoint::tcp(&host, 1).address, "cut", None, self.now);
    }
}

fn kind(random: &mut SplitMix64) -> Kind {
    let millis = |random: &mut SplitMix64| Duration::from_millis(random.next_below(120));
    match random.next_below(7) {
        0 => Kind::Down(millis(random)),
        1 => Kind::Hole,
        2 => Kind::Silent,
        3 => Kind::Mute(millis(random)),
        4 => Kind::Strict(millis(random)),
        5 => Kind::Unusable(millis(random)),
        _ => Kind::Good(millis(random)),
    }
}

/// With so many others in front of it, each of which holds up for a stagger, and a mute login or two.
fn bound(kinds: &BTreeMap<String, Kind>) -> Duration {
    let count = |which: fn(&Kind) -> bool| kinds.values().filter(|kind| which(kind)).count();
    let mute = u32::try_from(count(|kind| matches!(kind, Kind::Mute(_)))).unwrap();
    let others = u32::try_from(kinds.len()).unwrap();
    // Each mute login is waited for twice as long as the one before.
    let logins = Duration::from_secs(1) * (2_u32.pow(mute) - 1);
    super::STAGGER * others + logins + Duration::from_millis(if mute > 0 { 1000 } else { 300 })
}

#[test]
fn a_good_broker_is_found_in_time_among_any_others_and_at_every_switch() {
    for seed in 0..4000 {
        let mut random = SplitMix64::new(seed);
        let others = random.next_below(4);
        let mut kinds: BTreeMap<_, _> =
            (0..others).map(|place| (format!("b{place}"), kind(&mut random))).collect();
        for good in ["a", "c"] {
            let after = Duration::from_millis(random.next_below(120));
            kinds.insert(good.to_owned(), Kind::Good(after));
        }
        let limit = bound(&kinds);
        let mut simulation = Simulation::new(kinds, seed);
        for switch in 0..4 {
            let took = simulation.run(Duration::from_secs(60));
            let told = (seed, switch, &simulation.kinds);
            assert!(simulation.connected.is_some(), "{told:?}");
            assert!(took <= limit, "{took:?} > {limit:?}: {told:?}");
            assert_eq!(simulation.open.len(), 1, "{told:?}");
            simulation.lose();
        }
    }
}

/// Nothing is dialled in a rush, however dead everything is.
#[test]
fn a_search_in_vain_is_patient() {
    for seed in 0..400 {
        let mut random = SplitMix64::new(seed);
        let kinds: BTreeMap<_, _> = (0..1 + random.next_below(4))
            .map(|place| {
                let kind = match random.next_below(3) {
                    0 => Kind::Down(Duration::ZERO),
                    1 => Kind::Hole,
                    _ => Kind::Silent,
                };
                (format!("b{place}"), kind)
            })
            .collect();
        let mut simulation = Simulation::new(kinds, seed);
        simulation.run(Duration::from_secs(600));
        assert!(simulation.connected.is_none() && !simulation.gave_up);
        let most = simulation.dials.values().max().unwrap();
        let least = simulation.dials.values().min().unwrap();
        assert!((10..140).contains(most) && *least > 8, "{seed}: {:?}", simulation.dials);
    }
}

#[test]
fn a_broker_that_comes_back_is_found_however_the_others_keep_us_waiting() {
    for seed in 0..1000 {
        let mut random = SplitMix64::new(seed);
        let mut kinds: BTreeMap<_, _> = (0..1 + random.next_below(3))
            .map(|place| {
                let kind = if random.next_below(2) == 0 { Kind::Hole } else { Kind::Silent };
                (format!("b{place}"), kind)
            })
            .collect();
        kinds.insert("a".to_owned(), Kind::Down(Duration::ZERO));
        let mut simulation = Simulation::new(kinds, seed);
        simulation.run(Duration::from_millis(random.next_below(3000)));
        simulation.kinds.insert("a".to_owned(), Kind::Good(Duration::ZERO));
        let took = simulation.run(Duration::from_secs(20));
        // At most as long as it has been looked for, which is how delays grow.
        let told = (seed, took, simulation.now - simulation.start);
        assert!(simulation.connected.is_some() && took <= Duration::from_secs(4), "{told:?}");
    }
}

#[test]
fn refusals_of_one_broker_do_not_come_at_the_pace_of_passes() {
    let strict = Kind::Strict(Duration::ZERO);
    let kinds = [("a", strict), ("b", Kind::Down(Duration::ZERO))];
    let kinds = kinds.map(|(host, kind)| (host.to_owned(), kind)).into_iter().collect();
    let mut simulation = Simulation::new(kinds, 1);
    simulation.run(Duration::from_secs(4));
    assert!((2..=3).contains(&simulation.dials["a"]), "{:?}", simulation.dials);
    assert!(simulation.dials["b"] > 5, "{:?}", simulation.dials);
    let hosts: BTreeSet<_> = simulation.dials.keys().map(String::as_str).collect();
    assert_eq!(hosts, ["a", "b"].into());
}
