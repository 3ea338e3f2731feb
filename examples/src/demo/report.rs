//! The verdict, for people and for programs.

use std::time::Duration;

use serde_json::json;

use super::{ledger::Figures, run::Plan};
use crate::ending::Ending;

/// 3 if a confirmed message is missing or came twice without a flag.
pub const fn ending(figures: &Figures) -> Ending {
    if figures.missing > 0 || figures.unflagged_duplicates > 0 {
        Ending::Incomplete
    } else {
        Ending::Done
    }
}

/// One line of JSON.
pub fn as_json(plan: &Plan, figures: &Figures) -> String {
    let seconds = |times: &[Duration]| times.iter().map(Duration::as_secs_f64).collect::<Vec<_>>();
    json!({
        "against": format!("{:?}", plan.against).to_lowercase(),
        "store": format!("{:?}", plan.store).to_lowercase(),
        "rounds": plan.rounds,
        "sent": figures.sent,
        "confirmed": figures.confirmed,
        "unknown": figures.unknown,
        "not_sent": figures.not_sent,
        "received": figures.received,
        "missing": figures.missing,
        "duplicates": figures.duplicates,
        "unflagged_duplicates": figures.unflagged_duplicates,
        "reordered": figures.reordered,
        "longest_gap_s": figures.longest_gap.as_secs_f64(),
        "detection_s": seconds(&figures.detected),
        "first_receive_s": seconds(&figures.first_receive),
    })
    .to_string()
}

/// A few lines of text.
pub fn as_text(plan: &Plan, figures: &Figures) -> String {
    let verdict = match figures.missing {
        0 => "nothing confirmed was lost".to_owned(),
        missing if plan.expects_loss() => format!(
            "{missing} confirmed messages are missing, as is to be expected with --store memory: what \
             a killed broker held is gone"
        ),
        missing => format!("{missing} CONFIRMED MESSAGES ARE MISSING"),
    };
    format!(
        "sent {}  confirmed {}  unknown {}  not sent {}\n\
         received {}  missing {}  duplicates {} (unflagged {})  reordered {}\n\
         longest time without service {:.3} s  detected after {}  first receive after {}\n\
         {verdict}",
        figures.sent,
        figures.confirmed,
        figures.unknown,
        figures.not_sent,
        figures.received,
        figures.missing,
        figures.duplicates,
        figures.unflagged_duplicates,
        figures.reordered,
        figures.longest_gap.as_secs_f64(),
        span(&figures.detected),
        span(&figures.first_receive),
    )
}

fn span(times: &[Duration]) -> String {
    match (times.iter().min(), times.iter().max()) {
        (Some(least), Some(most)) if times.len() > 1 => {
            format!("{:.3} to {:.3} s", least.as_secs_f64(), most.as_secs_f64())
        }
        (Some(only), _) => format!("{:.3} s", only.as_secs_f64()),
        _ => "- (no kill)".to_owned(),
    }
}
