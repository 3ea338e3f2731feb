//! Turns batches into what is written: containers become their numbers, durable and transient
//! messages go their ways. Nothing is changed by it.

use std::collections::HashMap;

use super::format::body::Body;
use super::format::change::Subscription;
use super::running::Running;
use super::taking::Taking;
use super::trouble::Result;
use crate::model::{Batch, Change, Container};

/// One commit, not yet written.
pub(super) struct Plan {
    /// For the log.
    pub(super) body: Body,
    /// For the spill.
    pub(super) spill: Body,
    /// Something in it takes room for longer than until the next checkpoint.
    pub(super) grows: bool,
    /// Some subscription gets a message of its own, as all did in format 1.
    copies: bool,
    /// What it removes from backlogs.
    taking: Taking,
    /// Somebody waits until it is durable.
    pub(super) sync: bool,
    /// What this commit has done to containers so far; `None` is dropped.
    named: HashMap<Container, Option<u32>>,
    next_container: u32,
    /// What it has done to producers.
    produced: HashMap<String, Option<i64>>,
}

impl Running {
    pub(super) fn plan(&mut self, batches: &[Batch]) -> Result<Plan> {
        let seeds = self.origin.seeds;
        let mut plan = Plan {
            body: Body::new(seeds, std::mem::take(&mut self.buffer)),
            spill: Body::new(seeds, Vec::new()),
            grows: false,
            copies: false,
            taking: Taking::default(),
            sync: batches.iter().any(|batch| batch.sync),
            named: HashMap::new(),
            next_container: self.catalog.next_container,
            produced: HashMap::new(),
        };
        for change in batches.iter().flat_map(|batch| &batch.changes) {
            self.plan_change(&mut plan, change)?;
        }
        plan.taking.write(&self.kept.backlogs, &mut plan.body);
        plan.grows &= !self.replicated;
        Ok(plan)
    }

    fn plan_change(&mut self, plan: &mut Plan, change: &Change) -> Result<()> {
        match change {
            Change::Publish { topic, subscriptions, sequence, blob, .. } => {
                let topic = self.number_for(plan, &Container::Topic(topic.clone()));
                let number = |key| self.number_for(plan, &Container::Subscription(key));
                let mut to: Vec<u32> = subscriptions.iter().cloned().map(number).collect();
                to.sort_unstable();
                plan.taking.publish(*sequence, topic, &mut plan.body);
                plan.body.add(topic, *sequence, blob);
                plan.body.give(topic, *sequence, &to);
                plan.grows = true;
            }
            Change::Add { container, sequence, blob, transient, .. } => {
                let number = self.number_for(plan, container);
                let body = if *transient { &mut plan.spill } else { &mut plan.body };
                body.add(number, *sequence, blob);
                plan.grows |= !transient;
                plan.copies |= matches!(container, Container::Subscription(_));
            }
            Change::Offer { container, first, last } => {
                if let Some(number) = self.number_of(plan, container)
                    && self.has_messages(plan, number)
                {
                    self.plan_offer(plan, container, number, (*first, *last));
                }
            }
            Change::Remove { container, sequence } => {
                self.plan_remove(plan, container, *sequence)?;
            }
            Change::PutSubscription(record) => {
                let container = Container::Subscription(record.key.clone());
                let number = self.number_for(plan, &container);
                plan.body.subscribe(number, &Subscription::of(record));
                plan.grows = true;
            }
            Change::DropSubscription(key) => {
                self.plan_drop(plan, &Container::Subscription(key.clone()));
            }
            Change::PutQueue(name) => self.plan_queue(plan, name),
            Change::DropQueue(name) => {
                self.plan_drop(plan, &Container::Queue(name.as_str().into()));
            }
            Change::DropSubscriber(number) => {
                self.plan_drop(plan, &Container::Subscriber(*number));
            }
            Change::ProducerSequence { producer, sequence } => {
                self.plan_producer(plan, producer, *sequence);
            }
            Change::DropProducer(producer) => {
                if self.producer(plan, producer).is_some() {
                    plan.body.forget(producer);
                    plan.produced.insert(producer.clone(), None);
                }
            }
            Change::Mark { name, bytes } => {
                plan.body.mark(name, bytes);
                plan.grows |= change.adds();
            }
        }
        Ok(())
    }

    /// The number of a container that there is.
    fn number_of(&self, plan: &Plan, container: &Container) -> Option<u32> {
        match plan.named.get(container) {
            Some(&planned) => planned,
            None => self.catalog.number(container),
        }
    }

    /// A new container gets a number that was never used before.
    fn number_for(&self, plan: &mut Plan, container: &Container) -> u32 {
        if let Some(number) = self.number_of(plan, container) {
            return number;
        }
        let number = plan.next_container;
        plan.next_container = number.saturating_add(1);
        plan.body.name(number, container);
        plan.grows = true;
        plan.named.insert(container.clone(), Some(number));
        number
    }

    /// Whether it may have durable messages when the commit so far is done.
    fn has_messages(&self, plan: &Plan, number: u32) -> bool {
        plan.body.messages > 0 || self.kept.count(number) > 0
    }

    fn plan_offer(
        &self,
        plan: &mut Plan,
        container: &Container,
        number: u32,
        (first, last): (u64, u64),
    ) {
        let shares = matches!(container, Container::Subscription(_));
        if shares {
            plan.taking.offer(number, first, last);
        }
        if !shares || plan.copies || self.kept.holdings.count(number) > 0 {
            plan.body.offer(number, first, last);
        }
    }

    fn plan_remove(&mut self, plan: &mut Plan, container: &Container, sequence: u64) -> Result<()> {
        let Some(number) = self.number_of(plan, container) else { return Ok(()) };
        let spilled = self.spill.contains(number, sequence)?;
        // It may be one that this very commit has spilled; what is not there is not removed.
        if spilled || plan.spill.messages > 0 {
            plan.spill.remove(number, sequence);
        }
        let topic = self.kept.backlogs.topic(number, sequence);
        let topic = topic.or_else(|| plan.taking.published(sequence));
        match topic.filter(|_| matches!(container, Container::Subscription(_))) {
            Some(topic) => plan.taking.take(topic, number, sequence),
            None if !spilled && self.has_messages(plan, number) => {
                plan.body.remove(number, sequence);
            }
            None => {}
        }
        Ok(())
    }

    fn plan_queue(&self, plan: &mut Plan, name: &str) {
        let container = Container::Queue(name.into());
        let number = self.number_for(plan, &container);
        if !self.catalog.is_declared(number) {
            plan.body.declare(number);
            plan.grows = true;
        }
    }

    fn plan_drop(&self, plan: &mut Plan, container: &Container) {
        if let Some(number) = self.number_of(plan, container) {
            plan.body.drop(number);
            plan.spill.drop(number);
            plan.named.insert(container.clone(), None);
        }
    }

    fn producer(&self, plan: &Plan, producer: &str) -> Option<i64> {
        match plan.produced.get(producer) {
            Some(&planned) => planned,
            None => self.catalog.producer(producer),
        }
    }

    fn plan_producer(&self, plan: &mut Plan, producer: &str, sequence: i64) {
        if self.producer(plan, producer).is_none_or(|highest| highest < sequence) {
            plan.body.producer(producer, sequence);
            plan.produced.insert(producer.to_owned(), Some(sequence));
        }
    }
}
