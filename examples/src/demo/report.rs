//! The verdict, for people and for programs.

use std::time::Duration;

use serde_json::json;

use super::{ledger::Figures, run::Plan};
use relaismq_programs::ending::Ending;

/// How far the demonstration came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// To its end.
    Complete,
    /// Until a signal.
    Interrupted,
    /// Until something failed.
    Failed(String),
}

/// 3 if a confirmed message is missing or came twice without a flag; 1 if none was confirmed.
pub const fn ending(figures: &Figures) -> Ending {
    if figures.missing > 0 || figures.unflagged_duplicates > 0 {
        Ending::Incomplete
    } else if figures.confirmed == 0 {
        Ending::Failed
    } else {
        Ending::Done
    }
}

/// One line of JSON. What had not arrived when it broke off is not missing: that is null.
pub fn as_json(plan: &Plan, figures: &Figures, course: &Course) -> String {
    let seconds = |times: &[Duration]| times.iter().map(Duration::as_secs_f64).collect::<Vec<_>>();
    let (complete, error) = match course {
        Course::Complete => (true, None),
        Course::Interrupted => (false, None),
        Course::Failed(error) => (false, Some(error)),
    };
    json!({
        "complete": complete,
        "error": error,
        "against": format!("{:?}", plan.against).to_lowercase(),
        "store": plan.store.to_string(),
        "rounds": plan.rounds,
        "kills": figures.kills,
        "sent": figures.sent,
        "confirmed": figures.confirmed,
        "unknown": figures.unknown,
        "not_sent": figures.not_sent,
        "received": figures.received,
        "missing": complete.then_some(figures.missing),
        "redelivered": figures.redelivered,
        "duplicates": figures.duplicates,
        "unflagged_duplicates": figures.unflagged_duplicates,
        "reordered": figures.reordered,
        "messages_per_second": figures.rate().round(),
        "longest_gap_s": figures.longest_gap.as_secs_f64(),
        "detection_s": seconds(&figures.detected),
        "first_receive_s": seconds(&figures.first_receive),
    })
    .to_string()
}

/// A few lines of text.
pub fn as_text(plan: &Plan, figures: &Figures, course: &Course) -> String {
    let complete = *course == Course::Complete;
    let missing = if complete { figures.missing.to_string() } else { "-".to_owned() };
    let verdict = match figures.missing {
        _ if !complete => {
            format!("broken off after {} of {} kills: no verdict", figures.kills, plan.rounds)
        }
        _ if figures.confirmed == 0 => "nothing was confirmed: nothing is proved".to_owned(),
        0 => "nothing confirmed was lost".to_owned(),
        missing if plan.expects_loss() => format!(
            "{missing} confirmed messages are missing, as is to be expected with --store memory: what \
             a killed broker held is gone"
        ),
        missing => format!("{missing} CONFIRMED MESSAGES ARE MISSING"),
    };
    format!(
        "sent {}  confirmed {}  unknown {}  not sent {}\n\
         received {}  missing {missing}  duplicates {} (unflagged {})  reordered {}\n\
         longest time without service {:.3} s  detected after {}  first receive after {}\n\
         {:.0} messages/s, outages left out\n\
         {verdict}",
        figures.sent,
        figures.confirmed,
        figures.unknown,
        figures.not_sent,
        figures.received,
        figures.duplicates,
        figures.unflagged_duplicates,
        figures.reordered,
        figures.longest_gap.as_secs_f64(),
        span(&figures.detected),
        span(&figures.first_receive),
        figures.rate(),
    )
}

pub(super) fn span(times: &[Duration]) -> String {
    match (times.iter().min(), times.iter().max()) {
        (Some(least), Some(most)) if times.len() > 1 => {
            format!("{:.3} to {:.3} s", least.as_secs_f64(), most.as_secs_f64())
        }
        (Some(only), _) => format!("{:.3} s", only.as_secs_f64()),
        _ => "- (no kill)".to_owned(),
    }
}
