//! How the programs end.

use std::process::ExitCode;

use relaismq::{ConnectError, RefusalKind};

use crate::output;

/// Exit statuses, the same for all programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything done.
    Done,
    /// Something failed on the way.
    Failed,
    /// An option cannot be understood.
    WrongUsage,
    /// Messages are missing, or doubled without a flag.
    Incomplete,
    /// No broker could be reached in time.
    NotConnected,
    /// The brokers refused the credentials.
    NotAuthorised,
    /// Nothing more came in the time allowed.
    TimedOut,
    /// Ended by Ctrl-C, in order.
    Interrupted,
    /// Ended by SIGTERM, in order.
    Terminated,
}

impl Ending {
    /// The exit status.
    pub const fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::WrongUsage => 2,
            Self::Incomplete => 3,
            Self::NotConnected => 4,
            Self::NotAuthorised => 5,
            Self::TimedOut => 124,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// How a program ends that failed with this error.
    pub fn of(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<ConnectError>() {
            Some(ConnectError::Uri(_)) => Self::WrongUsage,
            Some(ConnectError::Refused(refusal)) if refusal.kind() == RefusalKind::Security => {
                Self::NotAuthorised
            }
            Some(
                ConnectError::TimedOut(_) | ConnectError::NoBroker(_) | ConnectError::NoList(_),
            ) => Self::NotConnected,
            _ => Self::Failed,
        }
    }

    /// The end of a program named `program`, with its error on standard error.
    pub fn report(program: &str, result: anyhow::Result<Self>) -> Self {
        result.unwrap_or_else(|error| {
            output::note(&format!("{program}: {error:#}"));
            Self::of(&error)
        })
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(ending.status())
    }
}

/// For `--help`.
pub const EXIT_STATUSES: &str = "Exit status: 0 done, 1 failed, 2 wrong usage, 3 messages missing or doubled, \
4 no broker reached, 5 credentials refused, 124 timed out, 130 ended by Ctrl-C, 143 by SIGTERM.";
