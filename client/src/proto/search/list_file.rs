//! More brokers from a file, which is read before each round.

use std::time::{Duration, Instant};

use super::{Event, Search, Stage, Step, moves::LISTED};

/// Between two looks at the file while a broker serves.
const PERIOD: Duration = Duration::from_secs(30);

impl Search {
    /// A round over all brokers, none of which has failed yet.
    pub(super) fn begin_pass(&mut self, now: Instant) {
        self.failed.clear();
        self.renew(now);
    }

    /// A round, with the latest list.
    pub(super) fn renew(&mut self, now: Instant) {
        match &self.list_file {
            Some(file) => {
                self.steps.push_back(Step::ReadList(file.clone()));
                self.stage = Stage::Reading;
            }
            None => self.begin_round(now),
        }
    }

    /// The file was read, or could not be.
    pub(crate) fn list_read(&mut self, read: Result<String, String>, now: Instant) {
        match read {
            Ok(text) => self.take_list(&text),
            Err(reason) => self.list_unread(reason),
        }
        self.read_again_later(now);
        // Otherwise a broker has been found meanwhile.
        if self.stage == Stage::Reading {
            self.begin_round(now);
        }
    }

    /// The list is read now and then while a broker serves, too, if that would make a difference.
    pub(super) fn read_again_later(&mut self, now: Instant) {
        let wanted = self.list_file.is_some() && self.serving.is_some();
        self.list_due = wanted.then(|| now + PERIOD);
        self.fill_spares(now);
    }

    pub(super) fn read_again(&mut self, now: Instant) {
        if self.list_due.is_some_and(|due| due <= now) {
            self.list_due = None;
            self.steps.extend(self.list_file.clone().map(Step::ReadList));
        }
    }

    fn take_list(&mut self, text: &str) {
        let change = self.list.read(text);
        let ignored = change.ignored.iter().map(|(entry, why)| format!("{entry:?} is {why}"));
        let ignored: Vec<String> = ignored.collect();
        if ignored.is_empty() {
            self.list_failure = None;
        } else {
            self.list_unread(ignored.join("; "));
        }
        if !change.added.is_empty() || !change.removed.is_empty() {
            if let Some(first) = self.list.next_of_file().filter(|_| self.rebalances) {
                self.order(first, LISTED);
            }
            let changed = Event::BrokersChanged { added: change.added, removed: change.removed };
            self.steps.push_back(Step::Notify(changed));
        }
    }

    /// What was read before stays. The same reason is told once, however many rounds there are.
    fn list_unread(&mut self, reason: String) {
        let Some(file) = self.list_file.clone() else { return };
        if self.list_failure.as_ref() == Some(&reason) {
            return;
        }
        self.list_failure = Some(reason.clone());
        self.steps.push_back(Step::Notify(Event::ListUnread { file, reason }));
    }
}
