//! What the page shows, and that it goes with the broker.

use anyhow::{Result, ensure};

use crate::watched::{SOON, Watched, cell};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn the_page_says_what_the_broker_is_and_its_queues_change_as_they_do() -> Result<()> {
    let broker = Watched::start().await?;
    broker.send("orders", &["1", "2", "3"]).await?;
    let mut page = broker.page("").await?;
    page.until("document.querySelector('h1').textContent === 'master'").await?;
    page.until("document.getElementById('name').textContent === 'broker1'").await?;
    page.sees("live").await?;
    page.click("Queues").await?;
    page.until(&format!("{} === '3'", cell("orders", 1))).await?;
    broker.send("orders", &["4", "5"]).await?;
    page.until(&format!("{} === '5'", cell("orders", 1))).await?;
    // Whoever is in the middle of something is not disturbed by figures that change.
    page.value("document.querySelector('tbody a').focus()").await?;
    broker.take("orders", 5).await?;
    page.until(&format!("{} === '0'", cell("orders", 1))).await?;
    ensure!(page.value("document.activeElement.textContent").await? == "orders");
    page.is_content()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn messages_are_browsed_page_by_page_and_with_a_selector_that_is_explained_if_it_is_wrong()
-> Result<()> {
    let broker = Watched::start().await?;
    broker.send("orders", &["body"; 60]).await?;
    let mut page = broker.page("queues/orders").await?;
    let rows = "document.querySelectorAll('section[aria-label=Messages] tbody tr').length";
    page.until(&format!("{rows} === 50")).await?;
    page.click("Next").await?;
    page.until(&format!("{rows} === 10")).await?;
    page.click("Previous").await?;
    page.until(&format!("{rows} === 50")).await?;
    page.value("document.querySelector('.search input').focus()").await?;
    page.types("number > 56").await?;
    page.press("Enter").await?;
    page.until(&format!("{rows} === 3")).await?;
    page.types(" AND").await?;
    page.press("Enter").await?;
    page.until(
        "document.querySelector('.trouble:not([hidden])')?.textContent.includes('selector')",
    )
    .await?;
    ensure!(page.value(rows).await? == 3, "what was shown is gone");
    page.is_content()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn a_body_is_shown_as_json_text_and_hexadecimal_and_nothing_of_it_becomes_markup()
-> Result<()> {
    let evil =
        r#"{"big":12345678901234567,"note":"<img src=x onerror=\"document.title='evil'\">"}"#;
    let broker = Watched::start().await?;
    broker.send("<b>orders</b>/ä#&", &[evil, r#"{"sum":12.5}"#]).await?;
    let mut page = broker.page("queues").await?;
    page.click("<b>orders</b>").await?;
    page.until("document.querySelectorAll('.open').length === 2").await?;
    page.value("document.querySelectorAll('.open')[1].click()").await?;
    page.until("document.querySelector('pre').textContent === '{\\n  \"sum\": 12.5\\n}'").await?;
    page.click("Hex").await?;
    page.until("document.querySelector('pre').textContent.startsWith('00000000  7b 22 73 75 6d')")
        .await?;
    // A number that JavaScript would change is not shown as another one.
    page.value("document.querySelectorAll('.open')[0].click()").await?;
    page.until("document.querySelector('pre').textContent.includes('12345678901234567,')").await?;
    ensure!(page.value("document.querySelectorAll('main img, main b b').length").await? == 0);
    ensure!(page.value("document.title.includes('evil')").await? == false);
    page.is_content()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn durable_subscribers_and_connections_are_listed() -> Result<()> {
    let broker = Watched::start().await?;
    let client = broker.client().await?;
    let consumer = client.consumer("topic://prices").durable("all-prices").build().await?;
    let mut page = broker.page("subscribers").await?;
    page.until(&format!("{} === 'prices'", cell("all-prices", 2))).await?;
    page.until(&format!("{} === 'yes'", cell("all-prices", 4))).await?;
    page.click("Connections").await?;
    page.until(&format!("{}?.includes('127.0.0.1')", cell("tester", 1))).await?;
    page.click("Topics").await?;
    page.until(&cell("prices", 0)).await?;
    drop(consumer);
    client.close().await;
    page.click("Durable subscribers").await?;
    page.until(&format!("{} === 'no'", cell("all-prices", 4))).await?;
    page.is_content()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn a_lost_broker_is_said_to_be_lost_and_found_again() -> Result<()> {
    let mut broker = Watched::start().await?;
    let mut page = broker.page("").await?;
    page.sees("live").await?;
    broker.server.kill().await?;
    page.until("!document.getElementById('lost').hidden").await?;
    page.sees("What is shown is old").await?;
    broker.start_again().await?;
    page.until("document.getElementById('lost').hidden").await?;
    page.sees("live").await?;
    ensure!(broker.server.process().terminate(SOON).await?.success());
    page.is_content()
}
