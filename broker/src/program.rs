//! The broker as a program, callable from any `main`: the demonstration runs its brokers by
//! starting itself again as one.

use std::{ffi::OsString, io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::Parser;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    Broker, BrokerError, ByteSize, ListenAddress, LockOptions, OnDemotion, Role, StoreConfig,
    StoreOptions,
    engine::{Settings, WhenFull},
    log::LogFilter,
    store::file::examine,
};

/// A message broker for OpenWire clients: Apache ActiveMQ's Java client, RelaisMQ and others.
///
/// Brokers that are started on the same file store are master and slaves: the first one serves, the
/// others wait with their ports closed and take over when it is gone.
#[derive(Debug, Parser)]
#[command(name = "relaismq-broker", version, after_help = AFTER_HELP)]
struct Args {
    /// Name that clients are told
    #[arg(long, default_value = "localhost")]
    name: String,
    /// Address to serve, may be given several times; port 0 lets the system choose
    #[arg(long, value_name = "tcp://HOST:PORT", default_value = "tcp://127.0.0.1:61616")]
    listen: Vec<ListenAddress>,
    /// Where messages are kept: `memory`, or `file:DIR` to survive kill -9 and power cuts
    #[arg(long, value_name = "memory|file:DIR", default_value = "file:relaismq-data")]
    store: StoreConfig,
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
    /// What becomes of a master that has lost its lock: `rejoin` makes it a slave again, `exit` ends it with status
    /// 1 for a supervisor that starts it again
    #[arg(long, value_name = "rejoin|exit", default_value = "rejoin")]
    on_demotion: OnDemotion,
    /// Instead of running: read the whole store in DIR, say what it is, and change nothing. Exit
    /// status 0 if it is in order (also after a kill), 1 if it is damaged or cannot be looked at
    #[arg(long, value_name = "DIR", conflicts_with_all = ["name", "listen", "store", "store_limit", "store_reserve", "send_fail_if_no_space", "create_store", "on_demotion"])]
    check_store: Option<PathBuf>,
    /// What is logged on standard error: off, error, warn, info, debug, trace, or a filter like
    /// `warn,relaismq_broker::engine=debug`. At info there is a line when a client has logged in and one
    /// when it has gone, with the reason
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "RELAISMQ_LOG")]
    log: LogFilter,
}

const AFTER_HELP: &str = "Examples:
  relaismq-broker                                          durable, on 127.0.0.1:61616
  relaismq-broker --store memory --listen tcp://0.0.0.0:61616
  relaismq-broker --store file:/mnt/shared --name b        start it twice: a master and its slave
  relaismq-broker --check-store /mnt/shared                what is in there, and is it whole?

Standard output has a line each time the broker waits as a slave (\"waiting name=… role=slave lock=…\")
and each time it begins to serve (\"ready name=… role=master openwire=tcp://…\").

SIGTERM and Ctrl-C end it in order; SIGHUP changes nothing. Exit status: 0 ended in order, 1 failed, 2 wrong usage.";

/// Runs a broker until SIGTERM or SIGINT (exit status 0) or until its store fails (1), or looks at a
/// store. `args` begin with the program's name. Writes a line to standard output each time it waits as a slave, and each
/// time it begins to serve.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no errors; clap knows.
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Args) -> anyhow::Result<()> {
    let subscriber = tracing_subscriber::fmt().with_env_filter(args.log.filter()?);
    let colours = std::io::stderr().is_terminal();
    subscriber.with_writer(std::io::stderr).with_ansi(colours).init();
    if let Some(folder) = args.check_store.take() {
        announce(&format!("{}: {}", folder.display(), examine(&folder)?));
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers())
        .enable_all()
        .build()?;
    runtime.block_on(serve(args))
}

/// Half of the cores: the store has a thread of its own, and the clients on this machine want some
/// too. More threads only pass messages between cores.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

async fn serve(args: Args) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Whoever starts a broker from a terminal and closes that does not mean to end it.
    let mut hangup = signal(SignalKind::hangup())?;
    let ignoring = tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            tracing::info!("SIGHUP changes nothing: everything is set at the start");
        }
    });
    let options = StoreOptions {
        limit: args.store_limit,
        reserve: args.store_reserve,
        create: args.create_store,
    };
    let when_full = if args.send_fail_if_no_space { WhenFull::Refuse } else { WhenFull::Wait };
    let settings = Settings { when_full, ..Settings::default() };
    let builder = Broker::builder().name(&args.name).settings(settings);
    let mut builder = builder.store(args.store).store_options(options);
    builder = builder.lock(LockOptions { on_demotion: args.on_demotion, ..LockOptions::default() });
    for address in args.listen {
        builder = builder.listen(address);
    }
    let broker = builder.start();
    let signal = tokio::select! {
        why = announce_roles(&broker) => return Err(why.into()),
        signal = asked_to_end(&mut terminate, &mut interrupt) => signal,
    };
    let role = broker.role();
    broker.stop().await?;
    ignoring.abort();
    let as_a_slave = if matches!(role, Role::Master { .. }) { "" } else { ", as a slave" };
    tracing::info!(name = args.name, signal, "broker has ended in order{as_a_slave}");
    Ok(())
}

/// Says what the broker becomes, until it ends by itself.
async fn announce_roles(broker: &Broker) -> BrokerError {
    let (name, mut roles) = (broker.name(), broker.roles());
    loop {
        let role = roles.borrow_and_update().clone();
        match role {
            Role::Slave { of } => {
                announce(&format!("waiting name={name} role=slave lock={}", of.lock));
            }
            Role::Master { .. } => {
                announce(&format!("ready name={name} role=master openwire={}", broker.url()));
            }
            Role::Failed { why } => return why,
            _ => {}
        }
        if roles.changed().await.is_err() {
            return BrokerError::Stopped;
        }
    }
}

async fn asked_to_end(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}

/// The lines on standard output are for programs that start the broker.
#[expect(clippy::print_stdout, reason = "the program's interface")]
fn announce(line: &str) {
    println!("{line}");
}
