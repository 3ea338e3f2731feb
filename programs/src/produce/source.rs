//! Where messages come from, one after the other.

use anyhow::{Context, anyhow};
use relaismq::{Message, SendOptions};

use super::plan::{Input, Shared};
use crate::{json_message, lines::Line, payload::message_of};

/// A message and how it is sent.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) message: Message,
    pub(super) options: SendOptions,
}

impl Shared {
    /// Message `number` of a sender; `None` if there is none any more, or it is time to end.
    pub(super) async fn outgoing(&self, number: u64) -> Option<anyhow::Result<Outgoing>> {
        let options = self.plan.options();
        let Some(lines) = &self.lines else {
            let payload = &self.plan.payload;
            let message = (number < self.plan.messages).then(|| payload.message(number))?;
            return Some(Ok(Outgoing { message, options }));
        };
        let line = async { lines.lock().await.recv().await };
        Some(match self.unless_ending(line).await.flatten()? {
            Ok(line) => self.read(line, options),
            Err(error) => Err(anyhow!("standard input: {error}")),
        })
    }

    fn read(&self, line: Line, mut options: SendOptions) -> anyhow::Result<Outgoing> {
        let place = format!("line {} of standard input", line.number);
        if self.plan.input != Some(Input::Json) {
            let message = message_of(line.bytes, self.plan.as_bytes).context(place)?;
            return Ok(Outgoing { message, options });
        }
        let text = String::from_utf8(line.bytes).context(place.clone())?;
        let read = json_message::read(&text).map_err(anyhow::Error::msg).context(place)?;
        if let Some(persistent) = read.persistent {
            options = options.persistent(persistent);
        }
        if let Some(priority) = read.priority {
            options = options.priority(priority);
        }
        Ok(Outgoing { message: read.message, options })
    }
}
