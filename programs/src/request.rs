//! A question, and its answer.

use std::time::Duration;

use anyhow::Context;
use relaismq::{Cause, Connection, Error, Message, OperationError, ReceiveError};

use crate::{
    arguments::BrokerArguments, crew, ending::Ending, interrupt::Interrupt, printing::Print,
    progress::Progress,
};

/// Everything the options say.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How to reach the broker.
    pub broker: BrokerArguments,
    /// The question.
    pub message: Message,
    /// How long to wait for the answer.
    pub patience: Duration,
    /// How to print it.
    pub print: Print,
}

/// Asks, and prints the answer, which comes to a temporary queue.
///
/// # Errors
/// When no broker can be reached, or it refuses.
pub async fn run(plan: Plan) -> anyhow::Result<Ending> {
    let interrupt = Interrupt::listen()?;
    let progress = Progress::new("answered", Some(1));
    let begin = |connection, _| ask(plan.clone(), connection, interrupt.clone(), progress.clone());
    let answered = crew::work(plan.broker.builder(), &interrupt, &progress, 1, begin).await;
    progress.finish();
    match answered {
        Err(error) if is_late(&error) => Ok(Ending::TimedOut),
        ended => ended.map(|()| interrupt.ending().unwrap_or(Ending::Done)),
    }
}

async fn ask(
    plan: Plan,
    connection: Connection,
    interrupt: Interrupt,
    progress: Progress,
) -> anyhow::Result<()> {
    let asking = connection.request(plan.broker.target()?, plan.message, plan.patience);
    let Some(answer) = interrupt.unless_asked(asking).await else { return Ok(()) };
    if answer.as_ref().is_err_and(is_time_up) {
        let seconds = plan.patience.as_secs_f64();
        let destination = &plan.broker.destination;
        progress.line(&format!("no answer from {destination} within {seconds} s"));
    }
    plan.print.show(&answer.context("the request")?, true)?;
    progress.at(1);
    Ok(())
}

fn is_late(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Error>().is_some_and(is_time_up)
}

fn is_time_up(error: &Error) -> bool {
    matches!(
        error,
        Error::Operation(
            OperationError::Unknown(Cause::TimedOut) | OperationError::NotDone(Cause::TimedOut)
        ) | Error::Receive(ReceiveError::Ended(Cause::TimedOut))
    )
}
