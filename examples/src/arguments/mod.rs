//! Options that both programs have. Names and defaults are those of ActiveMQ's own commands.

mod property;
mod values;

use std::{ffi::OsString, time::Duration};

use clap::{
    ArgMatches, Args, Command, CommandFactory, FromArgMatches, error::ErrorKind,
    parser::ValueSource,
};
use relaismq::{Connection, ConnectionBuilder, Destination, Queue, Target, Topic, options::Secret};

pub use self::{
    property::{Property, TYPES},
    values::*,
};

/// For `--help`: how options may be written.
pub const SPELLING: &str = "Options may be written --messageCount 5, --messageCount=5, --message-count 5 \
and in any mixture of capitals.";

/// How to reach the broker.
#[derive(Args, Clone, Debug)]
pub struct BrokerArguments {
    /// Broker URI, such as failover:(tcp://a:61616,tcp://b:61616)
    #[arg(
        long = "brokerUrl",
        alias = "broker-url",
        value_name = "URI",
        env = "AMQ_URL",
        hide_env_values = true,
        default_value = "failover://tcp://localhost:61616"
    )]
    pub broker_url: String,
    /// User name
    #[arg(long, env = "AMQ_USER", hide_env_values = true, value_parser = some_text)]
    pub user: Option<String>,
    /// Password; better given in AMQ_PASSWORD, where `ps` does not show it
    #[arg(long, env = "AMQ_PASSWORD", hide_env_values = true, allow_hyphen_values = true)]
    pub password: Option<String>,
    /// Seconds to wait for the first connection; 0 waits for ever, as ActiveMQ's commands do
    #[arg(
        long = "connectTimeout",
        alias = "connect-timeout",
        value_name = "SECONDS",
        default_value_t = 15,
        allow_negative_numbers = true,
        value_parser = seconds
    )]
    pub connect_timeout: u64,
    /// queue://NAME or topic://NAME; a mere NAME is a queue
    #[arg(long, default_value = "queue://TEST", value_parser = readable)]
    pub destination: String,
    /// Print one JSON object with the result as the last line on standard output, and only JSON there
    #[arg(long)]
    pub json: bool,
}

impl BrokerArguments {
    /// A connection to be, with address, credentials and deadlines.
    pub fn builder(&self) -> ConnectionBuilder {
        let mut builder = Connection::builder(&self.broker_url).close_timeout(CLOSING);
        let password = self.password.as_deref();
        if let Some(user) = &self.user {
            builder = builder.credentials(user, password.unwrap_or_default());
        } else if let Some(password) = password {
            // The user stands in the URI.
            builder = builder.configure(|mut options| {
                options.identity.password = Some(Secret::new(password));
                options
            });
        }
        builder.connect_timeout(match self.connect_timeout {
            0 => FOR_EVER,
            seconds => Duration::from_secs(seconds),
        })
    }

    /// The destination, with the options in its name.
    ///
    /// # Errors
    /// When it has another prefix than `queue://` and `topic://`.
    pub fn target(&self) -> anyhow::Result<Target> {
        target(&self.destination).map_err(anyhow::Error::msg)
    }

    /// Whether the destination is a topic.
    pub fn is_topic(&self) -> bool {
        matches!(split(&self.destination), Ok((Kind::Topic, _)))
    }
}

/// What contradicts itself in arguments that are fine one by one.
pub trait Consistent {
    /// The mistake, and what to do.
    fn contradiction(&self, given: &Given<'_>) -> Option<String>;
}

impl Consistent for BrokerArguments {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        let somebody = self.user.is_some() || self.broker_url.contains("jms.userName=");
        let text = "a password is somebody's: give --user, or set AMQ_USER";
        (given.has("password") && !somebody).then(|| text.to_owned())
    }
}

/// Which options were given on the command line.
#[derive(Debug)]
pub struct Given<'a>(&'a ArgMatches);

impl Given<'_> {
    /// Whether the option of this field was.
    pub fn has(&self, field: &str) -> bool {
        self.0.value_source(field) == Some(ValueSource::CommandLine)
    }
}

/// Reads the arguments of this process; ends it with status 2 if they are wrong.
pub fn parse<T: CommandFactory + FromArgMatches + Consistent>() -> T {
    let arguments = with_canonical_names(T::command(), std::env::args_os());
    let matches = T::command().get_matches_from(arguments);
    let given = T::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Some(mistake) = given.contradiction(&Given(&matches)) {
        T::command().error(ErrorKind::ArgumentConflict, mistake).exit();
    }
    given
}

/// A queue or a topic, by its URL or a mere name.
///
/// # Errors
/// What to write.
pub fn target(text: &str) -> Result<Target, String> {
    Ok(match split(text)? {
        (Kind::Queue, name) => Queue::new(name).into(),
        (Kind::Topic, name) => Topic::new(name).into(),
    })
}

/// Writes option names as declared where only capitals differ. Values stay as they are.
fn with_canonical_names(
    mut command: Command,
    arguments: impl Iterator<Item = OsString>,
) -> Vec<OsString> {
    command.build();
    let mut is_value = false;
    let canonical = arguments.map(|argument| {
        if std::mem::take(&mut is_value) {
            return argument;
        }
        let Some(text) = argument.to_str().and_then(|text| text.strip_prefix("--")) else {
            return argument;
        };
        let (name, value) = text.split_once('=').map_or((text, None), |(n, v)| (n, Some(v)));
        let Some((declared, takes_value)) = declared(&command, name) else { return argument };
        is_value = takes_value && value.is_none();
        match value {
            Some(value) => format!("--{declared}={value}").into(),
            None => format!("--{declared}").into(),
        }
    });
    canonical.collect()
}

/// The name of an option as declared, and whether a value must follow.
fn declared(command: &Command, name: &str) -> Option<(String, bool)> {
    command.get_arguments().find_map(|option| {
        let aliases = option.get_all_aliases().unwrap_or_default();
        let names = option.get_long().into_iter().chain(aliases);
        let declared = names.into_iter().find(|it| it.eq_ignore_ascii_case(name))?.to_owned();
        let least = option.get_num_args().map_or(0, |number| number.min_values());
        Some((declared, least > 0))
    })
}

enum Kind {
    Queue,
    Topic,
}

fn split(text: &str) -> Result<(Kind, &str), String> {
    let (kind, name) = match text.strip_prefix("topic://") {
        Some(name) => (Kind::Topic, name),
        None => (Kind::Queue, text.strip_prefix("queue://").unwrap_or(text)),
    };
    if name.is_empty() || name.contains("://") {
        return Err(NAMES.to_owned());
    }
    Ok((kind, name))
}

/// Where answers go: a queue or a topic, or a temporary one of somebody else.
///
/// # Errors
/// What to write.
pub fn destination(text: &str) -> Result<Destination, String> {
    let temporary = |prefix| text.strip_prefix(prefix).filter(|name: &&str| !name.is_empty());
    if let Some(name) = temporary("temp-queue://") {
        return Ok(Destination::temp_queue(name));
    }
    if let Some(name) = temporary("temp-topic://") {
        return Ok(Destination::temp_topic(name));
    }
    Ok(match split(text)? {
        (Kind::Queue, name) => Destination::queue(name),
        (Kind::Topic, name) => Destination::topic(name),
    })
}

const NAMES: &str = "write queue://NAME or topic://NAME";

/// The text of a queue's or topic's name, as it is.
///
/// # Errors
/// What to write.
pub fn readable(text: &str) -> Result<String, String> {
    split(text).map(|_| text.to_owned())
}

/// Longer than anybody waits, and no overflow when added to now.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
/// How long the broker may take to say goodbye.
const CLOSING: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use clap::Parser;

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
        Options::try_parse_from(with_canonical_names(Options::command(), arguments))
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
