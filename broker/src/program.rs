//! The broker as a program, callable from any `main`: the demonstration runs its brokers by
//! starting itself again as one.

use std::{ffi::OsString, io::IsTerminal, process::ExitCode};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    Broker, BrokerError, Role,
    arguments::{Args, NoPlan, Plan, report},
    store::file::examine,
};

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
    match run(args, plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Says what would run.
fn check(plan: &Plan) -> ExitCode {
    plan.warnings.iter().for_each(|finding| complain(&finding.to_string()));
    announce(&report(&plan.config));
    match plan.config.persistence.store() {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Args, plan: Plan) -> anyhow::Result<()> {
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
    for finding in &plan.warnings {
        tracing::warn!("{finding}");
    }
    runtime.block_on(serve(plan))
}

/// Half of the cores: the store has a thread of its own, and the clients on this machine want some
/// too. More threads only pass messages between cores.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

async fn serve(plan: Plan) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Whoever starts a broker from a terminal and closes that does not mean to end it.
    let mut hangup = signal(SignalKind::hangup())?;
    let ignoring = tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            tracing::info!("SIGHUP changes nothing: everything is set at the start");
        }
    });
    let name = plan.config.name.clone();
    let broker = Broker::configured(plan.config)?.start();
    let signal = tokio::select! {
        why = announce_roles(&broker) => return Err(why.into()),
        signal = asked_to_end(&mut terminate, &mut interrupt) => signal,
    };
    let role = broker.role();
    broker.stop().await?;
    ignoring.abort();
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

/// The lines on standard output are for programs that start the broker.
#[expect(clippy::print_stdout, reason = "the program's interface")]
fn announce(line: &str) {
    println!("{line}");
}

/// What is wrong with a configuration, as compilers say such things.
#[expect(clippy::print_stderr, reason = "the program's interface")]
fn complain(line: &str) {
    eprintln!("{line}");
}
