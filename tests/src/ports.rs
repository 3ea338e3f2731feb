//! Ports that are known before a broker binds them, as a failover URI needs.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Result, bail};

/// A port of the loopback interface that nothing uses at the moment.
///
/// It lies below the range from which the system takes ports for outgoing connections, and each test
/// process begins somewhere else, so that it is not taken again before the broker binds it.
///
/// # Errors
/// When the whole range is in use.
pub fn free() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    for _ in 0..RANGE {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let offset = (process_offset() + u32::from(step)) % u32::from(RANGE);
        let port = FIRST + u16::try_from(offset)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port between {FIRST} and {}", FIRST + RANGE)
}

fn process_offset() -> u32 {
    std::process::id().wrapping_mul(131) % u32::from(RANGE)
}

const FIRST: u16 = 20_000;
const RANGE: u16 = 12_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ports_differ_and_can_be_bound() {
        let (one, two) = (free().unwrap(), free().unwrap());
        assert_ne!(one, two);
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, one)).unwrap();
        let _too = TcpListener::bind((Ipv4Addr::LOCALHOST, two)).unwrap();
    }
}
