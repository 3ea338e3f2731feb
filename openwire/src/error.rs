//! What can be wrong with bytes: every error says what, in which type and field, at which offset.

use std::fmt;

/// A frame that cannot be understood. Fatal for its connection: the marshal cache is out of step
/// from here on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(Box<Details>);

/// Behind one pointer: every field that is read could fail, and nearly none does.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    fault: DecodeFault,
    offset: usize,
    place: Option<(&'static str, &'static str)>,
}

impl DecodeError {
    #[cold]
    pub(crate) fn new(fault: DecodeFault, offset: usize) -> Self {
        Self(Box::new(Details { fault, offset, place: None }))
    }

    /// Names the innermost type and field; outer ones keep quiet.
    pub(crate) fn within(mut self, structure: &'static str, field: &'static str) -> Self {
        self.0.place.get_or_insert((structure, field));
        self
    }

    /// What is wrong.
    pub const fn fault(&self) -> &DecodeFault {
        &self.0.fault
    }

    /// Byte offset in the frame, counted from its type byte.
    pub const fn offset(&self) -> usize {
        self.0.offset
    }

    /// OpenWire type and field being read, where known.
    pub const fn place(&self) -> Option<(&'static str, &'static str)> {
        self.0.place
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.0.fault, self.0.offset)?;
        match self.0.place {
            Some((structure, field)) => write!(f, ", reading {structure}.{field}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DecodeError {}

/// The ways in which bytes can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeFault {
    /// The frame ends inside a value.
    #[error("the frame ends {missing} bytes early")]
    Truncated {
        /// How many more bytes the value needs.
        missing: usize,
    },
    /// The frame goes on after its last field.
    #[error("{extra} bytes are left over")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// A tight frame has fewer bits than its fields need.
    #[error("the boolean stream has too few bits")]
    BitsExhausted,
    /// A length or count is below zero.
    #[error("negative length {0}")]
    NegativeLength(i64),
    /// The frame is larger than agreed.
    #[error("a frame of {size} bytes is above the limit of {limit}")]
    FrameTooLarge {
        /// Announced size.
        size: u64,
        /// The limit that applies.
        limit: u64,
    },
    /// Compressed content inflates beyond the limit.
    #[error("the content inflates beyond {limit} bytes")]
    InflatedTooLarge {
        /// The limit that applies.
        limit: usize,
    },
    /// Compressed content is not a zlib stream.
    #[error("the compressed content is damaged: {0}")]
    Inflate(String),
    /// Too many structures inside one another.
    #[error("more than {limit} structures inside one another")]
    TooDeep {
        /// The limit that applies.
        limit: usize,
    },
    /// Too many array elements in one frame.
    #[error("more than {limit} array elements in one frame")]
    TooManyElements {
        /// The limit that applies.
        limit: usize,
    },
    /// No such type in this version.
    #[error("type {code} does not exist in OpenWire version {version}")]
    UnknownType {
        /// The type byte.
        code: u8,
        /// The version in force.
        version: u8,
    },
    /// A structure of a type that this field cannot hold.
    #[error("{found} where {expected} belongs")]
    WrongType {
        /// What the field holds.
        expected: &'static str,
        /// What was found.
        found: &'static str,
    },
    /// The values that the peer has had remembered take too much memory.
    #[error("more than {limit} bytes of remembered ids and destinations")]
    CacheTooLarge {
        /// The limit that applies.
        limit: usize,
    },
    /// A cache slot outside the agreed table.
    #[error("cache slot {0} is outside the table")]
    BadSlot(i16),
    /// Text that is not modified UTF-8.
    #[error("malformed modified UTF-8")]
    BadText,
    /// A primitive value's tag that does not exist.
    #[error("unknown value tag {0}")]
    UnknownTag(u8),
    /// A destination needs a name.
    #[error("a destination without a name")]
    EmptyName,
    /// The first frame must introduce OpenWire.
    #[error("the peer does not speak OpenWire (no \"ActiveMQ\" in its first frame)")]
    BadMagic,
    /// The first frame must be a `WireFormatInfo`.
    #[error("the first frame is {0}, not a WireFormatInfo")]
    NotNegotiated(&'static str),
    /// The peer's version is below what is spoken here.
    #[error("the peer speaks OpenWire version {0}; versions 1 to 12 are understood")]
    BadVersion(i32),
    /// A negotiation property of the wrong type.
    #[error("the peer's WireFormatInfo has a {key} of the wrong type")]
    BadProperty {
        /// Which.
        key: &'static str,
    },
}

/// A command that cannot be put on the wire. Nothing was written, the connection stays usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A string does not fit its length field.
    #[error("{field} has {length} bytes of text, the limit is {limit}")]
    TextTooLong {
        /// Which field.
        field: &'static str,
        /// Encoded length in bytes.
        length: usize,
        /// 32,766 in tight, 65,535 in loose encoding.
        limit: usize,
    },
    /// An array does not fit its count field.
    #[error("{field} has {length} elements, the limit is {limit}")]
    ArrayTooLong {
        /// Which field.
        field: &'static str,
        /// Its number of elements.
        length: usize,
        /// 32,767.
        limit: usize,
    },
    /// The frame is larger than agreed.
    #[error("a frame of {size} bytes is above the limit of {limit}")]
    FrameTooLarge {
        /// Its size without the prefix.
        size: u64,
        /// The limit that applies.
        limit: u64,
    },
    /// The type does not exist in the version agreed with the peer.
    #[error("{name} does not exist in OpenWire version {version}")]
    TypeNotInVersion {
        /// Which type.
        name: &'static str,
        /// The version in force.
        version: u8,
    },
}
