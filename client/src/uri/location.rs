//! Where options stand.

/// Where in a URI an option was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Location {
    /// Behind the closing parenthesis.
    Outer,
    /// On a broker in parentheses.
    Listed,
    /// On a broker of a list without parentheses.
    Unlisted,
    /// On a broker with faults on purpose, or behind its parenthesis.
    Mocked,
    /// On the only broker of a URI without `failover:`.
    Plain,
}
