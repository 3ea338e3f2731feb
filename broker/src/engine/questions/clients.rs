//! Connections, and durable subscriptions.

use std::ops::Bound;

use crate::{
    engine::{
        Engine,
        io::{ConnectionReport, Link, Report, SubscriptionReport},
        state::{client::Client, durables::Durable},
    },
    model::SubscriptionKey,
};

impl Engine {
    pub(crate) fn list_connections(&self, after: Option<Link>, limit: usize) -> Report {
        let behind = self.clients.iter().filter(|(link, _)| after.is_none_or(|it| *link > it));
        let there = behind.filter(|(_, client)| client.connection.is_some());
        let mut page: Vec<_> = there.take(limit.saturating_add(1)).collect();
        let more = page.len() > limit;
        page.truncate(limit);
        let reports = page.into_iter().map(|(link, client)| self.report_client(link, client));
        Report::Connections(reports.collect(), more)
    }

    fn report_client(&self, link: Link, client: &Client) -> ConnectionReport {
        ConnectionReport {
            link,
            client_id: client.client_id.clone(),
            address: client.address.clone(),
            user: client.info.as_ref().and_then(|info| info.user_name.clone()),
            connector: client.connector.clone(),
            sessions: client.own_sessions(),
            consumers: client.consumers.len(),
            producers: client.producers.len(),
            since: self.now.monotonic.saturating_sub(client.came),
        }
    }

    pub(crate) fn list_subscriptions(
        &self,
        after: Option<SubscriptionKey>,
        limit: usize,
    ) -> Report {
        let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
        let all = self.durables.by_key.range((behind, Bound::Unbounded));
        let mut page: Vec<_> = all.take(limit.saturating_add(1)).collect();
        let more = page.len() > limit;
        page.truncate(limit);
        let reports = page.into_iter().map(|(_, durable)| self.report_durable(durable));
        Report::Subscriptions(reports.collect(), more)
    }

    fn report_durable(&self, durable: &Durable) -> SubscriptionReport {
        let tally = self.destinations.line(durable.line).map(|line| line.tally);
        let tally = tally.unwrap_or_default();
        SubscriptionReport {
            record: durable.record.clone(),
            active: durable.active.is_some(),
            pending: tally.depth(),
            counts: tally.counts,
        }
    }
}

impl Client {
    /// Without the one that each connection has of itself.
    fn own_sessions(&self) -> usize {
        self.sessions.len().saturating_sub(1)
    }
}
