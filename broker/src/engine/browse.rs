//! Queue browsers: everything once, nothing taken, then the end marker.

use relaismq_openwire::MessageDispatch;

use super::{
    Engine,
    queue::{Entry, LineId},
    subscription::{InFlight, Role, SubId},
};

impl Engine {
    /// Notes what waits in memory; what is in the store follows page by page.
    pub(super) fn begin_browse(&mut self, sub: SubId) {
        let Some(destination) = self.subscription(sub).map(|it| it.destination.clone()) else {
            return;
        };
        for part in destination.parts() {
            for line in self.lines_matching(&part) {
                if let Some(subscription) = self.subscription(sub) {
                    subscription.lines.push(line);
                }
                self.note_line(sub, line, 0);
                self.read_page(line);
            }
        }
        self.browse_on(sub);
    }

    fn note_line(&mut self, sub: SubId, line: LineId, after: u64) {
        let Some(waiting) = self.destinations.lines_ref(line) else { return };
        let waiting: Vec<_> = waiting
            .pending
            .iter()
            .filter(|it| it.ready && it.sequence > after)
            .map(|it| it.message.clone())
            .collect();
        if let Some(subscription) = self.subscription(sub) {
            let wanted = waiting.into_iter().filter(|message| subscription.selects(message));
            let wanted: Vec<_> = wanted.collect();
            subscription.browse.extend(wanted);
        }
    }

    /// A page has come in: browsers of the line see it too.
    pub(super) fn browse_line(&mut self, line: LineId) {
        let browsers: Vec<SubId> = self
            .subscriptions
            .iter()
            .enumerate()
            .filter(|(_, it)| {
                it.as_ref().is_some_and(|it| {
                    it.role == Role::Browser && !it.browsed && it.lines.contains(&line)
                })
            })
            .map(|(index, _)| SubId(index))
            .collect();
        for sub in browsers {
            let after = self.subscription(sub).and_then(|it| {
                let last =
                    it.browse.back().or_else(|| it.in_flight.back().map(|it| &it.entry.message))?;
                u64::try_from(last.message_id.as_ref()?.broker_sequence_id).ok()
            });
            self.note_line(sub, line, after.unwrap_or(0));
            self.browse_on(sub);
        }
    }

    /// Shows as much as the window allows; the marker ends it.
    pub(super) fn browse_on(&mut self, sub: SubId) {
        let Some(subscription) = self.subscription(sub) else { return };
        let (link, id) = (subscription.link, subscription.id.clone());
        let lines = subscription.lines.clone();
        let mut dispatches = Vec::new();
        while subscription.has_credit() && !subscription.browsed {
            let Some(message) = subscription.browse.pop_front() else { break };
            dispatches.push(MessageDispatch {
                consumer_id: Some(id.clone()),
                destination: message.destination.clone(),
                message: Some(message.clone()),
                ..MessageDispatch::default()
            });
            let entry = Entry { sequence: 0, message, counter: 0, stored: false, ready: true };
            let line = lines.first().copied().unwrap_or(LineId(0));
            subscription.in_flight.push_back(InFlight { entry, line, transaction: None });
        }
        let finished = subscription.browse.is_empty() && !subscription.browsed;
        let reading = lines.iter().any(|line| {
            self.destinations
                .lines_ref(*line)
                .is_some_and(|line| line.tail.exists && line.tail.reading)
        });
        if finished && !reading {
            dispatches
                .push(MessageDispatch { consumer_id: Some(id), ..MessageDispatch::default() });
            if let Some(subscription) = self.subscription(sub) {
                subscription.browsed = true;
            }
        }
        for dispatch in dispatches {
            self.send_to(link, dispatch);
        }
    }
}
