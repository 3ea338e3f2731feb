//! Which brokers there are, and in which order they are tried.

use std::collections::HashSet;
use std::time::Instant;

use super::super::random::SplitMix64;
use crate::options::{BrokerAddress, ConnectOptions, Endpoint, TransportOptions};
use crate::uri;

/// Who told about a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The user. Such a broker is never forgotten.
    Configured,
    /// A connected broker, last at the given time.
    Supplied {
        /// When a broker last named it.
        last_seen: Instant,
    },
}

/// A known broker and who told about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KnownBroker {
    /// The broker.
    pub(crate) endpoint: Endpoint,
    /// Who told about it.
    pub(crate) source: Source,
}

/// Why an entry of a broker-supplied list was not used, or not entirely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Ignored {
    /// It is no broker address this client understands.
    #[error("not a broker address")]
    Malformed,
    /// The configured brokers are reached over TLS and this one would not be.
    #[error("less secure than the configured brokers")]
    LessSecure,
    /// The broker is used, its options in the file are not.
    #[error("used without its options: write them in the URI as nested.*")]
    Nested,
    /// More brokers than are kept.
    #[error("too many brokers")]
    TooMany,
    /// The broker is used, the options the list has for it are not: they are the client's business.
    #[error("options from a broker are not used")]
    Options,
}

/// What a broker-supplied list changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ListChange {
    /// Brokers that were not known before.
    pub(crate) added: Vec<BrokerAddress>,
    /// Brokers that an earlier list named and this one does not; configured ones never appear here.
    pub(crate) removed: Vec<BrokerAddress>,
    /// Entries that were not used, escaped and cut so that they can be logged, and why.
    pub(crate) ignored: Vec<(String, Ignored)>,
}

/// The configured brokers, those of the file with more of them, and those of the latest broker-supplied
/// list.
#[derive(Debug, Clone)]
pub(crate) struct BrokerList {
    configured: Vec<Endpoint>,
    /// Of the file at `updateURIsURL`.
    from_file: Vec<Endpoint>,
    supplied: Vec<(Endpoint, Instant)>,
    last_failed: Option<BrokerAddress>,
    /// Kept us waiting when they were tried last.
    silent: HashSet<BrokerAddress>,
    link: TransportOptions,
    randomize: bool,
    /// Some are to be preferred.
    prefers: bool,
    preferred: Vec<BrokerAddress>,
    accept_supplied: bool,
    random: SplitMix64,
}

impl BrokerList {
    /// Most brokers kept from broker-supplied lists.
    pub(crate) const MAX_SUPPLIED: usize = 128;

    /// The configured brokers of a connection; the seed decides the order of each pass.
    #[must_use]
    pub(crate) fn new(options: &ConnectOptions, seed: u64) -> Self {
        let mut configured: Vec<Endpoint> = Vec::new();
        for endpoint in &options.endpoints {
            if configured.iter().all(|known| known.address != endpoint.address) {
                configured.push(endpoint.clone());
            }
        }
        let preferred = preferred(options);
        for address in &preferred {
            if configured.iter().all(|known| known.address != *address) {
                configured.push(Endpoint::new(address.clone(), options.transport.clone()));
            }
        }
        Self {
            configured,
            from_file: Vec::new(),
            supplied: Vec::new(),
            last_failed: None,
            silent: HashSet::new(),
            link: options.transport.clone(),
            randomize: options.reconnect.randomize,
            prefers: options.reconnect.priority_backup
                && options.reconnect.max_reconnect_attempts != Some(0),
            preferred,
            accept_supplied: options.reconnect.update_uris_supported,
            random: SplitMix64::new(seed),
        }
    }

    /// Every known broker, configured ones first, each once.
    pub(crate) fn brokers(&self) -> impl Iterator<Item = KnownBroker> {
        let configured = self
            .configured
            .iter()
            .chain(&self.from_file)
            .map(|endpoint| KnownBroker { endpoint: endpoint.clone(), source: Source::Configured });
        let known = |endpoint: &Endpoint| {
            self.from_file.iter().any(|other| other.address == endpoint.address)
        };
        let supplied = self.supplied.iter().filter(move |(endpoint, _)| !known(endpoint));
        let supplied = supplied.map(|(endpoint, last_seen)| KnownBroker {
            endpoint: endpoint.clone(),
            source: Source::Supplied { last_seen: *last_seen },
        });
        configured.chain(supplied)
    }

    /// Some brokers are preferred to the others.
    pub(crate) fn has_preferred(&self) -> bool {
        !self.preferred.is_empty()
    }

    /// This one is.
    pub(crate) fn is_preferred(&self, broker: &BrokerAddress) -> bool {
        self.preferred.contains(broker)
    }

    /// The first broker of a list that is known.
    pub(crate) fn first_of(&self, list: &str) -> Option<BrokerAddress> {
        let texts = list.split(',').take(MAX_ENTRIES);
        let mut addresses = texts.filter_map(|text| uri::parse_supplied(text).ok());
        addresses.find_map(|(address, _)| self.knows(&address).then_some(address))
    }

    fn knows(&self, address: &BrokerAddress) -> bool {
        self.brokers().any(|known| known.endpoint.address == *address)
    }

    /// The order of one pass: as listed or, if so configured, at random; preferred brokers first. In any
    /// case the broker that failed last comes last, but for those that kept us waiting when they were
    /// tried last.
    pub(crate) fn next_pass(&mut self) -> Vec<Endpoint> {
        let mut pass: Vec<Endpoint> = self.brokers().map(|known| known.endpoint).collect();
        if self.randomize {
            self.random.shuffle(&mut pass);
        }
        pass.sort_by_key(|endpoint| !self.is_preferred(&endpoint.address));
        // A stable sort: everybody else keeps their place.
        pass.sort_by_key(|Endpoint { address, .. }| {
            (self.silent.contains(address), self.last_failed.as_ref() == Some(address))
        });
        pass
    }

    /// The broker that a change of the file leads to: its first one, or any of them.
    pub(crate) fn next_of_file(&mut self) -> Option<BrokerAddress> {
        let mut listed: Vec<_> = self.from_file.iter().map(|it| it.address.clone()).collect();
        if self.randomize {
            self.random.shuffle(&mut listed);
        }
        listed.into_iter().next()
    }

    /// Whether this broker kept us waiting when it was tried last.
    pub(crate) fn was_silent(&self, broker: &BrokerAddress) -> bool {
        self.silent.contains(broker)
    }

    /// This broker kept us waiting, or does so no more.
    pub(crate) fn note_silence(&mut self, broker: &BrokerAddress, silent: bool) {
        if silent {
            self.silent.insert(broker.clone());
        } else {
            self.silent.remove(broker);
        }
    }

    /// This broker could not be reached, or its connection was lost.
    pub(crate) fn failed(&mut self, broker: &BrokerAddress) {
        self.last_failed = Some(broker.clone());
    }

    /// Takes over a list sent by a connected broker (`connectedBrokers` of a `ConnectionControl`).
    ///
    /// It replaces the previous such list, and never the configured brokers. An empty list says
    /// nothing. Entries that are no valid addresses or less secure than the configured brokers are
    /// ignored.
    pub(crate) fn supply(&mut self, list: &str, now: Instant) -> ListChange {
        let mut change = ListChange::default();
        if !self.accept_supplied {
            return change;
        }
        let mut latest: Vec<(Endpoint, Instant)> = Vec::new();
        let texts = list.split(',').map(str::trim_ascii).filter(|text| !text.is_empty());
        for text in texts.take(MAX_ENTRIES) {
            let (address, has_options) = match self.check(text, latest.len()) {
                Ok(checked) => checked,
                Err(reason) => {
                    note(&mut change, text, reason);
                    continue;
                }
            };
            if has_options {
                note(&mut change, text, Ignored::Options);
            }
            let same = |endpoint: &Endpoint| endpoint.address == address;
            if !self.configured.iter().any(same) && !latest.iter().any(|(known, _)| same(known)) {
                latest.push((Endpoint::new(address, self.link.clone()), now));
            }
        }
        if latest.is_empty() && !self.names_configured(list) {
            return change;
        }
        change.added = missing(&latest, &self.supplied);
        change.removed = missing(&self.supplied, &latest);
        self.supplied = latest;
        let known: HashSet<_> = self.brokers().map(|known| known.endpoint.address).collect();
        self.silent.retain(|broker| known.contains(broker));
        change
    }

    /// Takes over the text of the file at `updateURIsURL`: addresses with commas between them, or on
    /// lines of their own. It replaces what was read from it before, unless it has no address at all.
    pub(crate) fn read(&mut self, text: &str) -> ListChange {
        let mut change = ListChange::default();
        let mut latest: Vec<Endpoint> = Vec::new();
        let texts = text.split([',', '\n']).map(str::trim_ascii).filter(|text| !text.is_empty());
        for text in texts.take(MAX_ENTRIES) {
            let Ok((address, has_options)) = uri::parse_supplied(text) else {
                note(&mut change, text, Ignored::Malformed);
                continue;
            };
            if has_options {
                note(&mut change, text, Ignored::Nested);
            }
            let same = |endpoint: &Endpoint| endpoint.address == address;
            if !self.configured.iter().chain(&latest).any(same) {
                latest.push(Endpoint::new(address, self.link.clone()));
            }
        }
        if !latest.is_empty() {
            let addresses = |list: &[Endpoint]| -> Vec<BrokerAddress> {
                list.iter().map(|endpoint| endpoint.address.clone()).collect()
            };
            let (new, old) = (addresses(&latest), addresses(&self.from_file));
            change.added = new.iter().filter(|it| !old.contains(it)).cloned().collect();
            change.removed = old.into_iter().filter(|it| !new.contains(it)).collect();
            if self.configured.is_empty() && self.prefers {
                self.preferred = new.into_iter().take(1).collect();
            }
            self.from_file = latest;
        }
        change
    }

    fn check(&self, text: &str, taken: usize) -> Result<(BrokerAddress, bool), Ignored> {
        let (address, has_options) = uri::parse_supplied(text).map_err(|_| Ignored::Malformed)?;
        let secure = |endpoint: &Endpoint| endpoint.address.scheme().is_secure();
        // Only a client without any plain broker insists on TLS.
        let must_be_secure = !self.configured.is_empty() && self.configured.iter().all(secure);
        if must_be_secure && !address.scheme().is_secure() {
            return Err(Ignored::LessSecure);
        }
        if taken >= Self::MAX_SUPPLIED {
            return Err(Ignored::TooMany);
        }
        Ok((address, has_options))
    }

    /// Whether at least one configured broker is in the list, which then is a real one and not
    /// garbage.
    fn names_configured(&self, list: &str) -> bool {
        let addresses =
            list.split(',').take(MAX_ENTRIES).filter_map(|text| uri::parse_supplied(text).ok());
        addresses
            .into_iter()
            .any(|(address, _)| self.configured.iter().any(|known| known.address == address))
    }
}

fn preferred(options: &ConnectOptions) -> Vec<BrokerAddress> {
    let reconnect = &options.reconnect;
    if !reconnect.priority_backup || reconnect.max_reconnect_attempts == Some(0) {
        return Vec::new();
    }
    if !reconnect.priority_uris.is_empty() {
        return reconnect.priority_uris.clone();
    }
    options.endpoints.iter().take(1).map(|endpoint| endpoint.address.clone()).collect()
}

/// A broker may send any amount of garbage; only so much of it is read and reported.
fn note(change: &mut ListChange, text: &str, reason: Ignored) {
    if change.ignored.len() < MAX_NOTES {
        change.ignored.push((text.escape_debug().take(MAX_NOTE_CHARS).collect(), reason));
    }
}

const MAX_ENTRIES: usize = 1024;
const MAX_NOTES: usize = 16;
const MAX_NOTE_CHARS: usize = 120;

fn missing(from: &[(Endpoint, Instant)], others: &[(Endpoint, Instant)]) -> Vec<BrokerAddress> {
    let known = |address: &BrokerAddress| others.iter().any(|(other, _)| other.address == *address);
    let addresses = from.iter().map(|(endpoint, _)| &endpoint.address);
    addresses.filter(|address| !known(address)).cloned().collect()
}

#[cfg(test)]
mod tests;
