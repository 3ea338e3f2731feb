//! Lines and consumers that may go on are given what waits for them.

use crate::engine::{
    Engine,
    io::Link,
    state::{slab::SubId, work::Due},
};

impl Engine {
    /// Everything that is due, in order.
    pub(crate) fn give_out(&mut self) {
        while let Some(due) = self.work.next_due() {
            match due {
                Due::Line(line) => self.dispatch(line),
                Due::Credit(sub) => self.dispatch_to(sub),
                Due::Window(sub) => self.dispatch_all_to(sub),
                Due::Client(link) => self.dispatch_to_link(link),
            }
        }
    }

    /// A consumer has credit again.
    pub(crate) fn dispatch_to(&mut self, sub: SubId) {
        let Some(subscription) = self.subscriptions.get(sub.0) else { return };
        match subscription.lines.len() {
            // A browser takes nothing from lines.
            0 => self.browse_on(sub),
            1 => {
                if let Some(line) = subscription.lines.first().copied() {
                    self.dispatch(line);
                }
            }
            _ => self.dispatch_noted(sub),
        }
    }

    /// Each line once, as long as there is credit.
    fn dispatch_noted(&mut self, sub: SubId) {
        let waiting = self.subscriptions.get(sub.0).map_or(0, |it| it.noted.len());
        for _ in 0..waiting {
            if !self.is_free(sub) {
                return;
            }
            let next = self.subscriptions.get_mut(sub.0).and_then(|it| it.noted.pop_front());
            let Some(id) = next else { return };
            if let Some(line) = self.destinations.line_mut(id)
                && let Some(member) = line.members.iter_mut().find(|it| it.sub == sub)
            {
                member.noted = false;
                line.noted = false;
                self.dispatch(id);
            }
        }
    }

    /// A consumer is new, or has another window: all its lines may have something for it.
    pub(crate) fn dispatch_all_to(&mut self, sub: SubId) {
        let lines = self.subscriptions.get(sub.0).map(|it| it.lines.clone());
        for line in lines.unwrap_or_default() {
            self.dispatch(line);
        }
        self.browse_on(sub);
    }

    /// A client that did not read does again.
    pub(crate) fn dispatch_to_link(&mut self, link: Link) {
        let consumers =
            self.clients.get(&link).map(|it| it.consumers.values().copied().collect::<Vec<_>>());
        for sub in consumers.unwrap_or_default() {
            self.dispatch_to(sub);
        }
    }
}
