//! What commands take in memory, for limits: a fourth way to walk the field lists.
//!
//! The length of a frame would not do: ids and destinations come as slot numbers, and an array of
//! nothing is a bit for each element there and a value for each here.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    cache::Cached,
    command::{Command, Message, StackElement, Throwable},
    error::EncodeError,
    format::WireFormat,
    text::Text,
    wire::{Nested, Sink},
};

/// Two counts in front of what is shared.
const SHARED: usize = 2 * size_of::<usize>();

impl Command {
    /// About how many bytes of memory it holds, itself included. What it shares with others (ids from
    /// the marshal cache, bodies) counts as if it were its own.
    pub fn footprint(&self) -> usize {
        size_of::<Self>() + heap(self)
    }
}

impl Message {
    /// About how many bytes of memory it holds behind an [`Arc`], see [`Command::footprint`].
    pub fn footprint(&self) -> usize {
        let mut sum = Sum { bytes: SHARED + size_of::<Self>() };
        // Only encodings can fail.
        drop(self.write_all(&mut sum));
        sum.bytes
    }
}

fn heap(command: &Command) -> usize {
    match command {
        Command::Message(message) => message.footprint(),
        other => {
            let mut sum = Sum { bytes: 0 };
            drop(other.write_fields(&mut sum));
            sum.bytes
        }
    }
}

/// Adds up what fields hold beside themselves.
struct Sum {
    bytes: usize,
}

impl Sink for Sum {
    fn version(&self) -> u8 {
        WireFormat::MAX_VERSION
    }

    fn stack_traces(&self) -> bool {
        true
    }

    fn short(&mut self, _: i16) {}

    fn boolean(&mut self, _: &'static str, _: bool) -> Result<(), EncodeError> {
        Ok(())
    }

    fn byte(&mut self, _: &'static str, _: i8) -> Result<(), EncodeError> {
        Ok(())
    }

    fn int(&mut self, _: &'static str, _: i32) -> Result<(), EncodeError> {
        Ok(())
    }

    fn long(&mut self, _: &'static str, _: i64) -> Result<(), EncodeError> {
        Ok(())
    }

    fn text(&mut self, _: &'static str, value: Option<&Text>) -> Result<(), EncodeError> {
        self.bytes += value.map_or(0, |value| SHARED + value.len());
        Ok(())
    }

    fn bytes(&mut self, _: &'static str, value: Option<&Bytes>) -> Result<(), EncodeError> {
        self.bytes += value.map_or(0, |value| SHARED + value.len());
        Ok(())
    }

    fn fixed(&mut self, _: &'static str, _: &[u8; 8]) -> Result<(), EncodeError> {
        Ok(())
    }

    fn nested<T: Nested>(&mut self, _: &'static str, value: Option<&T>) -> Result<(), EncodeError> {
        let Some(value) = value else { return Ok(()) };
        // Ids and destinations lie within their owner. What is no larger than a pointer is one: to
        // another command, or to a message.
        if size_of::<T>() == size_of::<Arc<Message>>() {
            self.bytes += SHARED + size_of::<Message>().max(size_of::<Command>());
        }
        value.write_fields(self)
    }

    fn cached<T: Cached>(
        &mut self,
        field: &'static str,
        value: Option<&T>,
    ) -> Result<(), EncodeError> {
        self.nested(field, value)
    }

    fn array<T: Nested>(
        &mut self,
        field: &'static str,
        value: Option<&[Option<T>]>,
    ) -> Result<(), EncodeError> {
        let Some(value) = value else { return Ok(()) };
        self.bytes += size_of_val(value);
        value.iter().try_for_each(|element| self.nested(field, element.as_ref()))
    }

    fn throwable(
        &mut self,
        field: &'static str,
        value: Option<&Throwable>,
    ) -> Result<(), EncodeError> {
        let Some(Throwable { class, message, stack_trace, cause }) = value else { return Ok(()) };
        self.bytes += size_of::<Throwable>() + size_of_val(stack_trace.as_slice());
        self.text(field, class.as_ref())?;
        self.text(field, message.as_ref())?;
        for StackElement { class, method, file, .. } in stack_trace {
            for text in [class, method, file] {
                self.text(field, text.as_ref())?;
            }
        }
        self.throwable(field, cause.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        command::{ConsumerInfo, ExceptionResponse, MessageDispatch},
        ids::BrokerId,
    };

    #[test]
    fn everything_that_a_message_holds_counts() {
        let empty = Message::default();
        let small = empty.footprint();
        let long = Some(Text::from("x".repeat(10_000)));
        let fat = [
            Message { jms_type: long.clone(), ..empty.clone() },
            Message { correlation_id: long.clone(), ..empty.clone() },
            Message { content: Some(vec![0; 10_000].into()), ..empty.clone() },
            Message { broker_path: Some(vec![None; 1000]), ..empty.clone() },
            Message { cluster: Some(vec![Some(BrokerId { value: None }); 1000]), ..empty.clone() },
            Message {
                data_structure: Some(Box::new(
                    ConsumerInfo { selector: long, ..ConsumerInfo::default() }.into(),
                )),
                ..empty
            },
        ];
        for message in fat {
            assert!(message.footprint() >= small + 10_000, "{message:?}");
        }
    }

    #[test]
    fn what_a_command_carries_counts() {
        let message =
            Arc::new(Message { content: Some(vec![0; 5000].into()), ..Message::default() });
        let dispatch = MessageDispatch { message: Some(message), ..MessageDispatch::default() };
        assert!(Command::from(dispatch).footprint() > 5000);
        let deep = Throwable::new("a", "b".repeat(5000));
        let exception = Some(Throwable { cause: Some(Box::new(deep)), ..Throwable::default() });
        let response = ExceptionResponse { exception, ..ExceptionResponse::default() };
        assert!(Command::from(response).footprint() > 5000);
    }
}
