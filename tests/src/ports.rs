//! Ports that are known before a broker binds them, as a failover URI needs.

use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use relaismq_examples::demo::ports::ReservedPort;

/// A port of the loopback interface that belongs to this process until it ends, for its own listeners
/// and those of its brokers, however often they start.
///
/// # Errors
/// When there is none.
pub fn free() -> Result<u16> {
    static RESERVED: Mutex<Vec<ReservedPort>> = Mutex::new(Vec::new());
    let port = ReservedPort::take()?;
    let number = port.number();
    RESERVED.lock().unwrap_or_else(PoisonError::into_inner).push(port);
    Ok(number)
}
