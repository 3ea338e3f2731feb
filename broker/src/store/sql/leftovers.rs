//! What an ActiveMQ stored for subscriptions whose selectors do not want it: it keeps a message for all
//! subscriptions of its topic, and asks their selectors when it is about to deliver.

use std::collections::BTreeMap;

use relaismq_openwire::decode_stored;

use super::database::Database;
use super::page::{self, Wanted};
use super::tables::Tables;
use super::topics::Topics;
use super::trouble::Result;
use crate::model::{SubscriptionKey, SubscriptionRecord};
use crate::selectable::Selectable;
use crate::selector::Selector;

/// Subscriptions and messages that they have left and do not want.
pub(super) fn unwanted(
    database: &mut dyn Database,
    tables: &Tables,
    topics: &Topics,
    records: &BTreeMap<SubscriptionKey, SubscriptionRecord>,
) -> Result<Vec<(u32, u64)>> {
    let mut unwanted = Vec::new();
    for (key, record) in records {
        // One that nobody can read was stored by nobody.
        let selector = record.selector.as_deref().and_then(|text| Selector::parse(text).ok());
        let (Some(selector), Some(number)) = (selector, topics.known(key)) else { continue };
        let mut after = 0;
        loop {
            let ids = topics.page(number, after, AT_ONCE);
            let Some(&last) = ids.last() else { break };
            let wanted = Wanted { after, most: ids.len(), bytes: usize::MAX };
            for (id, blob) in page::by_ids(database, tables, &ids, wanted)?.messages {
                // What cannot be read is for whoever delivers it.
                let matches = decode_stored(&blob).map(|it| selector.matches(&Selectable(&it)));
                if matches == Ok(false) {
                    unwanted.push((number, id));
                }
            }
            after = last;
        }
    }
    Ok(unwanted)
}

/// Messages that are looked at together.
const AT_ONCE: usize = 64;
