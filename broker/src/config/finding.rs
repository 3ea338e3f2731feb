//! What is wrong with a configuration, or only odd about it, with its place.

use std::fmt;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The broker runs; what it does not do changes nothing for clients, or asks for less than is done.
    Warning,
    /// The broker does not start.
    Error,
}

/// One remark on a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// The file, or what stands for one.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// The character in it, from 1.
    pub column: u32,
    /// The element, and the attribute if it is about one: `kahaDB directory`.
    pub element: String,
    /// What there is to say.
    pub what: String,
    /// What to do; empty if nothing has to be done.
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, element, what, remedy, .. } = self;
        let weight = match self.weight {
            Weight::Warning => "warning",
            Weight::Error => "error",
        };
        write!(f, "{weight}: {file}:{line}:{column}: ")?;
        if !element.is_empty() {
            write!(f, "{element}: ")?;
        }
        f.write_str(what)?;
        if remedy.is_empty() { Ok(()) } else { write!(f, "; {remedy}") }
    }
}

/// A configuration that was refused: every finding, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Errors and warnings.
    pub findings: Vec<Finding>,
}

impl Refused {
    /// How much is wrong, in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let errors = self.findings.iter().filter(|it| it.weight == Weight::Error).count();
        let file = self.findings.first().map_or("it", |it| it.file.as_str());
        let plural = if errors == 1 { "" } else { "s" };
        format!("{file} cannot be run: {errors} error{plural}")
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors: Vec<_> = self
            .findings
            .iter()
            .filter(|it| it.weight == Weight::Error)
            .map(ToString::to_string)
            .collect();
        f.write_str(&errors.join("\n"))
    }
}

impl std::error::Error for Refused {}
