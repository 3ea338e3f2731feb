//! Consumers with prefetch 0 ask for each message.

use std::time::Duration;

use relaismq_openwire::{MessageDispatch, MessagePull};

use super::{
    Engine, Reply,
    io::Link,
    refuse::Refusal,
    subscription::{Pull, SubId},
};

impl Engine {
    pub(super) fn pull(&mut self, link: Link, pull: &MessagePull) -> Result<Reply, Refusal> {
        let client = self.clients.get(&link);
        let sub = pull.consumer_id.as_ref().and_then(|id| client?.consumers.get(id)).copied();
        let sub =
            sub.ok_or_else(|| Refusal::argument("a pull for a consumer that does not exist"))?;
        // 0 waits for ever, -1 not at all.
        let wait = u64::try_from(pull.timeout).map(Duration::from_millis);
        let until = match wait {
            Ok(Duration::ZERO) => None,
            Ok(wait) => Some(self.now.monotonic + wait),
            Err(_) => Some(self.now.monotonic),
        };
        if let Some(subscription) = self.subscription(sub) {
            subscription.pull = Some(Pull { until });
        }
        self.dispatch_to(sub);
        self.await_pull(sub);
        Ok(Reply::Done)
    }

    fn await_pull(&mut self, sub: SubId) {
        let now = self.now.monotonic;
        let Some(subscription) = self.subscription(sub) else { return };
        let Some(pull) = subscription.pull else { return };
        // A message that is still being read from the store is worth a moment.
        let reading = subscription
            .lines
            .clone()
            .into_iter()
            .any(|line| self.destinations.lines_ref(line).is_some_and(|line| line.tail.exists));
        match pull.until {
            Some(until) if until <= now && !reading => self.nothing_for(sub),
            Some(until) => {
                self.pulls.insert(sub, until.max(now + Duration::from_millis(u64::from(reading))));
            }
            None => {}
        }
    }

    pub(super) fn end_pulls(&mut self) {
        let now = self.now.monotonic;
        let mut due: Vec<SubId> =
            self.pulls.iter().filter(|(_, until)| **until <= now).map(|(sub, _)| *sub).collect();
        due.sort_unstable();
        for sub in due {
            self.pulls.remove(&sub);
            self.await_pull(sub);
        }
    }

    fn nothing_for(&mut self, sub: SubId) {
        let Some(subscription) = self.subscription(sub) else { return };
        subscription.pull = None;
        let (link, id) = (subscription.link, subscription.id.clone());
        self.send_to(link, MessageDispatch { consumer_id: Some(id), ..MessageDispatch::default() });
    }
}
