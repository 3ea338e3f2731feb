//! What has become of the attempts so far.

use super::{Event, Search, Step};
use crate::options::BrokerAddress;

impl Search {
    pub(super) fn note_failure(&mut self, broker: &BrokerAddress, reason: &str) {
        self.failed.insert(broker.clone());
        self.remember(broker, reason);
        let (broker, reason) = (broker.clone(), reason.to_owned());
        self.steps.push_back(Step::Notify(Event::Failed { broker, reason }));
    }

    pub(super) fn remember(&mut self, broker: &BrokerAddress, reason: &str) {
        self.list.failed(broker);
        self.failures.retain(|(other, _)| other != broker);
        self.failures.push((broker.clone(), reason.to_owned()));
    }

    pub(super) fn logs_in_to(&self, broker: &BrokerAddress) -> bool {
        self.login.as_ref().is_some_and(|login| login.endpoint.address == *broker)
    }

    pub(crate) const fn ever_connected(&self) -> bool {
        self.ever_connected
    }

    /// Attempts since the last success.
    pub(crate) const fn attempts(&self) -> u32 {
        self.count
    }

    /// Brokers that could take over at once.
    pub(crate) fn spares_ready(&self) -> usize {
        self.spares.ready().count()
    }

    /// The broker whose attempt is the oldest.
    #[cfg(test)]
    pub(crate) fn trying(&self) -> Option<&super::Endpoint> {
        self.attempts.first().map(|attempt| &attempt.endpoint)
    }

    /// The last failure of each broker.
    pub(crate) fn failures(&self) -> &[(BrokerAddress, String)] {
        &self.failures
    }

    /// The same, in words.
    pub(crate) fn reasons(&self) -> String {
        let failures = self.failures.iter();
        let reasons = failures.map(|(broker, reason)| format!("{broker}: {reason}"));
        let list = self.list_failure.iter().map(|reason| format!("the broker list: {reason}"));
        reasons.chain(list).collect::<Vec<_>>().join("; ")
    }

    /// Why there is no connection: the last failure of each broker, what is missing from those that
    /// are being tried (`link` is one that is further than these), and which were not tried.
    pub(crate) fn shortcomings(
        &self,
        link: Option<(BrokerAddress, &'static str)>,
    ) -> Vec<(BrokerAddress, String)> {
        let mut found = self.failures.clone();
        let attempts = self.attempts.iter().map(|it| (it.broker().clone(), it.missing()));
        for (broker, missing) in attempts.chain(link) {
            found.retain(|(other, _)| *other != broker);
            found.push((broker, missing.to_owned()));
        }
        for endpoint in &self.todo {
            if !found.iter().any(|(other, _)| *other == endpoint.address) {
                found.push((endpoint.address.clone(), "not tried yet".to_owned()));
            }
        }
        found
    }
}
