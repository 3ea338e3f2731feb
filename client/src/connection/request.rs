//! Request and answer over a temporary queue.

use relaismq_openwire::MessageId;

use super::Connection;
use crate::destination::Target;
use crate::error::Error;
use crate::message::{Message, Received};

pub(super) async fn request(
    connection: &Connection,
    destination: Target,
    message: Message,
) -> Result<Received, Error> {
    let answers = connection.temporary_queue().await?;
    let mut consumer = connection.consumer(&answers).build().await?;
    let producer = connection.producer(destination).persistent(false).confirm(true).build().await?;
    let correlation = message.correlation().map(str::to_owned);
    let sent = producer.send(message.reply_to(&answers)).await?;
    loop {
        let answer = consumer.receive().await?;
        if is_answer(&answer, correlation.as_deref(), sent.message_id()) {
            return Ok(Received::clone(&answer));
        }
    }
}

/// Whether an answer quotes the request's correlation id or message id, or nothing at all: the queue
/// is not known to anybody else.
fn is_answer(answer: &Received, correlation: Option<&str>, sent: Option<&MessageId>) -> bool {
    answer.correlation_id().is_none_or(|quoted| {
        Some(quoted) == correlation || sent.is_some_and(|sent| sent.to_string() == quoted)
    })
}
