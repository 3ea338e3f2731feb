//! Bodies of messages: made, read, compressed.

use std::borrow::Borrow;

use bytes::{Buf, Bytes, BytesMut};

use super::{
    compression::{deflate, deflate_sized, inflate, inflate_announced, inflate_sized},
    counted::{read_text, write_long_text},
    value::{PrimitiveMap, Value},
};
use crate::{
    command::{BlobReference, Message, MessageKind},
    error::{DecodeError, EncodeError},
    limits::Limits,
    text::Text,
    wire::cursor::Cursor,
};

/// New messages. Headers are at their neutral values: whoever sends sets priority, persistence,
/// time and id.
impl Message {
    fn with_content(kind: MessageKind, content: Option<Bytes>) -> Self {
        Self { kind, content, ..Self::default() }
    }

    /// A message without body.
    pub fn new_plain() -> Self {
        Self::default()
    }

    /// A text message.
    ///
    /// # Errors
    /// [`EncodeError::TextTooLong`] above 2 GiB.
    pub fn new_text(text: &str) -> Result<Self, EncodeError> {
        let mut content = BytesMut::with_capacity(4 + text.len());
        write_long_text(text, &mut content)?;
        Ok(Self::with_content(MessageKind::Text, Some(content.freeze())))
    }

    /// A bytes message.
    pub fn new_bytes(body: impl Into<Bytes>) -> Self {
        Self::with_content(MessageKind::Bytes, Some(body.into()))
    }

    /// A map message.
    ///
    /// # Errors
    /// [`EncodeError`] for a name of more than 65,535 bytes.
    pub fn new_map(entries: &PrimitiveMap) -> Result<Self, EncodeError> {
        let content = if entries.is_empty() { None } else { Some(entries.encode()?) };
        Ok(Self::with_content(MessageKind::Map, content))
    }

    /// A stream message.
    ///
    /// # Errors
    /// [`EncodeError`] for a value that does not fit its length field.
    pub fn new_stream(
        items: impl IntoIterator<Item = impl Borrow<Value>>,
    ) -> Result<Self, EncodeError> {
        let mut content = BytesMut::new();
        items.into_iter().try_for_each(|item| item.borrow().write(&mut content))?;
        let content = Some(content.freeze()).filter(|content| !content.is_empty());
        Ok(Self::with_content(MessageKind::Stream, content))
    }

    /// An object message, of an object that Java serialized.
    pub fn new_object(serialized: impl Into<Bytes>) -> Self {
        Self::with_content(MessageKind::Object, Some(serialized.into()))
    }

    /// A message whose body is elsewhere.
    pub fn new_blob(reference: BlobReference) -> Self {
        Self::with_content(MessageKind::Blob(reference.into()), None)
    }
}

/// Bodies. Compressed ones are unpacked up to [`Limits::max_inflated_bytes`]; for another bound,
/// call [`Message::decompress`] first.
impl Message {
    /// The text of a text message, `None` for Java's null text.
    ///
    /// # Errors
    /// [`DecodeError`] if the content is none.
    pub fn body_text(&self) -> Result<Option<Text>, DecodeError> {
        let Some(content) = self.default_content()? else { return Ok(None) };
        let mut cursor = Cursor::new(&content);
        match cursor.optional_length()? {
            Some(length) => read_text(&mut cursor, length).map(Some),
            None => Ok(None),
        }
    }

    /// The body of a bytes message.
    ///
    /// # Errors
    /// [`DecodeError`] if the content cannot be unpacked.
    pub fn body_bytes(&self) -> Result<Bytes, DecodeError> {
        self.default_content().map(Option::unwrap_or_default)
    }

    /// The serialized Java object of an object message, `None` for null.
    ///
    /// # Errors
    /// [`DecodeError`] if the content cannot be unpacked.
    pub fn body_object(&self) -> Result<Option<Bytes>, DecodeError> {
        self.default_content()
    }

    /// The entries of a map message.
    ///
    /// # Errors
    /// [`DecodeError`] if the content is none.
    pub fn body_map(&self) -> Result<PrimitiveMap, DecodeError> {
        match self.default_content()? {
            Some(content) => PrimitiveMap::decode(&content),
            None => Ok(PrimitiveMap::new()),
        }
    }

    /// The items of a stream message.
    ///
    /// # Errors
    /// [`DecodeError`] if the content is none.
    pub fn body_stream(&self) -> Result<Vec<Value>, DecodeError> {
        let content = self.default_content()?.unwrap_or_default();
        let mut cursor = Cursor::new(&content);
        let mut items = Vec::new();
        while cursor.remaining() > 0 {
            items.push(Value::read(&mut cursor, 0)?);
        }
        Ok(items)
    }

    /// The content unpacked, if that takes at most `limit` bytes; `None` without content.
    ///
    /// # Errors
    /// [`DecodeError`] if it takes more, or is no zlib stream.
    pub fn content_within(&self, limit: usize) -> Result<Option<Bytes>, DecodeError> {
        match &self.content {
            Some(content) if self.compressed && content.has_remaining() => match self.kind {
                MessageKind::Bytes => inflate_sized(content, limit),
                MessageKind::Text => inflate_announced(content, limit),
                _ => inflate(content, limit),
            }
            .map(Some),
            content => Ok(content.clone()),
        }
    }

    /// Unpacks the content in place.
    ///
    /// # Errors
    /// As [`Self::content_within`]; the message is as before then.
    pub fn decompress(&mut self, limit: usize) -> Result<(), DecodeError> {
        self.content = self.content_within(limit)?;
        self.compressed = false;
        Ok(())
    }

    /// Packs the content in place, if there is any that is not packed yet.
    pub fn compress(&mut self) {
        let Some(content) = self.content.as_ref().filter(|_| !self.compressed) else { return };
        self.content = Some(match self.kind {
            MessageKind::Bytes => deflate_sized(content),
            _ => deflate(content),
        });
        self.compressed = true;
    }

    fn default_content(&self) -> Result<Option<Bytes>, DecodeError> {
        self.content_within(Limits::default().max_inflated_bytes)
    }
}
