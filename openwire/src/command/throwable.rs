//! Java exceptions as they travel: a class name and a text, never an object.

use crate::text::Text;

/// An exception. The class name is only a name here; nothing is ever instantiated from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Throwable {
    /// Java class, such as `javax.jms.InvalidSelectorException`.
    pub class: Option<Text>,
    /// What went wrong.
    pub message: Option<Text>,
    /// Where in the sender, innermost first; only with `StackTraceEnabled` agreed.
    pub stack_trace: Vec<StackElement>,
    /// What caused it; only with `StackTraceEnabled` agreed.
    pub cause: Option<Box<Self>>,
}

/// One line of a stack trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackElement {
    /// Java class.
    pub class: Option<Text>,
    /// Its method.
    pub method: Option<Text>,
    /// Source file.
    pub file: Option<Text>,
    /// Line in it.
    pub line: i32,
}

impl Throwable {
    /// An exception without stack trace.
    pub fn new(class: &str, message: impl Into<Text>) -> Self {
        Self { class: Some(class.into()), message: Some(message.into()), ..Self::default() }
    }
}
