//! From a line to the consumers that have credit.

use relaismq_openwire::{Message, MessageDispatch};

use super::{
    Engine,
    io::Link,
    queue::{Entry, LineId},
    subscription::{InFlight, SubId, Subscription},
};

impl Engine {
    /// Gives out what can be given out.
    pub(super) fn dispatch(&mut self, id: LineId) {
        if self.is_plain(id) {
            self.dispatch_in_order(id);
        } else {
            self.dispatch_selectively(id);
        }
        self.read_on(id);
    }

    /// No selectors, groups or exclusive consumers: the front goes to whoever is next.
    fn is_plain(&mut self, id: LineId) -> bool {
        let Some(line) = self.destinations.line(id) else { return true };
        if !line.groups.is_empty() {
            return false;
        }
        let front_grouped = line.pending.iter().take(1).any(|it| it.message.group_id.is_some());
        let subscribers = line.subscribers.clone();
        let choosy = |sub: &SubId| {
            self.subscriptions
                .get(sub.0)
                .and_then(Option::as_ref)
                .is_some_and(|sub| sub.exclusive || sub.selector.is_some())
        };
        !front_grouped && !subscribers.iter().any(choosy)
    }

    fn dispatch_in_order(&mut self, id: LineId) {
        loop {
            let Some(line) = self.destinations.line(id) else { return };
            let Some(front) = line.pending.front() else { return };
            if !front.ready {
                return;
            }
            if front.message.group_id.is_some() {
                return self.dispatch_selectively(id);
            }
            if self.front_expired(id) {
                continue;
            }
            let Some(sub) = self.next_with_credit(id, None) else { return };
            let Some(entry) = self.destinations.line(id).and_then(|line| line.take(0)) else {
                return;
            };
            self.assign(id, entry, sub);
        }
    }

    /// Each entry is offered to whoever may have it; what nobody wants is passed over.
    fn dispatch_selectively(&mut self, id: LineId) {
        let mut index = self.destinations.line(id).map_or(0, |line| line.unwanted);
        let mut all_unwanted = true;
        loop {
            let Some(line) = self.destinations.line(id) else { return };
            let Some(entry) = line.pending.get(index).filter(|entry| entry.ready) else { return };
            let message = entry.message.clone();
            if !self.anyone_free(id) {
                return;
            }
            match self.next_with_credit(id, Some(&message)) {
                Some(sub) => {
                    let taken = self.destinations.line(id).and_then(|line| line.take(index));
                    let Some(mut entry) = taken else { return };
                    self.claim_group(id, &mut entry, sub);
                    self.assign(id, entry, sub);
                }
                None => {
                    all_unwanted &= !self.anyone_wants(id, &message);
                    index += 1;
                    if let Some(line) = self.destinations.line(id).filter(|_| all_unwanted) {
                        line.unwanted = index;
                    }
                }
            }
        }
    }

    fn anyone_free(&mut self, id: LineId) -> bool {
        let subscribers = self.destinations.line(id).map(|line| line.subscribers.clone());
        subscribers.unwrap_or_default().iter().any(|sub| self.is_free(*sub))
    }

    fn anyone_wants(&mut self, id: LineId, message: &Message) -> bool {
        let subscribers = self.destinations.line(id).map(|line| line.subscribers.clone());
        subscribers
            .unwrap_or_default()
            .iter()
            .any(|sub| self.subscription(*sub).is_some_and(|sub| sub.selects(message)))
    }

    /// Has room in its window, and its client reads.
    fn is_free(&self, sub: SubId) -> bool {
        let Some(sub) = self.subscriptions.get(sub.0).and_then(Option::as_ref) else {
            return false;
        };
        let owed = self.clients.get(&sub.link).map_or(usize::MAX, |client| client.owed);
        sub.has_credit() && owed < self.settings.outbound_bytes
    }

    /// The next consumer by priority and turn that has credit, and wants the message if one is given.
    fn next_with_credit(&mut self, id: LineId, message: Option<&Message>) -> Option<SubId> {
        let line = self.destinations.line(id)?;
        if line.subscribers.len() == 1 && message.is_none() {
            let only = *line.subscribers.first()?;
            return self.is_free(only).then_some(only);
        }
        let turn = line.turn;
        let owner =
            message.and_then(|it| it.group_id.as_ref()).and_then(|group| line.groups.get(group));
        let mut candidates = match owner {
            Some(owner) => vec![*owner],
            None => line.subscribers.clone(),
        };
        self.keep_exclusive(&mut candidates);
        let chosen = self.in_turn(&candidates, turn, message)?;
        let line = self.destinations.line(id)?;
        line.turn = turn.wrapping_add(1);
        Some(chosen)
    }

    /// The first exclusive consumer gets everything.
    fn keep_exclusive(&self, candidates: &mut Vec<SubId>) {
        let exclusive = candidates.iter().copied().find(|sub| {
            self.subscriptions.get(sub.0).and_then(Option::as_ref).is_some_and(|sub| sub.exclusive)
        });
        if let Some(exclusive) = exclusive {
            *candidates = vec![exclusive];
        }
    }

    /// Round robin among those of the highest priority with credit.
    fn in_turn(
        &self,
        candidates: &[SubId],
        turn: usize,
        message: Option<&Message>,
    ) -> Option<SubId> {
        let get = |sub: &SubId| self.subscriptions.get(sub.0).and_then(Option::as_ref);
        let fits = |sub: &&SubId| {
            self.is_free(**sub)
                && message.is_none_or(|message| get(sub).is_some_and(|it| it.selects(message)))
        };
        let best = candidates
            .iter()
            .filter(fits)
            .filter_map(|sub| get(sub).map(|it| it.priority))
            .max()?;
        let equal: Vec<SubId> = candidates
            .iter()
            .filter(fits)
            .filter(|sub| get(sub).is_some_and(|it| it.priority == best))
            .copied()
            .collect();
        equal.get(turn.checked_rem(equal.len())?).copied()
    }

    /// The first message of a group binds it to its consumer; a negative sequence ends that.
    fn claim_group(&mut self, id: LineId, entry: &mut Entry, sub: SubId) {
        let Some(group) = entry.message.group_id.clone() else { return };
        let Some(line) = self.destinations.line(id) else { return };
        if entry.message.group_sequence < 0 {
            line.groups.remove(&group);
            return;
        }
        if line.groups.insert(group, sub) != Some(sub) {
            std::sync::Arc::make_mut(&mut entry.message).group_first_for_consumer = true;
        }
    }

    fn assign(&mut self, line: LineId, entry: Entry, sub: SubId) {
        let Some(subscription) = self.subscription(sub) else { return };
        let link = subscription.link;
        let dispatch = MessageDispatch {
            consumer_id: Some(subscription.id.clone()),
            destination: entry.message.destination.clone(),
            message: Some(entry.message.clone()),
            redelivery_counter: entry.counter,
            ..MessageDispatch::default()
        };
        let pulled = subscription.pull.take().is_some();
        subscription.in_flight.push_back(InFlight { entry, line, transaction: None });
        if pulled {
            self.pulls.remove(&sub);
        }
        self.send_to(link, dispatch);
    }

    pub(super) fn dispatch_to(&mut self, sub: SubId) {
        let lines = self.subscription(sub).map(|it| it.lines.clone());
        for line in lines.unwrap_or_default() {
            self.dispatch(line);
        }
    }

    /// A client that did not read does again.
    pub(super) fn dispatch_to_link(&mut self, link: Link) {
        let consumers =
            self.clients.get(&link).map(|it| it.consumers.values().copied().collect::<Vec<_>>());
        for sub in consumers.unwrap_or_default() {
            self.dispatch_to(sub);
        }
    }
}

impl Subscription {
    /// Its selector matches, or it has none.
    pub(super) fn selects(&self, message: &Message) -> bool {
        let properties = super::properties::Selectable(message);
        self.selector.as_ref().is_none_or(|selector| selector.matches(&properties))
    }

    /// A topic subscriber: also leaves out its own connection's messages if it wants that.
    pub(super) fn wants(&self, message: &Message) -> bool {
        let own =
            || message.producer_id.as_ref().is_some_and(|id| id.connection() == self.connection);
        let addressed = message.target_consumer_id.as_ref().is_none_or(|target| *target == self.id);
        addressed && !(self.no_local && own()) && self.selects(message)
    }
}
