//! The admin page in a real browser, over a real broker.

#![allow(clippy::indexing_slicing, reason = "these are tests")]

mod acting;
mod chromium;
mod pictures;
mod reading;
mod roles;
mod watched;
