//! Commands as trees of named values, to look at and to compare: a third way, beside the two
//! encodings, to walk the field lists.

use std::fmt;

use bytes::Bytes;

use crate::{
    cache::Cached,
    command::{Command, StackElement, Throwable},
    error::EncodeError,
    format::WireFormat,
    text::Text,
    wire::{Nested, Sink},
};

/// A structure: its name in ActiveMQ, and its fields in the order of the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// ActiveMQ's name of the type; empty for exceptions and their parts, which have none.
    pub name: &'static str,
    /// Wire names and values.
    pub fields: Vec<(&'static str, Field)>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number of any width.
    Integer(i64),
    /// A string.
    Text(Text),
    /// A byte array, also one of fixed length.
    Bytes(Bytes),
    /// A structure.
    Structure(Described),
    /// Structures, of which some may be null.
    Array(Vec<Self>),
}

/// The fields of `command` that OpenWire `version` has.
pub fn describe(command: &Command, version: u8) -> Described {
    structure(command, version)
}

fn structure<T: Nested>(value: &T, version: u8) -> Described {
    let name = Command::name_of(value.type_code(), WireFormat::MAX_VERSION).unwrap_or_default();
    let mut describer = Describer { version, fields: Vec::new() };
    // This sink refuses nothing.
    let _: Result<(), EncodeError> = value.write_fields(&mut describer);
    Described { name, fields: describer.fields }
}

fn optional<T: Nested>(value: Option<&T>, version: u8) -> Field {
    value.map_or(Field::Null, |value| Field::Structure(structure(value, version)))
}

fn exception(value: &Throwable) -> Field {
    let cause = value.cause.as_deref().map_or(Field::Null, exception);
    let trace = value.stack_trace.iter().map(stack_element).collect();
    nameless([
        ("class", text(value.class.as_ref())),
        ("message", text(value.message.as_ref())),
        ("stackTrace", Field::Array(trace)),
        ("cause", cause),
    ])
}

fn stack_element(element: &StackElement) -> Field {
    nameless([
        ("className", text(element.class.as_ref())),
        ("methodName", text(element.method.as_ref())),
        ("fileName", text(element.file.as_ref())),
        ("lineNumber", Field::Integer(element.line.into())),
    ])
}

fn nameless<const N: usize>(fields: [(&'static str, Field); N]) -> Field {
    Field::Structure(Described { name: "", fields: fields.into() })
}

fn text(value: Option<&Text>) -> Field {
    value.cloned().map_or(Field::Null, Field::Text)
}

struct Describer {
    version: u8,
    fields: Vec<(&'static str, Field)>,
}

impl Describer {
    fn put(&mut self, name: &'static str, value: Field) -> Result<(), EncodeError> {
        self.fields.push((name, value));
        Ok(())
    }
}

impl Sink for Describer {
    fn version(&self) -> u8 {
        self.version
    }

    fn stack_traces(&self) -> bool {
        true
    }

    /// Only found inside exceptions, which are described apart.
    fn short(&mut self, _: i16) {}

    fn boolean(&mut self, name: &'static str, value: bool) -> Result<(), EncodeError> {
        self.put(name, Field::Boolean(value))
    }

    fn byte(&mut self, name: &'static str, value: i8) -> Result<(), EncodeError> {
        self.put(name, Field::Integer(value.into()))
    }

    fn int(&mut self, name: &'static str, value: i32) -> Result<(), EncodeError> {
        self.put(name, Field::Integer(value.into()))
    }

    fn long(&mut self, name: &'static str, value: i64) -> Result<(), EncodeError> {
        self.put(name, Field::Integer(value))
    }

    fn text(&mut self, name: &'static str, value: Option<&Text>) -> Result<(), EncodeError> {
        self.put(name, text(value))
    }

    fn bytes(&mut self, name: &'static str, value: Option<&Bytes>) -> Result<(), EncodeError> {
        self.put(name, value.cloned().map_or(Field::Null, Field::Bytes))
    }

    fn fixed(&mut self, name: &'static str, value: &[u8; 8]) -> Result<(), EncodeError> {
        self.put(name, Field::Bytes(Bytes::copy_from_slice(value)))
    }

    fn nested<T: Nested>(
        &mut self,
        name: &'static str,
        value: Option<&T>,
    ) -> Result<(), EncodeError> {
        let value = optional(value, self.version);
        self.put(name, value)
    }

    fn cached<T: Cached>(
        &mut self,
        name: &'static str,
        value: Option<&T>,
    ) -> Result<(), EncodeError> {
        self.nested(name, value)
    }

    fn array<T: Nested>(
        &mut self,
        name: &'static str,
        value: Option<&[Option<T>]>,
    ) -> Result<(), EncodeError> {
        let element = |element: &Option<T>| optional(element.as_ref(), self.version);
        let value = value.map_or(Field::Null, |it| Field::Array(it.iter().map(element).collect()));
        self.put(name, value)
    }

    fn throwable(
        &mut self,
        name: &'static str,
        value: Option<&Throwable>,
    ) -> Result<(), EncodeError> {
        self.put(name, value.map_or(Field::Null, exception))
    }
}

/// Fields that say nothing are left out when a structure is shown, and so are passwords.
fn is_shown(name: &str, value: &Field) -> bool {
    let says_nothing = matches!(value, Field::Null | Field::Boolean(false) | Field::Integer(0))
        || matches!(value, Field::Array(elements) if elements.is_empty());
    !says_nothing && name != "password"
}

impl fmt::Display for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{{", self.name)?;
        let mut separator = "";
        for (name, value) in self.fields.iter().filter(|(name, value)| is_shown(name, value)) {
            write!(f, "{separator}{name}={value}")?;
            separator = ", ";
        }
        f.write_str("}")
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Bytes(value) => write!(f, "{value:?}"),
            Self::Structure(value) => value.fmt(f),
            Self::Array(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
        }
    }
}
