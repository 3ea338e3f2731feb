//! Strings as OpenWire carries them: shared text, encoded as Java's modified UTF-8.

use std::{
    borrow::Borrow,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

/// An immutable string, cheap to clone: ids and destination names travel with every message.
#[derive(Clone, Eq, PartialOrd, Ord)]
pub struct Text(Arc<str>);

impl Text {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Ids of one connection mostly share their text: no need to look at it.
impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Arc::from(""))
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Arc::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Arc::from(text))
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self(Arc::from(text.as_str()))
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// A text as it will be on the wire: looked at once, then written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modified<'a> {
    text: &'a str,
    plain: bool,
    length: usize,
}

impl<'a> Modified<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        // Two searches by words are faster than one by bytes.
        let plain = text.is_ascii() && !text.as_bytes().contains(&0);
        let length = if plain { text.len() } else { text.chars().map(length_of).sum() };
        Self { text, plain, length }
    }

    /// Every character is in U+0001..U+007F, so that the bytes are the same in every encoding.
    pub(crate) const fn is_plain(&self) -> bool {
        self.plain
    }

    /// Number of bytes that [`Self::write`] will append.
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// Appends it as modified UTF-8: U+0000 as `C0 80`, characters above U+FFFF as two surrogates of
    /// three bytes each.
    pub(crate) fn write(&self, out: &mut impl bytes::BufMut) {
        if self.plain {
            return out.put_slice(self.text.as_bytes());
        }
        let mut units = [0u16; 2];
        for unit in self.text.chars().flat_map(|c| c.encode_utf16(&mut units).to_vec()) {
            match unit {
                1..=0x7f => out.put_u8(low(unit)),
                0 | 0x80..=0x7ff => {
                    out.put_slice(&[low(0xc0 | unit >> 6), low(0x80 | unit & 0x3f)]);
                }
                _ => out.put_slice(&[
                    low(0xe0 | unit >> 12),
                    low(0x80 | unit >> 6 & 0x3f),
                    low(0x80 | unit & 0x3f),
                ]),
            }
        }
    }
}

const fn length_of(c: char) -> usize {
    match c {
        '\u{1}'..='\u{7f}' => 1,
        '\0' | '\u{80}'..='\u{7ff}' => 2,
        '\u{800}'..='\u{ffff}' => 3,
        _ => 6,
    }
}

const fn low(unit: u16) -> u8 {
    unit.to_le_bytes()[0]
}

/// Reads modified UTF-8 as Java's `DataInput.readUTF` does: overlong forms and raw zero bytes are
/// accepted, four-byte UTF-8 is not. A lone surrogate becomes U+FFFD, since Rust text cannot hold
/// it. `None` if malformed.
pub(crate) fn read_modified_utf8(bytes: &[u8]) -> Option<String> {
    read_units(bytes, false)
}

/// As [`read_modified_utf8`], but four-byte UTF-8 is understood too: Java reads property values
/// with its standard decoder, so both forms occur there.
pub(crate) fn read_either_utf8(bytes: &[u8]) -> Option<String> {
    read_units(bytes, true)
}

fn read_units(bytes: &[u8], four_byte_forms: bool) -> Option<String> {
    if bytes.is_ascii() {
        return std::str::from_utf8(bytes).ok().map(str::to_owned);
    }
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    while let Some(first) = rest.next() {
        let mut tail = || rest.next().filter(|b| b & 0xc0 == 0x80).map(|b| u32::from(b & 0x3f));
        let code = match first {
            0..=0x7f => u32::from(first),
            0xc0..=0xdf => u32::from(first & 0x1f) << 6 | tail()?,
            0xe0..=0xef => u32::from(first & 0xf) << 12 | tail()? << 6 | tail()?,
            0xf0..=0xf7 if four_byte_forms => {
                u32::from(first & 7) << 18 | tail()? << 12 | tail()? << 6 | tail()?
            }
            _ => return None,
        };
        match u16::try_from(code) {
            Ok(unit) => units.push(unit),
            Err(_) => units.extend_from_slice(char::from_u32(code)?.encode_utf16(&mut [0; 2])),
        }
    }
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_zero_and_emoji_as_java_does() {
        let mut out = Vec::new();
        let text = Modified::new("a\0é\u{1f600}");
        text.write(&mut out);
        assert_eq!(out, [b'a', 0xc0, 0x80, 0xc3, 0xa9, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]);
        assert_eq!(out.len(), text.len());
        assert_eq!(read_modified_utf8(&out).unwrap(), "a\0é\u{1f600}");
    }

    #[test]
    fn accepts_four_byte_forms_only_where_java_does() {
        assert_eq!(read_modified_utf8("\u{1f600}".as_bytes()), None);
        assert_eq!(read_either_utf8("\u{1f600}".as_bytes()).unwrap(), "\u{1f600}");
    }

    #[test]
    fn refuses_broken_sequences() {
        for bad in [&[0xc3][..], &[0xc3, 0x41], &[0xe0, 0x80], &[0xff], &[0x80]] {
            assert_eq!(read_modified_utf8(bad), None, "{bad:02x?}");
        }
    }
}
