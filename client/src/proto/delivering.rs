//! Deliveries that had to wait for something.

use super::{
    Client,
    io::{ConsumerKey, Output},
};

impl Client {
    /// What came for a consumer before it was open, or before the restore was over, follows.
    pub(super) fn release_early(&mut self, key: ConsumerKey) {
        let consumer = self.registry.consumers.get_mut(&key);
        let Some(consumer) = consumer.filter(|consumer| consumer.confirmed) else { return };
        let early = std::mem::take(&mut consumer.early);
        self.outputs.extend(early.into_iter().map(|delivery| Output::Deliver(key, delivery)));
        if std::mem::take(&mut consumer.browsed) {
            consumer.has_browsed = true;
            self.outputs.push_back(Output::EndOfBrowse(key));
        }
    }

    /// The end of a browse.
    pub(super) fn browsed(&mut self, key: ConsumerKey) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        if consumer.spec.browser {
            consumer.browsed = true;
            if self.link.is_connected() {
                self.release_early(key);
            }
        }
    }
}
