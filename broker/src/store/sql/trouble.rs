//! Why the database did not do what it was asked.

use crate::store::StoreError;

pub(super) type Result<T> = std::result::Result<T, Trouble>;

/// What went wrong, before anybody is told where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The connection is gone or silent: whether the last statement was done, nobody knows.
    Lost(String),
    /// The database undid the transaction in favour of another one; it may be tried again.
    Undone(String),
    /// The connection was lost with a commit on its way, and there was no way to look.
    Unknown(String),
    /// No room left.
    Full(String),
    /// Another broker is master.
    Fenced(String),
    /// Tables or a server that this store cannot use.
    Unsupported(String),
    /// Rows that make no sense.
    Damaged(String),
    /// The database refused.
    Refused(String),
}

impl Trouble {
    pub(super) fn of(self, place: &str) -> StoreError {
        let place = place.to_owned();
        match self {
            Self::Full(detail) => StoreError::Full { place, detail },
            Self::Unknown(detail) => StoreError::Unknown { place, detail },
            Self::Fenced(detail) => StoreError::Fenced { place, detail },
            Self::Unsupported(detail) => StoreError::Unsupported { place, detail },
            Self::Damaged(detail) => StoreError::Damaged { place, detail },
            Self::Lost(detail) | Self::Undone(detail) | Self::Refused(detail) => {
                StoreError::Io { place, detail }
            }
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lost(detail)
            | Self::Undone(detail)
            | Self::Full(detail)
            | Self::Unknown(detail)
            | Self::Fenced(detail)
            | Self::Unsupported(detail)
            | Self::Damaged(detail)
            | Self::Refused(detail) => f.write_str(detail),
        }
    }
}
