//! How structures become bytes. Each wire type has one field list (see [`macros`]); the loose and
//! the tight encoding are two [`Sink`]s and two [`Source`]s that such a list is walked with.
//!
//! ```text
//! macros          one field list for each type
//! tight, loose    both encodings, each a writer and a reader; bits: the flags of the tight one
//! cursor          a frame that nobody reads beyond its end
//! throwable       exceptions, which have no field list
//! ```

pub(crate) mod bits;
pub(crate) mod cursor;
pub(crate) mod loose;
pub(crate) mod macros;
pub(crate) mod throwable;
pub(crate) mod tight;

use bytes::{BufMut, Bytes, BytesMut};

use self::cursor::Cursor;
use crate::{
    cache::{Cached, ReceiveCache},
    command::{Command, Throwable},
    error::{DecodeError, DecodeFault, EncodeError},
    format::WireFormat,
    limits::Budget,
    text::{self, Text},
};

/// Takes the fields of a structure, in wire order.
pub(crate) trait Sink {
    /// The OpenWire version that decides which fields exist.
    fn version(&self) -> u8;
    /// Exceptions carry their stack trace.
    fn stack_traces(&self) -> bool;
    fn short(&mut self, value: i16);
    fn boolean(&mut self, field: &'static str, value: bool) -> Result<(), EncodeError>;
    fn byte(&mut self, field: &'static str, value: i8) -> Result<(), EncodeError>;
    fn int(&mut self, field: &'static str, value: i32) -> Result<(), EncodeError>;
    fn long(&mut self, field: &'static str, value: i64) -> Result<(), EncodeError>;
    fn text(&mut self, field: &'static str, value: Option<&Text>) -> Result<(), EncodeError>;
    fn bytes(&mut self, field: &'static str, value: Option<&Bytes>) -> Result<(), EncodeError>;
    fn fixed(&mut self, field: &'static str, value: &[u8; 8]) -> Result<(), EncodeError>;
    fn nested<T: Nested>(
        &mut self,
        field: &'static str,
        value: Option<&T>,
    ) -> Result<(), EncodeError>;
    fn cached<T: Cached>(
        &mut self,
        field: &'static str,
        value: Option<&T>,
    ) -> Result<(), EncodeError>;
    fn array<T: Nested>(
        &mut self,
        field: &'static str,
        value: Option<&[Option<T>]>,
    ) -> Result<(), EncodeError>;
    fn throwable(
        &mut self,
        field: &'static str,
        value: Option<&Throwable>,
    ) -> Result<(), EncodeError>;
}

/// Gives the fields of a structure, in wire order.
pub(crate) trait Source {
    /// The OpenWire version that decides which fields exist.
    fn version(&self) -> u8;
    /// Where the next value starts, for error texts.
    fn offset(&self) -> usize;
    /// Exceptions carry their stack trace.
    fn stack_traces(&self) -> bool;
    /// What this frame may still make us do.
    fn budget(&mut self) -> &mut Budget;
    fn short(&mut self) -> Result<i16, DecodeError>;
    fn boolean(&mut self) -> Result<bool, DecodeError>;
    fn byte(&mut self) -> Result<i8, DecodeError>;
    fn int(&mut self) -> Result<i32, DecodeError>;
    fn long(&mut self) -> Result<i64, DecodeError>;
    fn text(&mut self) -> Result<Option<Text>, DecodeError>;
    fn bytes(&mut self) -> Result<Option<Bytes>, DecodeError>;
    fn fixed(&mut self) -> Result<[u8; 8], DecodeError>;
    fn nested<T: Nested>(&mut self) -> Result<Option<T>, DecodeError>;
    fn cached<T: Cached>(&mut self) -> Result<Option<T>, DecodeError>;
    fn array<T: Nested>(&mut self) -> Result<Option<Vec<Option<T>>>, DecodeError>;
    fn throwable(&mut self) -> Result<Option<Throwable>, DecodeError>;
}

/// Something that follows its type byte on the wire: a structure, or one of a family of them.
pub(crate) trait Nested: Sized {
    /// What the field may hold, for error texts.
    const EXPECTED: &'static str;
    /// The type byte.
    fn type_code(&self) -> u8;
    /// Writes the fields after the type byte.
    fn write_fields<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError>;
    /// Reads the fields after the type byte `code`.
    fn read_fields<S: Source>(code: u8, source: &mut S) -> Result<Self, DecodeError>;
}

/// Types whose nested tight form has one more bit: `WireFormatInfo` and all messages.
///
/// Java lets those remember their marshalled bytes; the bit would announce such bytes.
pub(crate) const fn marshal_aware(code: u8) -> bool {
    code == 1 || matches!(code, 23..=29)
}

/// A structure with a field list of its own, declared by [`macros::wire_struct`].
pub(crate) trait Structure: Default {
    /// The type byte.
    const CODE: u8;
    /// ActiveMQ's name.
    const NAME: &'static str;
    /// The first version that has it.
    const SINCE: u8;
    /// Writes all fields of the sink's version.
    fn write<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError>;
    /// Reads all fields of the source's version, each to where it stays.
    fn fill<S: Source>(&mut self, source: &mut S) -> Result<(), DecodeError>;
    /// A new one.
    fn read<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        let mut new = Self::default();
        new.fill(source)?;
        Ok(new)
    }
}

impl<T: Structure> Nested for T {
    const EXPECTED: &'static str = T::NAME;

    fn type_code(&self) -> u8 {
        T::CODE
    }

    fn write_fields<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError> {
        self.write(sink)
    }

    fn read_fields<S: Source>(code: u8, source: &mut S) -> Result<Self, DecodeError> {
        if code == T::CODE && source.version() >= T::SINCE {
            return T::read(source);
        }
        Err(wrong_type::<T>(code, source))
    }
}

/// Refuses to write a type that the version lacks.
pub(crate) fn check_version(code: u8, version: u8) -> Result<(), EncodeError> {
    // The later versions have them all, and that is what most peers speak.
    if version >= Command::ALL_SINCE || Command::name_of(code, version).is_some() {
        return Ok(());
    }
    let name = Command::name_of(code, WireFormat::MAX_VERSION).unwrap_or_default();
    Err(EncodeError::TypeNotInVersion { name, version })
}

/// The error for a type byte that the field cannot hold.
pub(crate) fn wrong_type<T: Nested>(code: u8, source: &impl Source) -> DecodeError {
    let fault = match Command::name_of(code, source.version()) {
        Some(found) => DecodeFault::WrongType { expected: T::EXPECTED, found },
        None => DecodeFault::UnknownType { code, version: source.version() },
    };
    DecodeError::new(fault, source.offset())
}

/// Appends bytes behind their 32-bit length.
pub(crate) fn put_sized(out: &mut BytesMut, value: &[u8]) -> Result<(), EncodeError> {
    let Ok(length) = i32::try_from(value.len()) else {
        let limit = i32::MAX.unsigned_abs().into();
        return Err(EncodeError::FrameTooLarge { size: value.len() as u64, limit });
    };
    out.put_i32(length);
    out.put_slice(value);
    Ok(())
}

/// Java reads the count as a signed short.
fn array_length(field: &'static str, length: usize) -> Result<i16, EncodeError> {
    let limit = i16::MAX.unsigned_abs().into();
    i16::try_from(length).map_err(|_| EncodeError::ArrayTooLong { field, length, limit })
}

fn take_text(cursor: &mut Cursor<'_>, length: usize) -> Result<Text, DecodeError> {
    let at = cursor.position();
    let bytes = cursor.take(length)?;
    text::read_modified_utf8(bytes)
        .map(Text::from)
        .ok_or_else(|| DecodeError::new(DecodeFault::BadText, at))
}

/// Reads one level deeper, within the frame's budget.
fn descend<S: Source, T>(
    source: &mut S,
    read: impl FnOnce(&mut S) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let at = source.offset();
    source.budget().enter().map_err(|fault| DecodeError::new(fault, at))?;
    let value = read(source)?;
    source.budget().leave();
    Ok(value)
}

fn read_element_count(source: &mut impl Source) -> Result<usize, DecodeError> {
    let at = source.offset();
    let count = source.short()?;
    let count = usize::try_from(count)
        .map_err(|_| DecodeError::new(DecodeFault::NegativeLength(count.into()), at))?;
    source.budget().elements(count).map_err(|fault| DecodeError::new(fault, at))?;
    Ok(count)
}

/// The value that a peer had remembered.
#[inline]
fn recall<T: Cached>(
    cache: Option<&ReceiveCache>,
    slot: i16,
    at: usize,
) -> Result<Option<T>, DecodeError> {
    let Some(cache) = cache else { return Ok(None) };
    cache.fetch(slot).map_err(|fault| DecodeError::new(fault, at))
}

/// Remembers a new value as its peer says.
fn remember<T: Cached>(
    cache: Option<&mut ReceiveCache>,
    slot: i16,
    value: Option<&T>,
    at: usize,
) -> Result<(), DecodeError> {
    let Some(cache) = cache else { return Ok(()) };
    cache.store(slot, value.map(Cached::to_entry)).map_err(|fault| DecodeError::new(fault, at))
}
