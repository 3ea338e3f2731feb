//! Whether somebody agrees.

use std::io::{IsTerminal, stdin};

use anyhow::Context;
use serde_json::json;

use super::plan::Plan;
use crate::{lines, output};

/// What is to be done before anything is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// Nothing.
    Given,
    /// Somebody sits at a terminal and can be asked.
    ToBeAsked,
    /// Only tell what would be done.
    NotAsked,
}

impl Consent {
    /// `None` if nobody has agreed and nobody can be asked, which is said.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        match () {
            () if plan.dry_run => Some(Self::NotAsked),
            () if plan.agreed => Some(Self::Given),
            () if stdin().is_terminal() => Some(Self::ToBeAsked),
            () => {
                output::note(
                    "without a terminal nobody can be asked: give --yes, or --dry-run to look",
                );
                None
            }
        }
    }
}

/// Says what would be done.
pub(super) fn tell(plan: &Plan, messages: u64) -> anyhow::Result<()> {
    if plan.broker.json {
        output::line(&json!({ "messages": messages }).to_string()).context("standard output")?;
    }
    output::note(&format!("would {}: {}", plan.deed(), seen(messages)));
    Ok(())
}

/// Asks at the terminal.
pub(super) async fn ask(plan: &Plan, messages: u64) -> anyhow::Result<bool> {
    output::note(&format!("{}: {}. Go on? [y/N]", plan.deed(), seen(messages)));
    let answer = lines::of_standard_input().recv().await.transpose().context("standard input")?;
    let answer = answer.map(|line| line.bytes).unwrap_or_default();
    Ok(matches!(answer.trim_ascii(), b"y" | b"Y" | b"yes"))
}

/// A broker may show less than there is.
fn seen(messages: u64) -> String {
    format!("{messages} messages are to be seen; brokers may show only the first ones")
}
