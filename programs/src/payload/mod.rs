//! What a producer sends.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use relaismq::Message;

use crate::arguments::LARGEST_BODY;

/// Where the bodies come from.
#[derive(Clone, Debug)]
pub enum Payload {
    /// `test message: N`, the default of ActiveMQ's command.
    Numbered,
    /// The same body each time.
    Same {
        /// A message with it.
        message: Message,
        /// Its size in bytes.
        size: usize,
    },
}

/// What the options say about bodies.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Bytes of a bytes message; 0 if not wanted.
    pub message_size: usize,
    /// Bytes of a text message; 0 if not wanted.
    pub text_message_size: usize,
    /// A text.
    pub message: Option<String>,
    /// A file, also named as a `file:` URL.
    pub file: Option<String>,
    /// Texts and files go into bytes messages.
    pub as_bytes: bool,
}

impl Payload {
    /// From the options, which name one source at most.
    ///
    /// # Errors
    /// When the file cannot be read, is too large, or is no text and is to be one.
    pub fn choose(wanted: Wanted) -> anyhow::Result<Self> {
        let Wanted { message_size, text_message_size, message, file, as_bytes } = wanted;
        if message_size > 0 {
            let message = Message::bytes(vec![b'.'; message_size]);
            return Ok(Self::Same { message, size: message_size });
        }
        if text_message_size > 0 {
            let message = Message::text(".".repeat(text_message_size));
            return Ok(Self::Same { message, size: text_message_size });
        }
        let (bytes, source) = match (file, message) {
            (Some(file), _) => (contents(&file)?, format!("the payload {file}")),
            (None, Some(text)) => (text.into_bytes(), "--message".to_owned()),
            (None, None) => return Ok(Self::Numbered),
        };
        ensure!(bytes.len() <= LARGEST_BODY, "{source} has more than {LARGEST_BODY} bytes");
        let size = bytes.len();
        Ok(Self::Same { message: message_of(bytes, as_bytes).context(source)?, size })
    }

    /// About the size of a body, in bytes.
    pub fn size(&self) -> usize {
        match self {
            Self::Numbered => "test message: ".len(),
            Self::Same { size, .. } => *size,
        }
    }

    /// Message `number`.
    pub fn message(&self, number: u64) -> Message {
        match self {
            Self::Numbered => Message::text(format!("test message: {number}")),
            Self::Same { message, .. } => message.clone(),
        }
    }
}

/// A text message, or a bytes message if that is wanted.
pub(crate) fn message_of(bytes: Vec<u8>, as_bytes: bool) -> anyhow::Result<Message> {
    if as_bytes {
        return Ok(Message::bytes(bytes));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Message::text(text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to() + 1;
            bail!("no UTF-8 from byte {at} on, as a text must be: add --bytes to send it as it is")
        }
    }
}

/// Of a file; one byte more than may be sent, if it is too large.
fn contents(name: &str) -> anyhow::Result<Vec<u8>> {
    let file = local(name)?;
    let read = || {
        let mut bytes = Vec::new();
        let most = LARGEST_BODY as u64 + 1;
        std::fs::File::open(&file)?.take(most).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(bytes)
    };
    read().with_context(|| format!("cannot read the payload {}", file.display()))
}

/// The path of a file that may be named by a URL.
fn local(name: &str) -> anyhow::Result<PathBuf> {
    let path = match name.split_once(':') {
        Some(("file", rest)) => rest.strip_prefix("//").unwrap_or(rest),
        Some((scheme, rest)) if rest.starts_with("//") => {
            bail!("{scheme}: URLs are not read: give a path or a file: URL")
        }
        _ => name,
    };
    ensure!(!path.is_empty(), "it names no file: give a path or a file: URL");
    Ok(Path::new(path).to_owned())
}

#[cfg(test)]
mod tests;
