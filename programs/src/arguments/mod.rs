//! What stands on command lines. Names and defaults of `producer` and `consumer` are those of ActiveMQ's own
//! commands.
//!
//! ```text
//! names                    reads a command line: which option is meant
//! values, property         what it is given
//! broker, destinations     options that several programs have
//! ```

mod broker;
mod destinations;
mod names;
mod property;
mod values;

pub use self::{
    broker::{BrokerArguments, Reach},
    destinations::{destination, queue, readable, target},
    names::{Consistent, Given, SPELLING, read},
    property::{Property, TYPES},
    values::*,
};

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Options {
        #[command(flatten)]
        broker: BrokerArguments,
        #[arg(long, allow_hyphen_values = true)]
        message: Option<String>,
    }

    fn read(arguments: &[&str]) -> Result<Options, clap::Error> {
        let arguments = ["program"].iter().chain(arguments).map(OsString::from);
        Options::try_parse_from(names::with_canonical_names(Options::command(), arguments))
    }

    #[test]
    fn names_are_read_in_any_capitals_and_both_forms() {
        for arguments in [
            ["--connectTimeout=7", "--json"],
            ["--CONNECTTIMEOUT=7", "--JSON"],
            ["--connect-timeout=7", "--json"],
        ] {
            let options = read(&arguments).unwrap();
            assert_eq!((options.broker.connect_timeout, options.broker.json), (7, true));
        }
        let options = read(&["--Connect-Timeout", "7", "--BROKERURL", "tcp://a:1"]).unwrap();
        assert_eq!(options.broker.broker_url, "tcp://a:1");
    }

    #[test]
    fn values_that_look_like_options_stay_as_they_are() {
        let options = read(&["--message", "--JSON", "--password=--Json"]).unwrap();
        assert_eq!(options.message.as_deref(), Some("--JSON"));
        assert_eq!(options.broker.password.as_deref(), Some("--Json"));
        assert!(!options.broker.json);
    }

    #[test]
    fn destinations_are_queues_or_topics() {
        assert!(read(&["--destination", "topic://A"]).unwrap().broker.is_topic());
        assert!(!read(&["--destination", "A"]).unwrap().broker.is_topic());
        for wrong in ["temp-queue://A", "queue://", ""] {
            assert!(read(&["--destination", wrong]).is_err(), "{wrong}");
        }
    }
}
