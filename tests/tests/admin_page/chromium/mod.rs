//! A real Chromium without a window, for tests of the admin page.
//!
//! ```text
//! browser   its process, with a profile of its own
//! link      commands over the DevTools protocol, and what the page complained of meanwhile
//! page      what a user does and sees: addresses, clicks, keys, texts, pictures
//! ```

mod browser;
mod link;
mod page;

pub(crate) use self::page::{Page, Scheme};
