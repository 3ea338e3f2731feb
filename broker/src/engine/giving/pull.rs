//! Consumers with prefetch 0 ask for each message, and so do browsers.

use std::time::Duration;

use relaismq_openwire::{MessageDispatch, MessagePull};

use crate::engine::{
    Engine,
    io::Link,
    state::{
        refusal::{Refusal, Reply},
        slab::SubId,
        subscription::Role,
        timers::Timer,
    },
};

/// How soon a pull is looked at again that would be over but for a page that is being read.
const MOMENT: Duration = Duration::from_millis(1);

impl Engine {
    pub(crate) fn pull(&mut self, link: Link, pull: &MessagePull) -> Result<Reply, Refusal> {
        let client = self.clients.get(&link);
        let sub = pull.consumer_id.as_ref().and_then(|id| client?.consumers.get(id)).copied();
        let sub =
            sub.ok_or_else(|| Refusal::argument("a pull for a consumer that does not exist"))?;
        if self.subscriptions.get(sub.0).is_some_and(|it| it.role == Role::Browser) {
            self.pull_browsed(sub);
            return Ok(Reply::Done);
        }
        self.timers.stop(Timer::Pull(sub));
        if let Some(subscription) = self.subscriptions.get_mut(sub.0) {
            subscription.pulls = true;
        }
        self.dispatch_all_to(sub);
        // 0 waits for ever, -1 not at all.
        match u64::try_from(pull.timeout).map(Duration::from_millis) {
            Ok(Duration::ZERO) => {}
            Ok(wait) => self.await_pull(sub, wait),
            Err(_) => self.end_pull(sub),
        }
        Ok(Reply::Done)
    }

    /// A browser gets the next message, as soon as it has been read, or hears that it has seen all.
    /// That there is nothing at the moment it must not hear: it would take it for the end.
    fn pull_browsed(&mut self, sub: SubId) {
        let Some(subscription) = self.subscriptions.get_mut(sub.0) else { return };
        if subscription.browse.finished {
            return self.nothing_for(sub);
        }
        subscription.pulls = true;
        self.browse_on(sub);
    }

    /// It has not been answered yet.
    fn is_pulling(&self, sub: SubId) -> bool {
        self.subscriptions.get(sub.0).is_some_and(|it| it.pulls)
    }

    fn await_pull(&mut self, sub: SubId, wait: Duration) {
        if self.is_pulling(sub) {
            self.timers.set(Timer::Pull(sub), self.now.monotonic.saturating_add(wait));
        }
    }

    /// Its time is over. A message that is being read from the store is worth a moment, and so is one
    /// on its way there.
    pub(crate) fn end_pull(&mut self, sub: SubId) {
        let Some(subscription) = self.subscriptions.get(sub.0).filter(|it| it.pulls) else {
            return;
        };
        let lines = subscription.lines.iter().filter_map(|line| self.destinations.line(*line));
        let full = self.room.is_wanted();
        let reading =
            lines.map(|line| &line.tail).any(|it| it.reading || !full && !it.is_settled());
        match reading {
            true => self.await_pull(sub, MOMENT),
            false => self.nothing_for(sub),
        }
    }

    fn nothing_for(&mut self, sub: SubId) {
        let Some(subscription) = self.subscriptions.get_mut(sub.0) else { return };
        subscription.pulls = false;
        let (link, id) = (subscription.link, subscription.id.clone());
        self.send_to(link, MessageDispatch { consumer_id: Some(id), ..MessageDispatch::default() });
    }
}
