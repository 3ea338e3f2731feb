//! The broker as a program, callable from any `main`: the demonstration runs its brokers by
//! starting itself again as one.

use std::{
    ffi::OsString,
    io::{self, Write},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    Broker, BrokerError, Role,
    arguments::{Args, NoPlan, Plan, report},
    log::Log,
    server::certificate,
    store::file::examine,
};

/// So often missing lines of the log are looked for.
const LOOK_AT_LOG: Duration = Duration::from_secs(10);

/// Runs a broker until SIGTERM or SIGINT (exit status 0) or until its store fails (1), or looks at a
/// store. `args` begin with the program's name. Writes a line to standard output each time it waits as a slave, and each
/// time it begins to serve.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::read(args) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no errors; clap knows.
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let plan = match args.plan() {
        Ok(plan) => plan,
        Err(NoPlan::Refused(refused)) => {
            refused.findings.iter().for_each(|finding| complain(&finding.to_string()));
            complain(&refused.summary());
            return ExitCode::FAILURE;
        }
        Err(NoPlan::Usage(text)) => {
            complain(&format!("error: {text}"));
            return ExitCode::from(2);
        }
    };
    if args.check {
        return check(&plan);
    }
    match Log::begin(args.log()) {
        Ok(log) => run(args, plan, log),
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Says what would run.
fn check(plan: &Plan) -> ExitCode {
    plan.warnings.iter().for_each(|finding| complain(&finding.to_string()));
    announce(&report(&plan.config));
    let stored = plan.config.persistence.store().map(drop).map_err(|error| error.to_string());
    let certificate = certificate(&plan.config.connectors, &plan.config.tls);
    let shown = certificate.map_err(|error| error.to_string()).map(|certificate| {
        certificate.iter().for_each(|it| announce(&format!("its certificate is {it}")));
    });
    match stored.and(shown) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args, plan: Plan, mut log: Log) -> ExitCode {
    log_panics();
    let ended = match args.check_store {
        Some(folder) => check_store(&folder),
        None => serve_on_threads(plan, &mut log),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A panic is in the log's file, too.
fn log_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        usual(panic);
    }));
}

fn check_store(folder: &Path) -> anyhow::Result<()> {
    announce(&format!("{}: {}", folder.display(), examine(folder)?));
    Ok(())
}

fn serve_on_threads(plan: Plan, log: &mut Log) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers())
        .enable_all()
        .build()?;
    for finding in &plan.warnings {
        tracing::warn!("{finding}");
    }
    runtime.block_on(async {
        // Whoever starts a broker from a terminal and closes that does not mean to end it.
        let hangups = signal(SignalKind::hangup())?;
        tokio::select! {
            ended = serve(plan) => ended,
            () = look_after(log, hangups) => Ok(()),
        }
    })
}

/// Without end.
async fn look_after(log: &mut Log, mut hangups: Signal) {
    let mut looks = tokio::time::interval(LOOK_AT_LOG);
    loop {
        tokio::select! {
            Some(()) = hangups.recv() => log.refresh(),
            _ = looks.tick() => log.tell_missing(),
        }
    }
}

/// Half of the cores: the store has a thread of its own, and the clients on this machine want some
/// too. More threads only pass messages between cores.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

async fn serve(plan: Plan) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let name = plan.config.name.clone();
    let broker = Broker::configured(plan.config)?.start();
    let signal = tokio::select! {
        why = announce_roles(&broker) => return Err(why.into()),
        signal = asked_to_end(&mut terminate, &mut interrupt) => signal,
    };
    let role = broker.role();
    broker.stop().await?;
    let as_a_slave = if matches!(role, Role::Master { .. }) { "" } else { ", as a slave" };
    tracing::info!(name, signal, "broker has ended in order{as_a_slave}");
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

/// The lines on standard output are for programs that start the broker. One that has closed it does not want them.
fn announce(line: &str) {
    drop(writeln!(io::stdout(), "{line}"));
}

/// What is wrong with a configuration, as compilers say such things.
#[expect(clippy::print_stderr, reason = "the program's interface")]
fn complain(line: &str) {
    eprintln!("{line}");
}
