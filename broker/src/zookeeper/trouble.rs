//! What goes wrong with ZooKeeper, in words.

use zookeeper_client::Error;

/// What went wrong with ZooKeeper. None of it stops a broker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// No server is reached.
    #[error("cannot reach ZooKeeper at {0}")]
    OutOfReach(String),
    /// The link was lost in the middle of something; whether it was done is unknown.
    #[error("the link to ZooKeeper was lost")]
    Lost,
    /// The session has run out: what the broker had published is gone.
    #[error("ZooKeeper has ended the session")]
    Expired,
    /// The password is wrong, or there is none.
    #[error(
        "ZooKeeper does not let this broker use {path}: zkPassword is not the one it was made with \
         (look with `zkCli.sh`: addauth digest fabric:PASSWORD, then getAcl {path})"
    )]
    NotAllowed {
        /// What may not be used.
        path: String,
    },
    /// Anything else.
    #[error("ZooKeeper: {0}")]
    Other(String),
}

impl Trouble {
    /// What an error at a path means.
    pub(super) fn at(path: &str, error: &Error) -> Self {
        match error {
            Error::NoAuth | Error::AuthFailed => Self::NotAllowed { path: path.to_owned() },
            Error::ConnectionLoss | Error::Timeout => Self::Lost,
            Error::SessionExpired | Error::ClientClosed | Error::SessionMoved => Self::Expired,
            other => Self::Other(format!("{other} ({path})")),
        }
    }
}
