//! What was found in a URI, and the options that it comes to.

use relaismq_options::{BrokerAddress, Source, UriError, UriErrorKind};

use super::placing::{self, Setting};
use super::warning::UriWarning;
use super::{Broker, BrokerUri, Pair};
use crate::options::{ConnectOptions, Endpoint, ReconnectOptions, TransportOptions};

/// A broker as it was read.
#[derive(Debug)]
pub(super) struct Listed<'a> {
    pub(super) address: BrokerAddress,
    /// Where to connect from.
    pub(super) local: Option<(String, u16)>,
    pub(super) mock: bool,
    pub(super) own: Vec<Setting<'a, TransportOptions>>,
}

#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub(super) warnings: Vec<UriWarning>,
    pub(super) connect: Vec<Setting<'a, ConnectOptions>>,
    pub(super) nested: Vec<Setting<'a, TransportOptions>>,
    pub(super) brokers: Vec<Listed<'a>>,
    /// Where the parentheses are that name no broker.
    pub(super) empty_list: Option<usize>,
    /// Brokers are tried in order unless an option says otherwise.
    pub(super) ordered: bool,
}

pub(super) fn no_broker(source: Source<'_>, at: usize) -> UriError {
    let hint = "write failover:(tcp://host:61616), or say with updateURIsURL where a list is";
    source.hinted(at, UriErrorKind::NoBroker, hint)
}

impl<'a> Found<'a> {
    pub(super) fn into_uri(
        mut self,
        source: Source<'a>,
        failover: bool,
    ) -> Result<BrokerUri, UriError> {
        let outer = self.outer();
        let mut options = ConnectOptions::default();
        if !failover {
            options.reconnect = ReconnectOptions::never();
        }
        options.reconnect.randomize = !self.ordered;
        placing::apply(source, &mut self.connect, &mut options, &mut self.warnings)?;
        placing::apply(source, &mut self.nested, &mut options.transport, &mut self.warnings)?;
        if let (Some(at), None) = (self.empty_list, &options.reconnect.update_uris_url) {
            return Err(no_broker(source, at));
        }
        options.endpoints.clear();
        let mut brokers = Vec::new();
        for listed in std::mem::take(&mut self.brokers) {
            let (broker, endpoint) = self.broker(source, listed)?;
            options.endpoints.push(endpoint);
            brokers.push(broker);
        }
        let mut warnings = self.warnings;
        warnings.sort_by_key(|warning| warning.offset);
        Ok(BrokerUri { failover, brokers, outer, options, warnings })
    }

    fn broker(
        &mut self,
        source: Source<'a>,
        Listed { address, local, mock, mut own }: Listed<'a>,
    ) -> Result<(Broker, Endpoint), UriError> {
        let pairs = own.iter().map(Setting::pair).collect();
        let mut link = TransportOptions::default().local_address(local.clone());
        placing::apply(source, &mut own, &mut link, &mut self.warnings)?;
        if !address.scheme().is_secure() {
            self.warnings.extend(own.iter().filter_map(Setting::idle_without_tls));
        }
        // What holds for all brokers wins over what one of them has, as in ActiveMQ.
        placing::apply(source, &mut self.nested, &mut link, &mut Vec::new())?;
        let endpoint = Endpoint::new(address.clone(), link);
        Ok((Broker { address, local, mock, pairs }, endpoint))
    }

    /// What stands behind the list, or might.
    fn outer(&self) -> Vec<Pair> {
        let outer = self.connect.iter().map(Setting::pair);
        let mut outer: Vec<Pair> = outer.chain(self.nested.iter().map(Setting::pair)).collect();
        if self.ordered && outer.iter().all(|pair| pair.name != "randomize") {
            outer.push(Pair { name: "randomize".to_owned(), value: Some("false".to_owned()) });
        }
        outer
    }
}
