//! A master and a slave on one folder.

use std::{path::Path, time::Duration};

use crate::startup::run;
use anyhow::{Context, Result, ensure};
use relaismq::Connection;
use relaismq_tests::{ports, relais::Relais, server::Server};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};

/// Longest wait for what should take a moment.
const SOON: Duration = Duration::from_secs(20);
/// What a takeover may take on a busy machine; it is a fraction of a second on an idle one.
const TAKEOVER: Duration = Duration::from_secs(3);
/// The broker looks at its lock every 5 s; until then it may be unaware that it has lost it.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Two brokers on one folder.
struct Pair {
    master: Server,
    slave: Server,
    slave_port: u16,
    url: String,
    folder: tempfile::TempDir,
}

impl Pair {
    async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (first, second) = (ports::free()?, ports::free()?);
        let broker = Relais::new().directory(folder.path());
        let master = broker.clone().name("first").port(first).start().await?;
        ensure!(master.is_ready(), "the first broker does not serve");
        let slave = broker.name("second").port(second).start().await?;
        ensure!(!slave.is_ready(), "the second broker serves as well");
        let url = format!(
            "failover:(tcp://127.0.0.1:{first},tcp://127.0.0.1:{second})\
             ?randomize=false&maxReconnectDelay=100"
        );
        Ok(Self { master, slave, slave_port: second, url, folder })
    }

    async fn connect(&self) -> Result<Connection> {
        let builder = Connection::builder(&self.url).send_timeout(SOON).request_timeout(SOON);
        Ok(builder.connect().await?)
    }

    /// The slave serves, with these messages; then it is killed. What the deposed one knew is forgotten: it begins
    /// with what the other has left.
    async fn has_taken_over_and_gives_back(&mut self, kept: &[&str]) -> Result<()> {
        let connection = self.connect().await?;
        let producer = connection.producer("q").build().await?;
        producer.send("from the second").await?;
        receives(&connection, "q", &[kept, &["from the second"]].concat()).await?;
        producer.send("left by the second").await?;
        self.slave.kill().await?;
        self.master.until_ready(TAKEOVER).await?;
        producer.send("from the first again").await?;
        receives(&connection, "q", &["left by the second", "from the first again"]).await?;
        connection.close().await;
        Ok(())
    }

    /// Whether the slave's port takes connections.
    async fn slave_is_open(&self) -> bool {
        is_open(&format!("127.0.0.1:{}", self.slave_port)).await
    }
}

/// Receives exactly these texts, in this order.
async fn receives(connection: &Connection, queue: &str, texts: &[&str]) -> Result<()> {
    let mut consumer = connection.consumer(queue).build().await?;
    for text in texts {
        let delivery = consumer.receive_timeout(SOON).await?;
        let delivery = delivery.with_context(|| format!("\"{text}\" is missing"))?;
        ensure!(delivery.text()? == *text, "{:?} instead of {text}", delivery.text());
    }
    let more = consumer.receive_timeout(Duration::from_millis(200)).await?;
    ensure!(more.is_none(), "one more than there should be");
    Ok(consumer.close().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slave_waits_with_its_port_closed_and_serves_soon_after_the_master_was_killed()
-> Result<()> {
    let mut pair = Pair::start().await?;
    ensure!(pair.slave.announcement().field("role") == Some("slave"));
    let lock = pair.folder.path().join("lock").display().to_string();
    ensure!(pair.slave.announcement().field("lock") == Some(lock.as_str()));
    ensure!(!pair.slave_is_open().await, "a slave takes connections");
    let connection = pair.connect().await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    pair.master.kill().await?;
    let killed = Instant::now();
    pair.slave.until_ready(TAKEOVER).await?;
    show(&format!("the slave served {:?} after the kill", killed.elapsed()));
    producer.send("after").await?;
    receives(&connection, "q", &["before", "after"]).await?;
    connection.close().await;
    ensure!(pair.slave.stop().await?.code() == Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_is_asked_to_stop_ends_well_and_leaves_everything_to_the_slave() -> Result<()>
{
    let mut pair = Pair::start().await?;
    let connection = pair.connect().await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    let status = pair.master.stop().await?;
    ensure!(status.code() == Some(0), "{status}");
    pair.slave.until_ready(TAKEOVER).await?;
    producer.send("after").await?;
    receives(&connection, "q", &["before", "after"]).await?;
    connection.close().await;
    ensure!(pair.slave.stop().await?.code() == Some(0));
    Ok(())
}

#[tokio::test]
async fn a_slave_that_is_asked_to_stop_ends_well_and_does_not_disturb_the_master() -> Result<()> {
    let mut pair = Pair::start().await?;
    let connection = pair.connect().await?;
    let status = pair.slave.stop().await?;
    ensure!(status.code() == Some(0), "{status}");
    connection.producer("q").build().await?.send("served").await?;
    receives(&connection, "q", &["served"]).await?;
    connection.close().await;
    ensure!(pair.master.stop().await?.code() == Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slave_whose_port_is_in_use_says_so_at_once_and_serves_when_it_is_free() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broker = Relais::new().directory(folder.path());
    let mut master = broker.clone().start().await?;
    // As a master and a slave on one machine that were given the same port.
    let port = master.url()?.rsplit(':').next().context("no port")?.parse()?;
    let mut slave = broker.name("second").port(port).start().await?;
    ensure!(!slave.is_ready());
    master.kill().await?;
    slave.until_ready(TAKEOVER).await?;
    ensure!(slave.stop().await?.code() == Some(0));
    // It says so only when it begins to wait.
    let said = slave.process().failure("said").to_string();
    ensure!(said.contains(&format!("tcp://127.0.0.1:{port}")), "{said}");
    ensure!(said.contains("in use") && said.contains("tried again at the takeover"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slave_whose_address_is_not_this_machines_ends_at_its_start_and_not_at_the_takeover()
-> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut master = Relais::new().directory(folder.path()).start().await?;
    let store = format!("file:{}", folder.path().display());
    let output = run(&["--store", &store, "--listen", "tcp://192.0.2.1:61616"]).await?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(output.status.code() == Some(1), "{}: {said}", output.status);
    ensure!(said.contains("tcp://192.0.2.1:61616") && output.stdout.is_empty(), "{said}");
    ensure!(master.stop().await?.code() == Some(0));
    Ok(())
}

/// A slave that found the database still open ended with an error, and when the old master had
/// noticed its loss there was no broker at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_paused_master_whose_lock_was_deleted_is_a_slave_again_and_the_other_has_all_that_was_confirmed()
-> Result<()> {
    let confirmed = lock_deleted_during_a_pause(Duration::ZERO).await?;
    show(&format!("confirmed between the pause and the end: {confirmed}"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_paused_for_longer_than_its_keep_alive_confirms_nothing_without_its_lock()
-> Result<()> {
    let confirmed = lock_deleted_during_a_pause(KEEP_ALIVE + Duration::from_millis(500)).await?;
    ensure!(!confirmed, "confirmed without a lock");
    Ok(())
}

/// Returns whether a message was confirmed after the pause; if so, the slave has it.
async fn lock_deleted_during_a_pause(pause: Duration) -> Result<bool> {
    let mut pair = Pair::start().await?;
    let url = pair.master.url()?;
    let old = Connection::builder(&url).send_timeout(SOON).connect().await?;
    let producer = old.producer("q").build().await?;
    producer.send("from the first").await?;
    pair.master.pause()?;
    std::fs::remove_file(pair.folder.path().join("lock"))?;
    generation(pair.folder.path(), 2).await?;
    let early = timeout(pause, pair.slave.until_ready(SOON)).await;
    ensure!(early.is_err() && !pair.slave_is_open().await, "two brokers on one database");
    // Lies in the socket of the paused master, which finds it when it goes on.
    let stray = tokio::spawn(async move { producer.send("stray").await });
    pair.master.resume()?;
    pair.master.until_waiting(SOON).await?;
    ensure!(!is_open(&url).await, "a deposed master takes connections");
    pair.slave.until_ready(TAKEOVER).await?;
    old.close().await;
    let confirmed = stray.await?.is_ok();
    let kept: &[&str] = if confirmed { &["from the first", "stray"] } else { &["from the first"] };
    pair.has_taken_over_and_gives_back(kept).await?;
    ensure!(pair.master.url()? == url, "{} instead of {url}", pair.master.url()?);
    ensure!(pair.master.stop().await?.code() == Some(0));
    Ok(confirmed)
}

/// Waits for the takeover with this number.
async fn generation(folder: &Path, wanted: u64) -> Result<()> {
    let file = folder.join("generation");
    let reached = async {
        let mut look = tokio::time::interval(Duration::from_millis(10));
        while std::fs::read_to_string(&file).is_ok_and(|text| text.trim() != wanted.to_string()) {
            look.tick().await;
        }
    };
    timeout(SOON, reached).await.with_context(|| format!("no generation {wanted}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_master_whose_generation_was_bumped_steps_down_within_its_keep_alive() -> Result<()>
{
    let mut pair = Pair::start().await?;
    write_generation(pair.folder.path(), "4711\n")?;
    let bumped = Instant::now();
    pair.master.until_waiting(SOON).await?;
    let taken = bumped.elapsed();
    show(&format!("the old master stepped down {taken:?} after it had lost its lock"));
    ensure!(taken < 2 * KEEP_ALIVE, "{taken:?}");
    pair.slave.until_ready(TAKEOVER).await?;
    let generation = std::fs::read_to_string(pair.folder.path().join("generation"))?;
    ensure!(generation.trim() == "4712", "{generation}");
    ensure!(pair.slave.stop().await?.code() == Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_without_a_slave_whose_lock_was_deleted_is_the_master_again_on_the_port_that_it_had()
-> Result<()> {
    let folder = tempfile::tempdir()?;
    // The system chooses the port.
    let mut broker = Relais::new().directory(folder.path()).start().await?;
    let url = broker.url()?;
    let connection =
        Connection::builder(format!("failover:({url})?maxReconnectDelay=100")).connect().await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    std::fs::remove_file(folder.path().join("lock"))?;
    broker.until_waiting(SOON).await?;
    broker.until_ready(TAKEOVER).await?;
    ensure!(broker.url()? == url, "{} instead of {url}", broker.url()?);
    producer.send("after").await?;
    receives(&connection, "q", &["before", "after"]).await?;
    connection.close().await;
    ensure!(broker.stop().await?.code() == Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_is_to_end_without_its_lock_ends_with_status_1_and_says_why() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broker = Relais::new().directory(folder.path()).argument("--on-demotion").argument("exit");
    let mut master = broker.start().await?;
    let mut slave = broker.clone().name("second").start().await?;
    std::fs::remove_file(folder.path().join("lock"))?;
    let status = master.process().wait(SOON).await?;
    ensure!(status.code() == Some(1), "{status}");
    let said = master.process().failure("ended").to_string();
    ensure!(
        said.contains("no longer the master") && said.contains("the lock file was deleted"),
        "{said}"
    );
    slave.until_ready(TAKEOVER).await?;
    ensure!(slave.stop().await?.code() == Some(0));
    Ok(())
}

fn write_generation(folder: &Path, text: &str) -> Result<()> {
    Ok(std::fs::write(folder.join("generation"), text)?)
}

/// Whether it takes connections.
async fn is_open(url: &str) -> bool {
    TcpStream::connect(url.trim_start_matches("tcp://")).await.is_ok()
}

#[expect(clippy::print_stdout, reason = "figures for whoever asks the test to speak")]
fn show(text: &str) {
    println!("{text}");
}
