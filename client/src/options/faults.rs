//! Faults on purpose, for tests of applications.

use std::time::Duration;

super::options! {
    /// What goes wrong with the links to one broker, for tests of applications; in a URI with the scheme
    /// `mock:`.
    ///
    /// ```
    /// use relaismq::options::ConnectOptions;
    ///
    /// // The first link is lost after a second, whatever the broker does.
    /// let uri = "failover:(mock:(tcp://localhost:61616)?cutAfter=1000)";
    /// assert!(uri.parse::<ConnectOptions>()?.endpoints[0].options.faults.is_some());
    /// # Ok::<(), relaismq::uri::UriError>(())
    /// ```
    pub struct Faults {
        /// So many attempts to connect are refused first. Default 0.
        refuse_first: u32 = 0,
        /// How long each link lasts. Default none: until something else ends it.
        cut_after: Option<Duration> = None,
        /// How many bytes each link brings from the broker before it is cut. Default none: any number.
        cut_after_bytes: Option<u64> = None,
        /// How long each link works; from then on it takes and brings nothing, and stays open. Default none:
        /// for ever.
        stall_after: Option<Duration> = None,
    }
}
