//! Bounds on what a peer may make us allocate.

use crate::error::DecodeFault;

/// Limits while decoding. The defaults suit a broker or client that faces strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest frame in bytes, without its size prefix. Default 100 MiB, the `maxFrameSize` of
    /// ActiveMQ's stock broker configuration.
    pub max_frame_bytes: u64,
    /// Largest content after inflating. Default 100 MiB, as ActiveMQ's `maxInflatedDataSize`.
    pub max_inflated_bytes: usize,
    /// Structures inside one another. Default 32; real traffic stays below 8.
    pub max_nesting: usize,
    /// Array elements in one frame, all arrays together. Default 65,536.
    pub max_elements: usize,
    /// Memory for what the marshal cache remembers of a peer. Default 4 MiB; 1,024 slots of real
    /// traffic take less than 1 MiB.
    pub max_cached_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_frame_bytes: 100 * 1024 * 1024,
            max_inflated_bytes: 100 * 1024 * 1024,
            max_nesting: 32,
            max_elements: 65_536,
            max_cached_bytes: 4 * 1024 * 1024,
        }
    }
}

/// What one frame may still use of its [`Limits`].
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    depth: usize,
    elements: usize,
}

impl Budget {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self { limits, depth: 0, elements: 0 }
    }

    /// One structure further in.
    pub(crate) const fn enter(&mut self) -> Result<(), DecodeFault> {
        self.depth += 1;
        if self.depth > self.limits.max_nesting {
            return Err(DecodeFault::TooDeep { limit: self.limits.max_nesting });
        }
        Ok(())
    }

    /// One structure back out.
    pub(crate) const fn leave(&mut self) {
        self.depth -= 1;
    }

    /// So many more array elements.
    pub(crate) const fn elements(&mut self, count: usize) -> Result<(), DecodeFault> {
        self.elements = self.elements.saturating_add(count);
        if self.elements > self.limits.max_elements {
            return Err(DecodeFault::TooManyElements { limit: self.limits.max_elements });
        }
        Ok(())
    }
}
