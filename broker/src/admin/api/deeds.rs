//! Something is done with a queue's messages.

use std::{collections::BTreeSet, time::Duration};

use axum::Json;
use relaismq_openwire::{Destination, destination::Kind};
use serde::{Deserialize, Serialize};

use super::{messages::selector, wish::Wish};
use crate::{
    admin::{Admin, failure::Failure},
    engine::io::{Deed, Fate, Pick, Question, Report},
};

/// The answer: with so many messages it was done.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    done: u64,
}

pub(super) type Answer = Result<Json<Done>, Failure>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Transfer {
    message_ids: Option<BTreeSet<String>>,
    selector: Option<String>,
    to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Retry {
    message_ids: Option<BTreeSet<String>>,
    #[serde(default)]
    all: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmed {
    confirm: String,
}

pub(super) async fn move_messages(Wish { admin, queue, said }: Wish<Transfer>) -> Answer {
    let (pick, to) = transfer(said)?;
    each(&admin, &queue, pick, Fate::Move(to)).await
}

pub(super) async fn copy(Wish { admin, queue, said }: Wish<Transfer>) -> Answer {
    let (pick, to) = transfer(said)?;
    each(&admin, &queue, pick, Fate::Copy(to)).await
}

pub(super) async fn retry(Wish { admin, queue, said }: Wish<Retry>) -> Answer {
    let Retry { message_ids, all } = said;
    let pick = match (message_ids, all) {
        (Some(ids), false) => Pick::Ids(ids),
        (None, true) => Pick::All,
        _ => return Err(Failure::bad("which messages?", "say either messageIds or \"all\": true")),
    };
    each(&admin, &queue, pick, Fate::Retry).await
}

pub(super) async fn purge(Wish { admin, queue, said }: Wish<Confirmed>) -> Answer {
    confirmed(&queue, &said)?;
    each(&admin, &queue, Pick::All, Fate::Purge).await
}

pub(super) async fn delete(Wish { admin, queue, said }: Wish<Confirmed>) -> Answer {
    confirmed(&queue, &said)?;
    let deed = Deed::Delete { queue: queue.as_str().into() };
    act(&admin, &queue, "delete", deed).await
}

fn transfer(said: Transfer) -> Result<(Pick, Destination), Failure> {
    let pick = match (said.message_ids, selector(said.selector.as_deref())?) {
        (Some(ids), None) => Pick::Ids(ids),
        (None, Some(selector)) => Pick::Where(selector),
        _ => {
            let hint = "say either messageIds or selector; the selector TRUE means all";
            return Err(Failure::bad("which messages?", hint));
        }
    };
    let to = Destination::parse(&said.to, Kind::Queue);
    let to = to.filter(|to| !to.kind.is_temporary());
    let to = to.ok_or_else(|| {
        Failure::bad("where to?", "say the name of a queue, or topic://NAME for a topic")
    })?;
    Ok((pick, to))
}

fn confirmed(queue: &str, said: &Confirmed) -> Result<(), Failure> {
    let hint = "say {\"confirm\": \"NAME\"} with the queue's name";
    let meant = said.confirm == queue;
    meant.then_some(()).ok_or_else(|| Failure::bad("the name of another queue is confirmed", hint))
}

async fn each(admin: &Admin, queue: &str, pick: Pick, fate: Fate) -> Answer {
    let what = match &fate {
        Fate::Move(_) => "move",
        Fate::Copy(_) => "copy",
        Fate::Retry => "retry",
        Fate::Purge => "purge",
    };
    act(admin, queue, what, Deed::Each { queue: queue.into(), pick, fate }).await
}

/// Long queues take their time; whoever waits for less is told by `routes`.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Has the engine do it, also if whoever asked for it does not wait any more.
pub(super) async fn act(admin: &Admin, queue: &str, what: &'static str, deed: Deed) -> Answer {
    tracing::info!(queue, what, "asked for on the admin page");
    let desk = admin.desk.clone();
    let doing = tokio::spawn(async move {
        tokio::time::timeout(PATIENCE, desk.ask(Question::Do(deed))).await.ok().flatten()
    });
    match doing.await.ok().flatten() {
        Some(Report::Done(done)) => Ok(Json(Done { done })),
        Some(Report::NoQueue) => Err(Failure::no_queue(queue)),
        Some(Report::Refused { done, reason }) => Err(Failure::refused(done, &reason)),
        _ => Err(Failure::no_answer(&admin.desk)),
    }
}
