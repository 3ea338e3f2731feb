//! From what went wrong inside to what is said of the folder.

use std::path::Path;

use super::trouble::Trouble;
use crate::store::StoreError;
use crate::store::lock::LockError;

impl Trouble {
    /// In this folder.
    pub(super) fn of(self, dir: &Path) -> StoreError {
        let place = dir.display().to_string();
        match self {
            Self::NoRoom(detail) => StoreError::Full { place, detail },
            Self::Damaged(detail) => {
                StoreError::Damaged { place, detail: format!("{detail}. {AFTER_DAMAGE}") }
            }
            Self::Io(detail) => StoreError::Io { place, detail },
            Self::Fenced(detail) => StoreError::Fenced { place, detail },
            Self::Unsupported(detail) => StoreError::Unsupported { place, detail },
        }
    }

    /// Where a lack of room cannot be waited for.
    pub(super) fn while_opening(self) -> Self {
        match self {
            Self::NoRoom(detail) => Self::NoRoom(format!(
                "there is no room to open it ({detail}): make some, and start the broker again if it has ended"
            )),
            other => other,
        }
    }
}

impl From<LockError> for Trouble {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Io { path, source } => Self::Io(format!("{}: {source}", path.display())),
            other => Self::Fenced(other.to_string()),
        }
    }
}

const AFTER_DAMAGE: &str = "Nothing was changed. Restore the folder from a copy, or start with an \
                            empty one; `relaismq-broker --check-store` says more";
