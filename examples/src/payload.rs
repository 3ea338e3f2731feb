//! What a producer sends.

use std::{io::BufRead, path::PathBuf};

use anyhow::Context;

/// Where the bodies come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// `test message: N`, the default of ActiveMQ's command.
    Numbered,
    /// The same text each time.
    Text(String),
    /// So many bytes of text.
    TextOfSize(usize),
    /// So many bytes in a bytes message.
    BytesOfSize(usize),
}

/// One body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Of a text message.
    Text(String),
    /// Of a bytes message.
    Bytes(Vec<u8>),
}

impl Payload {
    /// From the options; the first one given decides, in ActiveMQ's order. The file may be named as a
    /// `file:` URL.
    ///
    /// # Errors
    /// When the file cannot be read as text.
    pub fn choose(
        message_size: usize,
        text_message_size: usize,
        message: Option<String>,
        file: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        if message_size > 0 {
            return Ok(Self::BytesOfSize(message_size));
        }
        if text_message_size > 0 {
            return Ok(Self::TextOfSize(text_message_size));
        }
        if let Some(file) = file {
            let named = file.to_str().and_then(|name| name.strip_prefix("file:"));
            let file = named.map_or(file.clone(), PathBuf::from);
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read the payload {}", file.display()))?;
            return Ok(Self::Text(text));
        }
        Ok(message.map_or(Self::Numbered, Self::Text))
    }

    /// About the size of a body, in bytes.
    pub fn size(&self) -> usize {
        match self {
            Self::Numbered => "test message: ".len(),
            Self::Text(text) => text.len(),
            Self::TextOfSize(size) | Self::BytesOfSize(size) => *size,
        }
    }

    /// The body of message `number`.
    pub fn body(&self, number: u64) -> Body {
        match self {
            Self::Numbered => Body::Text(format!("test message: {number}")),
            Self::Text(text) => Body::Text(text.clone()),
            Self::TextOfSize(size) => Body::Text(".".repeat(*size)),
            Self::BytesOfSize(size) => Body::Bytes(vec![b'.'; *size]),
        }
    }
}

/// Reads standard input line by line on a thread of its own, a few lines ahead.
pub fn lines_of_standard_input() -> tokio::sync::mpsc::Receiver<std::io::Result<String>> {
    let (sender, lines) = tokio::sync::mpsc::channel(256);
    std::thread::spawn(move || {
        let input = std::io::stdin().lock().split(b'\n');
        for (number, line) in (1..).zip(input) {
            let line = line.and_then(|line| text(number, line));
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// A line without its end, as text.
fn text(number: u64, mut line: Vec<u8>) -> std::io::Result<String> {
    if line.ends_with(b"\r") {
        line.pop();
    }
    String::from_utf8(line).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        let text = format!(
            "line {number} is no UTF-8 from byte {at} on; a text message must be: convert it first"
        );
        std::io::Error::new(std::io::ErrorKind::InvalidData, text)
    })
}
