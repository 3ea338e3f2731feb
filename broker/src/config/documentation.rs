//! What the documentation says about a row of a table.

use relaismq_options::{Row, Standing};

/// What the documentation says about one setting or attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingDoc {
    /// Its name.
    pub name: &'static str,
    /// The values it takes, in words.
    pub values: String,
    /// Its default as it would be written; empty if there is none.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// How far it is honoured.
    pub standing: Standing,
}

impl SettingDoc {
    /// What a row says.
    pub(super) fn of<T>(row: &Row<T>) -> Self {
        Self {
            name: row.name,
            values: row.kind.expected(),
            default: row.default,
            doc: row.doc,
            standing: row.kind.standing(),
        }
    }
}
