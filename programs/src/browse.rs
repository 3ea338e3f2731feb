//! Looking at what is in a queue, without taking it.

use futures::StreamExt;
use relaismq::{Browser, Connection, OperationError, Target};
use serde_json::json;

use crate::{
    arguments::BrokerArguments, crew, ending::Ending, interrupt::Interrupt, output,
    printing::Print, progress::Progress,
};

/// Everything the options say.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How to reach the broker.
    pub broker: BrokerArguments,
    /// JMS selector.
    pub selector: Option<String>,
    /// Messages to show, from the front; 0 for all.
    pub messages: u64,
    /// How to print them.
    pub print: Print,
}

/// Prints what is in a queue.
///
/// # Errors
/// When no broker can be reached, or it refuses.
pub async fn run(plan: Plan) -> anyhow::Result<Ending> {
    let interrupt = Interrupt::listen()?;
    let progress = Progress::new("seen", None);
    let begin = |connection, _| look(plan.clone(), connection, interrupt.clone(), progress.clone());
    let looked = crew::work(plan.broker.builder(), &interrupt, &progress, 1, begin).await;
    progress.finish();
    looked?;
    Ok(interrupt.ending().unwrap_or(Ending::Done))
}

async fn look(
    plan: Plan,
    connection: Connection,
    interrupt: Interrupt,
    progress: Progress,
) -> anyhow::Result<()> {
    let mut browser = of(&connection, plan.broker.target()?, plan.selector.as_deref()).await?;
    let mut seen = 0;
    while plan.messages == 0 || seen < plan.messages {
        let Some(message) = interrupt.unless_asked(browser.next()).await.flatten() else { break };
        plan.print.show(&message?, true)?;
        seen += 1;
        progress.at(seen);
    }
    if plan.broker.json {
        // Whoever does not read it does not want it.
        drop(output::line(&json!({ "seen": seen }).to_string()));
    }
    progress.line(&format!("{seen} messages"));
    Ok(())
}

/// What is in a queue.
pub(crate) async fn of(
    connection: &Connection,
    queue: Target,
    selector: Option<&str>,
) -> Result<Browser, OperationError> {
    let builder = connection.consumer(queue);
    match selector {
        Some(selector) => builder.selector(selector).browse().await,
        None => builder.browse().await,
    }
}
