//! What is said of a setting that cannot be understood.

use std::borrow::Cow;

/// A setting that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} \"{value}\" cannot be understood: {hint}")]
pub struct ConfigError {
    pub(super) what: &'static str,
    pub(super) value: String,
    pub(super) hint: Cow<'static, str>,
}

impl ConfigError {
    /// What would be right.
    pub(super) fn hint(&self) -> &str {
        &self.hint
    }

    pub(crate) fn new(what: &'static str, value: &str, hint: &'static str) -> Self {
        Self { what, value: value.to_owned(), hint: hint.into() }
    }

    /// With a text of somebody who knows more.
    pub(super) fn told(what: &'static str, value: &str, hint: String) -> Self {
        Self { what, value: value.to_owned(), hint: hint.into() }
    }
}
