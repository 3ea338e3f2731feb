//! Tables of options: one row for each, with its name, kind, default and meaning.
//!
//! Such tables drive parsing, suggestions and documentation alike. An option that ActiveMQ knows and
//! that is not implemented yet is a row of kind [`Kind::Later`]; implementing it means changing that
//! row.

use std::time::Duration;

/// One option of a target structure `T`.
#[derive(Debug)]
pub struct Row<T: 'static> {
    /// Name without the prefix of its table.
    pub name: &'static str,
    /// The values it takes, and where they go.
    pub kind: Kind<T>,
    /// Default as it would be written in a URI; empty if there is none.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
}

/// What values an option takes and where they go.
#[derive(Debug)]
pub enum Kind<T: 'static> {
    /// `true` or `false`.
    Bool(fn(&mut T, bool)),
    /// A whole number from the first to the second number.
    Count(u32, u32, fn(&mut T, u32)),
    /// A whole number, or -1 for no limit.
    Limit(fn(&mut T, Option<u32>)),
    /// A whole number, or 0 and less for never.
    Every(fn(&mut T, Option<u32>)),
    /// A positive number of bytes.
    Bytes(fn(&mut T, u64)),
    /// A number of bytes, with a unit or without.
    Size(fn(&mut T, u64)),
    /// A number with a fraction, not below the given one.
    Factor(f64, fn(&mut T, f64)),
    /// Milliseconds.
    Millis(fn(&mut T, Duration)),
    /// Milliseconds, or 0 and less for no limit.
    Timeout(fn(&mut T, Option<Duration>)),
    /// Milliseconds, or -1 for no limit.
    LongestMillis(fn(&mut T, Option<Duration>)),
    /// Any text.
    Text(fn(&mut T, &str)),
    /// Text of which not all is right, such as names; the values in words. What is wrong is answered in
    /// words, too.
    Names(&'static str, fn(&mut T, &str) -> Result<(), String>),
    /// Any text, never shown.
    Secret(fn(&mut T, &str)),
    /// Known to ActiveMQ, not implemented yet. Only the given value, which asks for what the client
    /// does anyway, is accepted.
    Later(Option<&'static str>),
    /// Without meaning for this client, for the given reason.
    NoEffect(&'static str),
    /// The same, but for the first value, which says what is so anyway and is not worth a note.
    Unneeded(&'static str, &'static str),
    /// `true` or `false`; what is not done yet if it is true.
    Partly(fn(&mut T, bool), &'static str),
}

/// How far an option is honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It does what it says.
    Works,
    /// It does so in part; what is missing. Setting it gives a warning.
    Partly(&'static str),
    /// It is accepted and changes nothing, for this reason. Setting it gives a note.
    NoEffect(&'static str),
    /// It is refused, except with this value, which asks for what is done anyway.
    Refused(Option<&'static str>),
}

impl<T> Kind<T> {
    /// How far it is honoured.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        match *self {
            Self::Later(honoured) => Standing::Refused(honoured),
            Self::NoEffect(reason) | Self::Unneeded(_, reason) => Standing::NoEffect(reason),
            Self::Partly(_, missing) => Standing::Partly(missing),
            _ => Standing::Works,
        }
    }
}

/// A row and its position.
#[must_use]
pub fn find<T>(table: &'static [Row<T>], name: &str) -> Option<(usize, &'static Row<T>)> {
    table.iter().enumerate().find(|(_, row)| row.name == name)
}
