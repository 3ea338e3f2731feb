//! Queues and topics, each with its figures.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use relaismq_openwire::{Destination, Text, destination::Kind};

use crate::engine::{
    Engine,
    io::{DestinationReport, Report},
    state::{
        destinations::{Target, Topic, is_advisory},
        slab::{LineId, SubId},
    },
};

impl Engine {
    pub(crate) fn list_destinations(
        &self,
        kind: Kind,
        after: Option<Text>,
        limit: usize,
    ) -> Report {
        let name = after.unwrap_or_default();
        let behind = Bound::Excluded(Destination { kind, name });
        let all = self.destinations.by_name.range((behind, Bound::Unbounded));
        let all = all.take_while(|(name, _)| name.kind == kind);
        let mut page: Vec<_> =
            all.filter(|(name, _)| !is_advisory(name)).take(limit.saturating_add(1)).collect();
        let more = page.len() > limit;
        page.truncate(limit);
        Report::Destinations(self.report_each(&page), more)
    }

    pub(crate) fn report_destination(&self, kind: Kind, name: Text) -> Report {
        let found = self.destinations.by_name.get_key_value(&Destination { kind, name });
        let page: Vec<_> = found.into_iter().collect();
        Report::Destinations(self.report_each(&page), false)
    }

    fn report_each(&self, page: &[(&Destination, &Target)]) -> Vec<DestinationReport> {
        let producers = self.count_producers();
        let in_flight = self.count_in_flight(page);
        let report = |(name, target): &(&Destination, &Target)| {
            let report = match target {
                Target::Queue(line) => self.report_line(*line, &in_flight),
                Target::Topic(topic) => {
                    let topic = self.destinations.topic(*topic);
                    topic.map(|topic| self.report_topic(topic)).unwrap_or_default()
                }
            };
            let producers = producers.get(name).copied().unwrap_or(0);
            DestinationReport { name: name.name.clone(), producers, ..report }
        };
        page.iter().map(report).collect()
    }

    fn report_line(&self, id: LineId, in_flight: &BTreeMap<LineId, usize>) -> DestinationReport {
        let Some(line) = self.destinations.line(id) else { return DestinationReport::default() };
        DestinationReport {
            depth: line.tally.depth(),
            in_flight: in_flight.get(&id).copied().unwrap_or(0),
            counts: line.tally.counts,
            consumers: line.members.len(),
            memory_bytes: line.memory.bytes(),
            ..DestinationReport::default()
        }
    }

    fn report_topic(&self, topic: &Topic) -> DestinationReport {
        let mut report = DestinationReport {
            counts: topic.tally.counts,
            consumers: topic.subscribers.len(),
            ..DestinationReport::default()
        };
        for line in topic.durables.iter().filter_map(|line| self.destinations.line(*line)) {
            report.depth += line.tally.depth();
            report.counts.dequeued += line.tally.counts.dequeued;
            report.counts.expired += line.tally.counts.expired;
            report.consumers += line.members.len();
            report.memory_bytes += line.memory.bytes();
        }
        report
    }

    /// Who has been made for which destination.
    fn count_producers(&self) -> HashMap<&Destination, usize> {
        let mut counts = HashMap::new();
        let clients = self.clients.iter().map(|(_, client)| client);
        let producers = clients.flat_map(|client| client.producers.iter());
        for destination in producers.filter_map(|(_, it)| it.info.destination.as_ref()) {
            *counts.entry(destination).or_default() += 1;
        }
        counts
    }

    /// Each consumer is looked at once, however many of the queues it has.
    fn count_in_flight(&self, page: &[(&Destination, &Target)]) -> BTreeMap<LineId, usize> {
        let lines = page.iter().filter_map(|(_, target)| match target {
            Target::Queue(line) => self.destinations.line(*line),
            Target::Topic(_) => None,
        });
        let subs: BTreeSet<SubId> = lines.flat_map(|it| &it.members).map(|it| it.sub).collect();
        let mut counts = BTreeMap::new();
        for sub in subs.into_iter().filter_map(|sub| self.subscriptions.get(sub)) {
            if let (1, Some(line)) = (sub.lines.len(), sub.lines.first()) {
                *counts.entry(*line).or_default() += sub.in_flight.len();
                continue;
            }
            for it in &sub.in_flight {
                *counts.entry(it.line).or_default() += 1;
            }
        }
        counts
    }
}
