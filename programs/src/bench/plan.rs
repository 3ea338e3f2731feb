//! What is to be measured.

use std::time::Duration;

use relaismq::SendOptions;

use crate::arguments::BrokerArguments;

/// Everything the options say.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How to reach the broker, and the queue or topic to send over.
    pub broker: BrokerArguments,
    /// The queue is of this run only, and deleted in the end.
    pub deletes: bool,
    /// By all producers together; none if only time ends it.
    pub messages: Option<u64>,
    /// Time after which no more are sent.
    pub duration: Option<Duration>,
    /// Bytes of a body, 8 or more: it begins with the time of sending.
    pub size: usize,
    /// Messages in a second, of all producers together.
    pub rate: Option<u32>,
    /// Delivery mode.
    pub persistent: bool,
    /// Senders.
    pub producers: u32,
    /// Receivers.
    pub consumers: u32,
    /// Messages sent ahead to each consumer.
    pub prefetch: Option<u16>,
}

impl Plan {
    pub(super) fn options(&self) -> SendOptions {
        SendOptions::default().persistent(self.persistent)
    }

    /// Messages that a producer sends, counted from 1; the first ones take what does not divide.
    pub(super) fn share(&self, producer: u32) -> u64 {
        let Some(messages) = self.messages else { return u64::MAX };
        let producers = u64::from(self.producers.max(1));
        messages / producers + u64::from(u64::from(producer) <= messages % producers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn producers_share_all_messages() {
        let plan = |messages, producers| Plan {
            broker: BrokerArguments {
                broker_url: String::new(),
                user: None,
                password: None,
                connect_timeout: 0,
                destination: String::new(),
                json: false,
            },
            deletes: false,
            messages,
            duration: None,
            size: 8,
            rate: None,
            persistent: true,
            producers,
            consumers: 1,
            prefetch: None,
        };
        let shares = |messages, producers| {
            let plan = plan(messages, producers);
            (1..=producers).map(|producer| plan.share(producer)).collect::<Vec<_>>()
        };
        assert_eq!(shares(Some(10), 3), [4, 3, 3]);
        assert_eq!(shares(Some(1), 2), [1, 0]);
        assert_eq!(shares(None, 1), [u64::MAX]);
    }
}
