//! The broker as a program, callable from any `main`: the demonstration runs its brokers by
//! starting itself again as one.

use std::{ffi::OsString, io::IsTerminal, process::ExitCode};

use anyhow::Context;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::{Broker, ListenAddress, StoreConfig};

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
    /// What is logged on standard error: error, warn, info, debug, trace, or a filter
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "RELAISMQ_LOG")]
    log: String,
}

const AFTER_HELP: &str = "Examples:
  relaismq-broker                                          durable, on 127.0.0.1:61616
  relaismq-broker --store memory --listen tcp://0.0.0.0:61616
  relaismq-broker --store file:/mnt/shared --name b        start it twice: a master and its slave

Standard output has one line when the broker waits as a slave (\"waiting name=… role=slave lock=…\")
and one when it serves (\"ready name=… role=master openwire=tcp://…\").

SIGTERM and Ctrl-C end it in order. Exit status: 0 ended in order, 1 failed, 2 wrong usage.";

/// Runs a broker until SIGTERM or SIGINT (exit status 0) or until its store fails (1). `args` begin
/// with the program's name. Writes one line to standard output when it waits as a slave, and one
/// when it serves.
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
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&args.log)
        .with_context(|| format!("--log {} cannot be understood", args.log))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter);
    let colours = std::io::stderr().is_terminal();
    subscriber.with_writer(std::io::stderr).with_ansi(colours).init();
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
    let name = args.name.clone();
    let mut builder =
        Broker::builder().name(&args.name).store(args.store).on_waiting(move |lock| {
            announce(&format!("waiting name={name} role=slave lock={}", lock.display()));
        });
    for address in args.listen {
        builder = builder.listen(address);
    }
    let mut broker = tokio::select! {
        started = builder.start() => started?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    announce(&format!("ready name={} role=master openwire={}", broker.name(), broker.url()));
    tokio::select! {
        failure = broker.failed() => return Err(failure.into()),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(broker.stop().await?)
}

/// The lines on standard output are for programs that start the broker.
#[expect(clippy::print_stdout, reason = "the program's interface")]
fn announce(line: &str) {
    println!("{line}");
}
