//! Rounds of chaos, and proof that they find what is wrong.
//!
//! A longer run: `cargo run --release -p relaismq-tests --bin relais-chaos -- --help`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use relaismq_examples::demo::databases::Make;
use relaismq_tests::chaos::{
    Chaos, Clocks, Database, Fault, Invariant, Mode, Replicated, Report, small_segments,
};
use relaismq_tests::fault_library;
use relaismq_tests::program::breakable_broker;
use relaismq_tests::relais::{self, Relais};

fn chaos(folder: &Path, broker: Relais) -> Chaos {
    with_mode(Mode::File(folder.join("store")), broker)
}

fn with_mode(mode: Mode, broker: Relais) -> Chaos {
    let broker = broker.log("info,relaismq_broker::engine=warn");
    let (only, also, clocks) = (Vec::new(), Vec::new(), None);
    Chaos { mode, broker, brokers: 2, seed: 1, first: 1, rounds: 1, only, also, clocks }
}

/// A broker whose files lose with it what was not synced.
async fn under_power_cuts(folder: &Path) -> Result<Relais> {
    let library = fault_library::compile("losing_writes", folder).await?;
    Ok(Relais::new().preloaded(&library))
}

async fn holds(chaos: &Chaos) -> Result<Report> {
    let report = chaos.run(|round| show(&format!("seed {}, {round}", chaos.seed))).await?;
    show(&report.to_string());
    ensure!(report.broken.is_none(), "seed {}:\n{report}", chaos.seed);
    Ok(report)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a minute of killed, paused and cut off brokers; run by tests/run"]
async fn two_brokers_on_one_folder_lose_and_double_nothing_whatever_breaks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let report = holds(&Chaos { rounds: 6, ..chaos(folder.path(), Relais::new()) }).await?;
    ensure!(report.rounds == 6 && report.figures.confirmed > 500, "too little: {report}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a minute of killed and cut off brokers; run by tests/run"]
async fn three_brokers_on_one_folder_lose_and_double_nothing_whatever_breaks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let three = Chaos { brokers: 3, seed: 3, rounds: 3, ..chaos(folder.path(), Relais::new()) };
    holds(&three).await?;
    Ok(())
}

/// Rounds on a database.
async fn on(database: Database) -> Result<()> {
    let all = with_mode(Mode::Database(Arc::new(database)), Relais::new());
    let report = holds(&Chaos { rounds: 3, ..all }).await?;
    ensure!(report.rounds == 3 && report.figures.confirmed > 250, "too little: {report}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "broken brokers and a locked file for a while; run by tests/run"]
async fn two_brokers_on_a_file_of_sqlite_lose_and_double_nothing_whatever_breaks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    on(Database::sqlite(folder.path())).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL, which is broken for a while; run by tests/run"]
async fn two_brokers_on_postgresql_lose_and_double_nothing_whatever_breaks() -> Result<()> {
    on(Database::server(Make::PostgreSql).await?).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs MariaDB, which is broken for a while; run by tests/run"]
async fn two_brokers_on_mariadb_lose_and_double_nothing_whatever_breaks() -> Result<()> {
    on(Database::server(Make::MariaDb).await?).await
}

/// Rounds in which clocks are minutes apart and jump, beside all else.
async fn with_clocks_apart(mode: Mode) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let clocks = Some(Clocks::apart(folder.path()).await?);
    let jumps = Chaos { clocks: clocks.clone(), ..with_mode(mode, Relais::new()) };
    let all = Chaos { first: 2, rounds: 3, clocks, ..jumps.clone() };
    holds(&Chaos { only: vec![Fault::ClocksJump], ..jumps }).await?;
    holds(&all).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "half a minute of broken brokers; run by tests/run"]
async fn brokers_on_one_folder_whose_clocks_are_apart_lose_and_double_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    with_clocks_apart(Mode::File(folder.path().join("store"))).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "half a minute of broken brokers; run by tests/run"]
async fn brokers_on_a_file_of_sqlite_whose_clocks_are_apart_lose_and_double_nothing() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    with_clocks_apart(Mode::Database(Arc::new(Database::sqlite(folder.path())))).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL, which is broken for a while; run by tests/run"]
async fn brokers_on_postgresql_whose_clocks_are_apart_lose_and_double_nothing() -> Result<()> {
    with_clocks_apart(Mode::Database(Arc::new(Database::server(Make::PostgreSql).await?))).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ZooKeeper, which is broken for a while; run by tests/run"]
async fn three_brokers_that_replicate_lose_and_double_nothing_whatever_breaks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let replicated = Mode::Replicated(Arc::new(Replicated::start(folder.path()).await?));
    let all = Chaos { brokers: 3, rounds: 4, ..with_mode(replicated, Relais::new()) };
    let report = holds(&all).await?;
    ensure!(report.rounds == 4 && report.figures.confirmed > 300, "too little: {report}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds the broker with fail points; run by tests/run"]
async fn a_master_that_dies_at_any_place_from_receiving_to_confirming_loses_nothing() -> Result<()>
{
    let broker = small_segments(Relais::new().program(&breakable_broker()?));
    for fault in Mode::File(PathBuf::new()).fail_points() {
        let folder = tempfile::tempdir()?;
        let all = chaos(folder.path(), broker.clone());
        let report = holds(&Chaos { only: vec![fault], ..all }).await;
        let report = report.with_context(|| fault.to_string())?;
        let (times, _) = report.faults.get(&fault.to_string()).context("it never died")?;
        ensure!(*times > 0, "{fault}: {times}");
    }
    Ok(())
}

/// The runner would be worth nothing if it found nothing.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds the broker with fail points; run by tests/run"]
async fn a_broker_that_confirms_before_it_has_written_is_found_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broker = Relais::new().program(&breakable_broker()?);
    let broker = broker.environment("RELAISMQ_KNOWN_BUG", "confirm-early");
    let all = chaos(folder.path(), broker);
    let kills = Chaos { only: vec![Fault::MasterKilled], rounds: 10, ..all };
    let report = kills.run(|round| show(&round.to_string())).await?;
    show(&report.to_string());
    let broken = report.broken.context("nobody has noticed in ten rounds")?;
    let lost = |it: &relaismq_tests::chaos::Violation| it.invariant == Invariant::NothingLost;
    ensure!(broken.round.violations.iter().any(lost), "{broken}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "half a minute of power cuts; run by tests/run"]
async fn kills_that_lose_what_was_not_synced_lose_nothing_confirmed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broker = under_power_cuts(folder.path()).await?;
    let only = vec![Fault::MasterKilled, Fault::AllKilled, Fault::SlaveKilled];
    holds(&Chaos { only, rounds: 6, ..chaos(folder.path(), broker) }).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "half a minute of power cuts; run by tests/run"]
async fn a_disk_whose_syncs_lie_is_found_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broker = under_power_cuts(folder.path()).await?;
    // A broker syncs some dozens of times while it starts.
    let broker = broker.environment("SYNCS_THAT_WORK", "75");
    let all = chaos(folder.path(), broker);
    let report = Chaos { only: vec![Fault::AllKilled], rounds: 3, ..all }.run(|_| {}).await?;
    show(&report.to_string());
    ensure!(report.broken.is_some(), "nobody has noticed: {report}");
    Ok(())
}

#[test]
#[ignore = "builds the broker with fail points; run by tests/run"]
fn a_released_broker_has_no_fail_points() -> Result<()> {
    for name in ["RELAISMQ_FAIL_POINT", "RELAISMQ_KNOWN_BUG"] {
        ensure!(has(&breakable_broker()?, name)?, "{name} is not where it should be");
        ensure!(!has(&relais::program()?, name)?, "{name} breaks a broker that people use");
    }
    Ok(())
}

fn has(program: &Path, text: &str) -> Result<bool> {
    let code = std::fs::read(program)?;
    Ok(code.windows(text.len()).any(|bytes| bytes == text.as_bytes()))
}

#[expect(clippy::print_stdout, reason = "figures for whoever asks the test to speak")]
fn show(text: &str) {
    println!("{text}");
}
