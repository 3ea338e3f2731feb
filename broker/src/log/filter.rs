//! What is logged: a level, and levels of their own for parts of the broker.

use std::{fmt, str::FromStr};

use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::config::ConfigError;

/// A level, or for parts of the broker levels of their own. What names neither is refused: it would
/// silence everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogFilter {
    text: String,
    /// Of what is not named.
    level: Option<LevelFilter>,
    named: Vec<(String, LevelFilter)>,
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
/// The crates of ours that log something.
const OURS: [&str; 2] = ["relaismq_broker", "relaismq_openwire"];
/// The broker's parts, by their short names.
const PARTS: [&str; 10] = [
    "admin", "config", "engine", "log", "node", "program", "replica", "selector", "server", "store",
];
/// Of other makes. Unless they are named they say no more than warnings: what they do is their own affair.
const FOREIGN: [&str; 2] = ["sqlx", RAFT];
/// Warns of what is no news, such as that another broker is not there; what matters of it the broker says itself.
const RAFT: &str = "openraft";

impl LogFilter {
    /// Which events pass.
    pub(super) fn targets(&self) -> Targets {
        let others = self.level.map_or(LevelFilter::ERROR, |level| level.min(LevelFilter::WARN));
        let ours = self.level.into_iter().flat_map(|level| OURS.map(|it| (it.to_owned(), level)));
        let quiet = std::iter::once((RAFT.to_owned(), LevelFilter::OFF));
        let named = self.named.iter().cloned();
        Targets::new().with_default(others).with_targets(quiet.chain(ours).chain(named))
    }

    fn read(text: &str) -> Option<Self> {
        let mut filter = Self { text: text.to_owned(), level: None, named: Vec::new() };
        for directive in text.split(',').map(str::trim) {
            match level(directive) {
                Some(level) => filter.level = Some(level),
                None => filter.named.push(named(directive)?),
            }
        }
        Some(filter)
    }
}

impl FromStr for LogFilter {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::read(text).ok_or_else(|| {
            ConfigError::new(
                "log level",
                text,
                "write off, error, warn, info, debug or trace, or levels of the broker's parts, too, like \
                 info,engine=debug or warn,store::sql=trace",
            )
        })
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn level(text: &str) -> Option<LevelFilter> {
    let known = LEVELS.iter().any(|level| level.eq_ignore_ascii_case(text));
    known.then(|| text.parse().ok()).flatten()
}

/// `PART=LEVEL`; without a level everything of it.
fn named(directive: &str) -> Option<(String, LevelFilter)> {
    let (part, text) = directive.split_once('=').unwrap_or((directive, "trace"));
    Some((target(part.trim())?, level(text.trim())?))
}

/// The module that a part is.
fn target(part: &str) -> Option<String> {
    match part.split("::").next()? {
        first if PARTS.contains(&first) => Some(format!("relaismq_broker::{part}")),
        first if OURS.contains(&first) || FOREIGN.contains(&first) => Some(part.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn a_word_that_is_neither_a_level_nor_a_part_of_the_broker_is_refused() {
        let good = [
            "info",
            "WARN",
            "off",
            "relaismq_broker=debug",
            "warn,relaismq_broker::server=trace",
            "relaismq_broker::engine",
            "info, engine=debug",
            "store::sql",
        ];
        for text in good {
            assert!(text.parse::<LogFilter>().is_ok(), "{text}");
        }
        let bad =
            ["", "foo", "inof", "warn,foo=debug", "engine=loud", "relaismq=info", "3", "info,"];
        for text in bad {
            let refused = text.parse::<LogFilter>().unwrap_err().to_string();
            assert!(refused.contains("off, error, warn, info, debug or trace"), "{refused}");
        }
    }

    #[test]
    fn a_part_has_the_level_that_was_named_for_it_and_other_makes_say_no_more_than_warnings() {
        let targets = "info,engine=debug,node=off".parse::<LogFilter>().unwrap().targets();
        let passes = [
            ("relaismq_broker::engine::work", Level::DEBUG, true),
            ("relaismq_broker::engine", Level::TRACE, false),
            ("relaismq_broker::node", Level::ERROR, false),
            ("relaismq_broker::store", Level::INFO, true),
            ("relaismq_broker::store", Level::DEBUG, false),
            ("sqlx::query", Level::INFO, false),
            ("sqlx::query", Level::WARN, true),
        ];
        for (target, level, expected) in passes {
            assert_eq!(targets.would_enable(target, &level), expected, "{target} {level}");
        }
    }
}
