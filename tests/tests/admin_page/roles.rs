//! A slave has a page, too.

use anyhow::Result;
use relaismq_tests::relais::Relais;

use crate::watched::Watched;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn a_slave_says_that_it_is_one_and_shows_queues_when_it_has_become_the_master() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let broker = Relais::new().directory(folder.path());
    let mut master = Watched::of(&broker.clone().name("first")).await?;
    let slave = Watched::of(&broker.name("second")).await?;
    master.send("orders", &["kept"]).await?;
    let mut page = slave.page("").await?;
    page.until("document.querySelector('h1').textContent === 'slave'").await?;
    page.sees("waits for").await?;
    page.click("Queues").await?;
    page.sees("Only the master has that").await?;
    master.server.kill().await?;
    page.until("document.getElementById('role').textContent === 'master'").await?;
    page.sees("is master now").await?;
    page.sees("orders").await?;
    page.is_content()
}
