//! Places between receiving and confirming at which tests end the process, as `kill -9` would there.
//!
//! Without the feature `fail-points`, which no released build has, nothing of this is in the program.
//! With it, `RELAISMQ_FAIL_POINT=after-append:17` in the environment ends the process when it is at that
//! place for the 17th time, and `RELAISMQ_KNOWN_BUG=confirm-early` makes a broker that confirms before it
//! has written anything: whoever looks for lost messages must find those.
//!
//! | place | the process is about to |
//! |---|---|
//! | `locked` | look at the store, whose lock it has |
//! | `opened` | read the store |
//! | `loaded` | listen for clients |
//! | `received` | tell the engine what a client has sent |
//! | `handed-over` | go on after it has handed something to the store's thread |
//! | `before-removal` | commit the removal of a message |
//! | `before-append`, `after-append` | write to the log; go on after that |
//! | `before-sync`, `after-sync` | sync the log; go on after that |
//! | `checkpoint-written` | sync a new checkpoint |
//! | `checkpoint-synced` | put it in the place of the old one |
//! | `checkpoint-renamed` | make that durable; nothing that the old one names is gone yet |
//! | `before-answer` | answer a client's request |
//! | `before-dispatch` | send a message to a consumer |

#[cfg(feature = "fail-points")]
pub(crate) use self::armed::{confirms_early, reached};

/// The process is at this place.
#[cfg(not(feature = "fail-points"))]
#[inline(always)]
pub(crate) const fn reached(_place: &str) {}

/// Whether the store's confirmation is to be made up.
#[cfg(not(feature = "fail-points"))]
#[inline(always)]
pub(crate) const fn confirms_early() -> bool {
    false
}

/// The process is at this place if that is so.
pub(crate) fn reached_if(place: &str, is_there: impl FnOnce() -> bool) {
    if cfg!(feature = "fail-points") && is_there() {
        reached(place);
    }
}

#[cfg(feature = "fail-points")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use nix::sys::signal::{Signal, raise};

    /// Where the process ends, and at which time it is there.
    struct Target {
        place: String,
        time: u64,
        times: AtomicU64,
    }

    pub(crate) fn reached(place: &str) {
        if place == "before-append" && confirms_early() {
            dawdle();
        }
        let Some(target) = target() else { return };
        if target.place == place && target.times.fetch_add(1, Ordering::Relaxed) + 1 == target.time
        {
            // Nothing comes after it, unless the system refuses.
            if raise(Signal::SIGKILL).is_err() {
                std::process::abort();
            }
        }
    }

    pub(crate) fn confirms_early() -> bool {
        static BUG: OnceLock<bool> = OnceLock::new();
        *BUG.get_or_init(|| {
            std::env::var("RELAISMQ_KNOWN_BUG").is_ok_and(|bug| bug == "confirm-early")
        })
    }

    #[expect(clippy::panic, reason = "a test that is misspelt must not pass")]
    fn target() -> Option<&'static Target> {
        static TARGET: OnceLock<Option<Target>> = OnceLock::new();
        let read = || {
            let text = std::env::var("RELAISMQ_FAIL_POINT").ok()?;
            let parts =
                text.split_once(':').and_then(|(place, time)| Some((place, time.parse().ok()?)));
            let Some((place, time)) = parts else {
                panic!("RELAISMQ_FAIL_POINT={text}: not a place and a number, as after-append:17");
            };
            Some(Target { place: place.to_owned(), time, times: AtomicU64::new(0) })
        };
        TARGET.get_or_init(read).as_ref()
    }

    /// So that a kill finds something that was confirmed and not written.
    #[expect(clippy::disallowed_methods, reason = "a bug that is never found proves nothing")]
    fn dawdle() {
        std::thread::sleep(Duration::from_millis(5));
    }
}
