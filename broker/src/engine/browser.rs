//! A queue browser: what it has been shown, and what is to come.

use std::{collections::VecDeque, sync::Arc};

use relaismq_openwire::Message;

use super::ids::LineId;

/// How far a browser has come.
#[derive(Debug, Default)]
pub(crate) struct Browse {
    /// Still to be shown, each with how often it was delivered.
    pub(super) waiting: VecDeque<(Arc<Message>, i32)>,
    /// Lines with more in the store, and behind which sequence.
    pub(super) unread: VecDeque<(LineId, u64)>,
    /// It waits for the store.
    pub(super) reading: bool,
    /// What comes later is not shown.
    pub(super) through: u64,
    /// Its client has been told that this was all.
    pub(super) finished: bool,
}
