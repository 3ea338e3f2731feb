//! What can be wrong with a URI.

use std::fmt;

/// Why a broker URI or a destination name was refused.
///
/// Neither the message nor any field shows a password or anything that may be part of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}, near `{around}`{}", Hint(.hint.as_deref()))]
#[non_exhaustive]
pub struct UriError {
    /// What is wrong.
    pub kind: UriErrorKind,
    /// Where, in bytes from the start of the text.
    pub offset: usize,
    /// The text around that place, with everything that may be secret replaced by `***`.
    pub around: String,
    /// What to write instead, if that can be told.
    pub hint: Option<String>,
}

impl UriError {
    /// With more advice.
    #[must_use]
    pub fn also(mut self, advice: &str) -> Self {
        self.hint = Some(match self.hint {
            Some(hint) => {
                format!("{hint}{} Also {advice}.", if hint.ends_with('?') { "" } else { "." })
            }
            None => advice.to_owned(),
        });
        self
    }
}

/// What is wrong with a broker URI or a destination name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UriErrorKind {
    /// Nothing was given.
    Empty,
    /// `failover:` names no broker.
    NoBroker,
    /// Nothing stands between two commas, or before the first.
    EmptyComponent,
    /// A parenthesis has no partner.
    UnbalancedParentheses,
    /// Groups within groups within groups.
    TooDeep,
    /// Text that belongs nowhere.
    Unexpected(String),
    /// A broker without `scheme:` in front.
    MissingScheme,
    /// A scheme nobody knows.
    UnknownScheme(String),
    /// A scheme that ActiveMQ knows and this client does not support.
    UnsupportedScheme(String),
    /// The host is missing or no host name or IP address.
    BadHost,
    /// The port is missing after its colon or no number from 1 to 65535.
    BadPort,
    /// User name or password before the host.
    CredentialsInAuthority,
    /// A path after the port: in ActiveMQ the local address to bind to, which is not supported.
    LocalAddress,
    /// A `#` in a place where it would cut off what follows.
    Fragment,
    /// `%` without two hexadecimal digits, or bytes that are no UTF-8.
    BadEscape,
    /// An option nobody knows.
    UnknownOption(String),
    /// An option that ActiveMQ knows and this client does not support yet, at least not with this
    /// value.
    UnsupportedOption(String),
    /// A known option in a place where it has no meaning.
    MisplacedOption(String),
    /// An option that was given before.
    DuplicateOption(String),
    /// An option without `=value`.
    MissingValue(String),
    /// A value the option cannot have; the hint says what would be right.
    BadValue {
        /// The option.
        option: String,
        /// The value, `***` if it may be secret.
        value: String,
    },
}

impl fmt::Display for UriErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "nothing given"),
            Self::NoBroker => write!(f, "no broker named"),
            Self::EmptyComponent => write!(f, "empty place in the broker list"),
            Self::UnbalancedParentheses => write!(f, "parenthesis without its partner"),
            Self::TooDeep => write!(f, "groups nested too deeply"),
            Self::Unexpected(what) => write!(f, "unexpected {what}"),
            Self::MissingScheme => write!(f, "broker without a scheme"),
            Self::UnknownScheme(scheme) => write!(f, "unknown scheme {scheme}"),
            Self::UnsupportedScheme(scheme) => write!(f, "scheme {scheme} is not supported"),
            Self::BadHost => write!(f, "missing or malformed host"),
            Self::BadPort => write!(f, "port is not a number from 1 to 65535"),
            Self::CredentialsInAuthority => write!(f, "user name or password before the host"),
            Self::LocalAddress => {
                write!(f, "path after the port (binding a local address is not supported)")
            }
            Self::Fragment => write!(f, "# cuts off what follows it"),
            Self::BadEscape => write!(f, "% is not followed by a valid escape"),
            Self::UnknownOption(option) => write!(f, "unknown option {option}"),
            Self::UnsupportedOption(option) => {
                write!(f, "option {option} is known but not supported yet")
            }
            Self::MisplacedOption(option) => write!(f, "option {option} has no effect here"),
            Self::DuplicateOption(option) => write!(f, "option {option} given twice"),
            Self::MissingValue(option) => write!(f, "option {option} has no value"),
            Self::BadValue { option, value } => write!(f, "option {option} cannot be `{value}`"),
        }
    }
}

struct Hint<'a>(Option<&'a str>);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}
