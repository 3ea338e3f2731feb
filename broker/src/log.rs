//! What is logged: a level, or a filter.

use std::str::FromStr;

use tracing_subscriber::{EnvFilter, filter::ParseError};

use crate::config::ConfigError;

/// A level, or for parts of the broker levels of their own. What names neither is refused: it would
/// silence everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogFilter(String);

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
/// The crates that log something.
const OURS: [&str; 4] = ["relaismq_broker", "relaismq_openwire", "openraft", "zookeeper_client"];
/// They say much of what is no news; what matters of it is said by the broker. Heard only by those who name them.
const QUIET: &str = "openraft=off,zookeeper_client=off";

impl LogFilter {
    pub(crate) fn filter(&self) -> Result<EnvFilter, ParseError> {
        EnvFilter::try_new(format!("{QUIET},{}", self.0))
    }
}

impl FromStr for LogFilter {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let filter = Self(text.to_owned());
        if text.split(',').all(is_known) && filter.filter().is_ok() {
            return Ok(filter);
        }
        Err(ConfigError::new(
            "log level",
            text,
            "write off, error, warn, info, debug or trace, or a filter of the broker's modules like \
             warn,relaismq_broker::engine=debug",
        ))
    }
}

fn is_known(directive: &str) -> bool {
    let is_level = |text: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(text.trim()));
    let (target, level) = directive.split_once('=').unwrap_or((directive, "trace"));
    let module = target.trim().split("::").next().unwrap_or_default();
    is_level(directive) || OURS.contains(&module) && is_level(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_neither_a_level_nor_a_module_of_ours_is_refused() {
        let good = [
            "info",
            "WARN",
            "off",
            "relaismq_broker=debug",
            "warn,relaismq_broker::server=trace",
            "relaismq_broker::engine",
            "info,openraft=debug",
        ];
        for text in good {
            assert!(text.parse::<LogFilter>().is_ok(), "{text}");
        }
        for text in ["", "foo", "inof", "warn,foo=debug", "relaismq_broker=loud", "relaismq=info"] {
            let refused = text.parse::<LogFilter>().unwrap_err().to_string();
            assert!(refused.contains("off, error, warn, info, debug or trace"), "{refused}");
        }
    }
}
