//! Destination names with options: `orders?consumer.prefetchSize=1`.

use std::str::FromStr;

use relaismq_options::{Source, UriError, UriErrorKind, find, query};

use super::placing::{self, Setting};
use super::table::{self, CONSUMER, PRODUCER};
use super::unknown;
use crate::options::DestinationOptions;

impl DestinationOptions {
    /// Splits a destination name from its options and reads them.
    ///
    /// # Errors
    /// If the name is empty, or an option is unknown, given twice or has a bad value.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let source = Source::new(text, table::is_harmless);
        let whole = source.whole().trim();
        let (name, query) = whole.split_once('?').map_or((whole, None), |(n, q)| (n, Some(q)));
        let name = name.trim();
        if name.is_empty() {
            return Err(source.hinted(name.at(), UriErrorKind::Empty, "write the name first"));
        }
        let (mut consumer, mut producer) = (Vec::new(), Vec::new());
        for entry in query.map_or(Ok(vec![]), |query| query::entries(source, query))? {
            let key = entry.key.as_str();
            let for_consumer = key.strip_prefix("consumer.").map(|n| find(CONSUMER, n));
            let for_producer = key.strip_prefix("producer.").map(|n| find(PRODUCER, n));
            match (for_consumer.flatten(), for_producer.flatten()) {
                (Some((order, row)), _) => {
                    placing::add(source, &mut consumer, Setting::new(order, row, entry))?;
                }
                (_, Some((order, row))) => {
                    placing::add(source, &mut producer, Setting::new(order, row, entry))?;
                }
                (None, None) => return Err(unknown::option(source, &entry, &names())),
            }
        }
        let mut options = Self::default().name(name.text().to_owned());
        // No option of a destination is without effect, so there is nothing to warn about.
        placing::apply(source, &mut consumer, &mut options.consumer, &mut Vec::new())?;
        placing::apply(source, &mut producer, &mut options.producer, &mut Vec::new())?;
        Ok(options)
    }
}

impl FromStr for DestinationOptions {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

fn names() -> Vec<unknown::Name> {
    let consumer = unknown::prefixed("consumer.", CONSUMER, None);
    [consumer, unknown::prefixed("producer.", PRODUCER, None)].concat()
}
