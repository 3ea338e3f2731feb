//! The core in virtual time.

mod ending;
mod rig;
mod settling;
