//! The functions of XPath's core library that this broker has.

use super::XPathError;

/// A function by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Boolean,
    Concat,
    Contains,
    Count,
    False,
    Last,
    LocalName,
    Name,
    NormalizeSpace,
    Not,
    Number,
    Position,
    StartsWith,
    String,
    StringLength,
    Sum,
    True,
}

impl Function {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(known, ..)| *known == name).map(|&(_, function, ..)| function)
    }

    /// Checks the number of arguments, and that functions of nodes get nodes.
    pub(super) fn check(self, count: usize, all_nodes: bool) -> Result<(), XPathError> {
        let known = FUNCTIONS.iter().find(|(_, function, ..)| *function == self);
        let fits = known.is_some_and(|(.., least, most)| (*least..=*most).contains(&count));
        if !fits {
            return Err(XPathError::Malformed("wrong number of arguments in XPath"));
        }
        let takes_nodes = matches!(self, Self::Count | Self::Sum | Self::Name | Self::LocalName);
        if takes_nodes && !all_nodes {
            return Err(XPathError::Malformed("this function of XPath takes a path"));
        }
        Ok(())
    }
}

/// Each function with the least and the greatest number of its arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 17] = [
    ("boolean", Function::Boolean, 1, 1),
    ("concat", Function::Concat, 2, 64),
    ("contains", Function::Contains, 2, 2),
    ("count", Function::Count, 1, 1),
    ("false", Function::False, 0, 0),
    ("last", Function::Last, 0, 0),
    ("local-name", Function::LocalName, 0, 1),
    ("name", Function::Name, 0, 1),
    ("normalize-space", Function::NormalizeSpace, 0, 1),
    ("not", Function::Not, 1, 1),
    ("number", Function::Number, 0, 1),
    ("position", Function::Position, 0, 0),
    ("starts-with", Function::StartsWith, 2, 2),
    ("string", Function::String, 0, 1),
    ("string-length", Function::StringLength, 0, 1),
    ("sum", Function::Sum, 1, 1),
    ("true", Function::True, 0, 0),
];
