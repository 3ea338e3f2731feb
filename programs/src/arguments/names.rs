//! Reading a command line.

use std::ffi::OsString;

use clap::{
    ArgMatches, Command, CommandFactory, FromArgMatches, error::ErrorKind, parser::ValueSource,
};

use crate::ending::Ending;

/// For `--help`: how options may be written.
pub const SPELLING: &str = "Options may be written --messageCount 5, --messageCount=5, --message-count 5 \
and in any mixture of capitals.";

/// What contradicts itself in arguments that are fine one by one.
pub trait Consistent {
    /// The mistake, and what to do.
    fn contradiction(&self, given: &Given<'_>) -> Option<String>;
}

/// Which options were given on the command line.
#[derive(Debug)]
pub struct Given<'a>(&'a ArgMatches);

impl Given<'_> {
    /// Those of the subcommand; without one, these.
    #[must_use]
    pub fn of_subcommand(&self) -> Self {
        Self(self.0.subcommand().map_or(self.0, |(_, matches)| matches))
    }

    /// Whether the option of this field was.
    pub fn has(&self, field: &str) -> bool {
        self.0.value_source(field) == Some(ValueSource::CommandLine)
    }
}

/// Reads a command line, the program's name in front. Whoever asks for help gets it.
///
/// # Errors
/// How the program is to end instead of beginning; what there is to say has been said.
pub fn read<T>(arguments: impl IntoIterator<Item = OsString>) -> Result<T, Ending>
where
    T: CommandFactory + FromArgMatches + Consistent,
{
    let arguments = with_canonical_names(T::command(), arguments.into_iter());
    understood(arguments).map_err(|error| {
        // Where nobody can read it, that is no reason to fail.
        drop(error.print());
        if error.use_stderr() { Ending::WrongUsage } else { Ending::Done }
    })
}

fn understood<T>(arguments: Vec<OsString>) -> Result<T, clap::Error>
where
    T: CommandFactory + FromArgMatches + Consistent,
{
    let matches = T::command().try_get_matches_from(arguments)?;
    let read = T::from_arg_matches(&matches)?;
    match read.contradiction(&Given(&matches)) {
        Some(mistake) => Err(T::command().error(ErrorKind::ArgumentConflict, mistake)),
        None => Ok(read),
    }
}

/// Writes option names as declared where only capitals differ. Values stay as they are.
pub(super) fn with_canonical_names(
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
