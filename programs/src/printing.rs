//! Messages on standard output.

use anyhow::Context;
use relaismq::{BodyKind, Received};

use crate::{json_message, output};

/// How messages are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Print {
    /// The body
    Text,
    /// Everything, as JSON
    Json,
}

impl Print {
    /// Prints a message.
    ///
    /// # Errors
    /// When nobody reads any more, or the disk is full.
    pub fn show(self, message: &Received, bytes_as_text: bool) -> anyhow::Result<()> {
        let text = match self {
            Self::Text => shown(message, bytes_as_text),
            Self::Json => json_message::written(message),
        };
        output::line(&text).context("standard output")
    }
}

fn shown(message: &Received, bytes_as_text: bool) -> String {
    match message.kind() {
        BodyKind::Text => match message.text() {
            Ok(text) => text.to_string(),
            Err(error) => format!("({error})"),
        },
        BodyKind::Bytes if bytes_as_text => {
            let bytes = message.bytes().unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        BodyKind::Bytes => format!("({} bytes)", message.bytes().unwrap_or_default().len()),
        other => format!("({other} message)"),
    }
}
