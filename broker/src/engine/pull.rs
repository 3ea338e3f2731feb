//! Consumers with prefetch 0 ask for each message, and so do browsers.

use std::time::Duration;

use relaismq_openwire::{MessageDispatch, MessagePull};

use super::{
    Engine, Reply,
    ids::SubId,
    io::Link,
    refuse::Refusal,
    subscription::{Pull, Role},
};

/// How soon a pull is looked at again that would be over but for a page that is being read.
const MOMENT: Duration = Duration::from_millis(1);

impl Engine {
    pub(super) fn pull(&mut self, link: Link, pull: &MessagePull) -> Result<Reply, Refusal> {
        let client = self.clients.get(&link);
        let sub = pull.consumer_id.as_ref().and_then(|id| client?.consumers.get(id)).copied();
        let sub =
            sub.ok_or_else(|| Refusal::argument("a pull for a consumer that does not exist"))?;
        if self.subscriptions.get(sub.0).is_some_and(|it| it.role == Role::Browser) {
            self.pull_browsed(sub);
            return Ok(Reply::Done);
        }
        let now = self.now.monotonic;
        // 0 waits for ever, -1 not at all.
        let until = match u64::try_from(pull.timeout).map(Duration::from_millis) {
            Ok(Duration::ZERO) => None,
            Ok(wait) => Some(now.saturating_add(wait)),
            Err(_) => Some(now),
        };
        if let Some(subscription) = self.subscriptions.get_mut(sub.0) {
            let before = subscription.pull.replace(Pull { until });
            self.end_pull(sub, before);
        }
        self.dispatch_all_to(sub);
        self.await_pull(sub, until);
        Ok(Reply::Done)
    }

    /// A browser gets the next message, as soon as it has been read, or hears that it has seen all.
    /// That there is nothing at the moment it must not hear: it would take it for the end.
    fn pull_browsed(&mut self, sub: SubId) {
        let Some(subscription) = self.subscriptions.get_mut(sub.0) else { return };
        if subscription.browse.finished {
            return self.nothing_for(sub);
        }
        subscription.pull = Some(Pull { until: None });
        self.browse_on(sub);
    }

    fn await_pull(&mut self, sub: SubId, until: Option<Duration>) {
        let Some(subscription) = self.subscriptions.get(sub.0) else { return };
        let (Some(until), true) = (until, subscription.pull == Some(Pull { until })) else {
            return;
        };
        let now = self.now.monotonic;
        // A message that is being read from the store is worth a moment, and so is one on its way there.
        let lines = subscription.lines.iter().filter_map(|line| self.destinations.line(*line));
        let full = self.waits_for_the_store();
        let reading =
            lines.map(|line| &line.tail).any(|it| it.reading || !full && !it.is_settled());
        if until > now {
            self.pulls.insert((until, sub));
        } else if reading {
            let until = now + MOMENT;
            if let Some(subscription) = self.subscriptions.get_mut(sub.0) {
                subscription.pull = Some(Pull { until: Some(until) });
            }
            self.pulls.insert((until, sub));
        } else {
            self.nothing_for(sub);
        }
    }

    pub(super) fn end_pulls(&mut self) {
        while let Some((until, sub)) = self.pulls.first().copied()
            && until <= self.now.monotonic
        {
            self.pulls.remove(&(until, sub));
            self.await_pull(sub, Some(until));
        }
    }

    /// A pull is answered or given up: its time does not matter any more.
    pub(super) fn end_pull(&mut self, sub: SubId, pull: Option<Pull>) {
        if let Some(until) = pull.and_then(|pull| pull.until) {
            self.pulls.remove(&(until, sub));
        }
    }

    fn nothing_for(&mut self, sub: SubId) {
        let Some(subscription) = self.subscriptions.get_mut(sub.0) else { return };
        subscription.pull = None;
        let (link, id) = (subscription.link, subscription.id.clone());
        self.send_to(link, MessageDispatch { consumer_id: Some(id), ..MessageDispatch::default() });
    }
}
