//! The command line, and the configuration that it means.
//!
//! ```text
//! database      what is about a database only; replication: about several brokers with the same messages
//! admin         where the broker is looked after
//! tls           its certificate
//! logging       what is about the log only
//! report        what `--check` prints
//! ```

mod admin;
mod database;
mod logging;
mod replication;
mod report;
mod tls;

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Arg, ArgMatches, Command, CommandFactory as _, FromArgMatches as _, Parser, error::ErrorKind,
    parser::ValueSource,
};
use relaismq_options::{Kind, Refusal, Row};

pub(crate) use self::report::report;
use self::{
    admin::AdminArgs, database::DatabaseArgs, logging::LogArgs, replication::ReplicationArgs,
    tls::TlsArgs,
};
use crate::{
    config::{
        BrokerConfig, ByteSize, Connector, Finding, Persistence, Properties, Refused, SETTINGS,
        TlsConfig, refuse_when_full,
    },
    log::LogOptions,
};

/// A message broker for OpenWire clients: Apache ActiveMQ's Java client, RelaisMQ and others.
///
/// Brokers that are started on the same directory are master and slaves: the first one serves, the
/// others wait with their ports closed and take over when it is gone.
#[derive(Debug, Parser)]
#[command(name = "relaismq-broker", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// ActiveMQ's activemq.xml; also xbean:FILE, properties:FILE or broker:(tcp://HOST:PORT)?NAME=VALUE.
    /// What else is on the command line wins over it
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
    /// Instead of running: say what would run, and what there is to say about --config. Exit status 0
    /// if it would run, 1 if not
    #[arg(long)]
    pub(crate) check: bool,
    /// What ${NAME} stands for in --config, may be given several times; it wins over files and the
    /// environment
    #[arg(short = 'D', long = "property", value_name = "NAME=VALUE", value_parser = property)]
    property: Vec<(String, String)>,
    /// Name that clients are told [default: localhost]
    #[arg(long)]
    name: Option<String>,
    /// Address to serve, may be given several times; ssl:// for TLS, with options like
    /// ssl://0.0.0.0:61617?needClientAuth=true; port 0 lets the system choose [default:
    /// tcp://127.0.0.1:61616]
    #[arg(long, value_name = "tcp://HOST:PORT")]
    listen: Vec<Connector>,
    /// Where messages are kept: `memory`, `file:DIR` to survive kill -9 and power cuts, or a database
    /// like jdbc:postgresql://HOST/DATABASE, or replicated:DIR on a majority of brokers [default:
    /// file:relaismq-data]
    #[arg(long, value_name = "memory|file:DIR|jdbc:URL|replicated:DIR")]
    store: Option<Persistence>,
    /// Most that the store's files may have together, like `10GB`; at least 16MB [default: the disk]
    #[arg(long, value_name = "SIZE")]
    store_limit: Option<ByteSize>,
    /// Room that messages leave free, for removals and the next start [default: 65MB, less on a small
    /// disk]
    #[arg(long, value_name = "SIZE")]
    store_reserve: Option<ByteSize>,
    /// Refuse what there is no room for, as ActiveMQ's sendFailIfNoSpace does; without it senders wait
    #[arg(long, alias = "sendFailIfNoSpace")]
    send_fail_if_no_space: bool,
    /// Begin with an empty store even though one was in the folder before and is gone now
    #[arg(long)]
    create_store: bool,
    /// Instead of running: read the whole store in DIR, say what it is, and change nothing. Exit
    /// status 0 if it is in order (also after a kill), 1 if it is damaged or cannot be looked at
    #[arg(long, value_name = "DIR")]
    pub(crate) check_store: Option<PathBuf>,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    admin: AdminArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    replication: ReplicationArgs,
    #[command(flatten)]
    log: LogArgs,
    /// What the table of settings says.
    #[command(flatten)]
    settings: Settings,
}

const AFTER_HELP: &str = "Examples:
  relaismq-broker                                          durable, on 127.0.0.1:61616
  relaismq-broker --store memory --listen tcp://0.0.0.0:61616
  relaismq-broker --listen ssl://0.0.0.0:61617 --tls-certificate broker.pem --tls-key broker.key
  relaismq-broker --store file:/mnt/shared --name b        start it twice: a master and its slave
  relaismq-broker --store replicated:/var/lib/relaismq --name a --nodes a=h1:61619,b=h2:61619,c=h3:61619
  relaismq-broker --config conf/activemq.xml --check       would it run with ActiveMQ's configuration?
  relaismq-broker --config conf/activemq.xml -D activemq.data=/var/lib/activemq
  relaismq-broker --check-store /mnt/shared                what is in there, and is it whole?

Standard output has a line each time the broker waits as a slave (\"waiting name=… role=slave lock=…\")
and each time it begins to serve (\"ready name=… role=master openwire=tcp://…\").

SIGTERM and Ctrl-C end it in order; SIGHUP opens the log's file anew and reads --log-level-file. Exit status: 0 ended in order, 1 failed, 2 wrong usage.";

/// What ActiveMQ's users give their Java virtual machine for TLS.
const JAVA_TLS: &str = "javax.net.ssl.";

/// `NAME=VALUE`.
fn property(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// What was given of [`SETTINGS`], by their places there.
#[derive(Debug, Default)]
struct Settings {
    given: Vec<(usize, String)>,
}

impl clap::Args for Settings {
    fn augment_args(command: Command) -> Command {
        let next = Some("Limits (ActiveMQ's name, if it has one, is last)");
        SETTINGS.iter().fold(command.next_help_heading(next), |command, row| {
            let help = format!("{} [default: {}]", row.doc, row.default);
            let arg = Arg::new(row.name).long(row.name).value_name(value_name(row)).help(help);
            command.arg(match row.kind {
                Kind::Bool(_) => arg.num_args(0..=1).default_missing_value("true"),
                _ => arg,
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Vec::new();
        for (place, row) in SETTINGS.iter().enumerate() {
            let Some(value) = matches.get_one::<String>(row.name) else { continue };
            given.push((place, value.clone()));
            row.kind.apply(&mut BrokerConfig::default(), value).map_err(|refusal| {
                let expected = match refusal {
                    Refusal::Bad(expected) => format!("expected {expected}"),
                    Refusal::Unfit(hint) => hint,
                    Refusal::Later(_) => "not built yet".to_owned(),
                };
                let what = format!("--{} cannot be '{value}': {expected}\n", row.name);
                Args::command().error(ErrorKind::ValueValidation, what)
            })?;
        }
        Ok(Self { given })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What stands for a value in the help.
const fn value_name(row: &Row<BrokerConfig>) -> &'static str {
    match row.kind {
        Kind::Bool(_) => "true|false",
        Kind::Count(..) => "COUNT",
        Kind::Size(_) => "SIZE",
        Kind::Millis(_) | Kind::Timeout(_) => "MILLISECONDS",
        _ => "VALUE",
    }
}

/// Why nothing can be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoPlan {
    /// The file cannot be run.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The command line cannot be meant.
    #[error("{0}")]
    Usage(String),
}

/// What is to be run, and what there is to say about its file.
pub(crate) struct Plan {
    pub(crate) config: BrokerConfig,
    pub(crate) warnings: Vec<Finding>,
}

impl Args {
    pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches_from(args)?;
        let written = |id: &clap::Id| {
            matches.value_source(id.as_str()) == Some(ValueSource::CommandLine)
                && id.as_str() != "check_store"
                && !LogArgs::is_one(id.as_str())
        };
        if matches.contains_id("check_store") && matches.ids().any(written) {
            let what =
                "--check-store cannot be used with others than those of the log: it runs nothing\n";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, what));
        }
        Self::from_arg_matches(&matches)
    }

    /// How it logs.
    pub(crate) fn log(&self) -> LogOptions {
        self.log.options()
    }

    /// The configuration: the file's, and what the command line changes of it.
    pub(crate) fn plan(&self) -> Result<Plan, NoPlan> {
        let mut plan = match &self.config {
            Some(location) => {
                let loaded = BrokerConfig::load(location, self.properties())?;
                Plan { config: loaded.config, warnings: loaded.warnings }
            }
            None if self.property.iter().any(|(name, _)| !name.starts_with(JAVA_TLS)) => {
                let what = "-D is for ${NAME} in a file: name one with --config";
                return Err(NoPlan::Usage(what.to_owned()));
            }
            None => {
                let tls = TlsConfig::of_java(&self.properties());
                let config = BrokerConfig { tls, ..BrokerConfig::default() };
                Plan { config, warnings: Vec::new() }
            }
        };
        self.change(&mut plan.config).map_err(NoPlan::Usage)?;
        Ok(plan)
    }

    /// What is known to a file.
    fn properties(&self) -> Properties {
        let all = Properties::from_environment();
        let given = self.property.iter().cloned();
        let all = given.fold(all, |all, (name, value)| all.given(name, value));
        self.tls.properties().fold(all, |all, (name, value)| all.given(name, value))
    }

    fn change(&self, config: &mut BrokerConfig) -> Result<(), String> {
        if let Some(name) = &self.name {
            config.name.clone_from(name);
        }
        if !self.listen.is_empty() {
            config.connectors.clone_from(&self.listen);
        }
        if let Some(store) = &self.store {
            config.persistence = store.clone();
        }
        self.change_directory(&mut config.persistence)?;
        self.database.change(&mut config.persistence)?;
        self.tls.change(&mut config.tls);
        tls::check(config)?;
        self.admin.change(&mut config.admin)?;
        self.replication.change(&mut config.persistence)?;
        if self.send_fail_if_no_space {
            refuse_when_full(config);
        }
        for (place, value) in &self.settings.given {
            if let Some(row) = SETTINGS.get(*place) {
                // It was tried when the command line was read.
                drop(row.kind.apply(config, value));
            }
        }
        Ok(())
    }

    fn change_directory(&self, persistence: &mut Persistence) -> Result<(), &'static str> {
        let asked = self.store_limit.is_some() || self.store_reserve.is_some() || self.create_store;
        match persistence {
            Persistence::Directory(directory) => {
                directory.limit = self.store_limit.or(directory.limit);
                directory.reserve = self.store_reserve.or(directory.reserve);
                directory.create |= self.create_store;
                Ok(())
            }
            _ if asked => {
                Err("--store-limit, --store-reserve and --create-store are for a store in a \
                               directory; in memory it is --memory-store-limit")
            }
            _ => Ok(()),
        }
    }
}
