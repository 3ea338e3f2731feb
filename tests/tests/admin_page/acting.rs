//! What is done with the page.

use anyhow::{Result, ensure};

use crate::{
    chromium::Page,
    watched::{TOKEN, Watched, cell},
};

/// The page asks for it.
async fn give_token(page: &mut Page, token: &str) -> Result<()> {
    page.until("document.activeElement.type === 'password'").await?;
    page.types(token).await?;
    page.press("Enter").await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn a_message_is_sent_when_the_token_is_right_and_not_before() -> Result<()> {
    let broker = Watched::start().await?;
    broker.send("orders", &["first"]).await?;
    let mut page = broker.page("queues/orders").await?;
    page.click("Send").await?;
    page.until("document.activeElement.tagName === 'TEXTAREA'").await?;
    page.types("from the page").await?;
    page.click("Send").await?;
    give_token(&mut page, "wrong").await?;
    page.sees("not the token").await?;
    page.until("document.activeElement.value === ''").await?;
    ensure!(page.value("document.querySelectorAll('.open').length").await? == 1);
    give_token(&mut page, TOKEN).await?;
    page.sees("Sent to orders.").await?;
    page.until("document.querySelectorAll('.open').length === 2").await?;
    ensure!(broker.take("orders", 2).await? == ["first", "from the page"]);
    // It is asked for once.
    page.click("Send").await?;
    page.click("Send").await?;
    page.until("document.querySelectorAll('.open').length === 1").await?;
    page.is_content()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn a_queue_is_purged_and_deleted_only_after_its_name_was_typed() -> Result<()> {
    let broker = Watched::start().await?;
    broker.send("orders", &["1", "2"]).await?;
    let mut page = broker.page("queues/orders").await?;
    page.click("Purge").await?;
    let is_locked = "document.querySelector('dialog .danger').disabled";
    page.until(is_locked).await?;
    page.types("order").await?;
    page.until(is_locked).await?;
    page.press("Enter").await?;
    page.types("s").await?;
    page.until(&format!("!{is_locked}")).await?;
    page.press("Enter").await?;
    give_token(&mut page, TOKEN).await?;
    page.sees("2 messages removed from orders.").await?;
    page.sees("No message here.").await?;
    page.click("Delete").await?;
    page.types("orders").await?;
    page.click("Delete the queue").await?;
    page.sees("orders was deleted.").await?;
    page.until("location.hash === '#/queues'").await?;
    page.sees("No queue like that.").await?;
    page.is_content()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn chosen_messages_and_those_of_a_selector_are_moved_and_copied() -> Result<()> {
    let broker = Watched::start().await?;
    broker.send("from", &["0", "1", "2"]).await?;
    let mut page = broker.page("queues/from").await?;
    page.until("document.querySelectorAll('.open').length === 3").await?;
    page.value("document.querySelector('tbody input').click()").await?;
    page.sees("1 chosen").await?;
    page.click("Move").await?;
    page.types("to").await?;
    page.press("Enter").await?;
    give_token(&mut page, TOKEN).await?;
    page.sees("1 message moved to to.").await?;
    page.until("document.querySelectorAll('.open').length === 2").await?;
    page.value("document.querySelector('.search input').focus()").await?;
    page.types("number = 2").await?;
    page.press("Enter").await?;
    page.until("document.querySelectorAll('.open').length === 1").await?;
    page.click("Copy").await?;
    page.types("to").await?;
    page.press("Enter").await?;
    page.sees("1 message copied to to.").await?;
    ensure!(broker.take("to", 2).await? == ["0", "2"]);
    ensure!(broker.take("from", 2).await? == ["1", "2"]);
    page.is_content()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn dead_letters_are_sent_back_to_where_they_came_from() -> Result<()> {
    let broker = Watched::start().await?;
    broker.send("orders", &["hard to digest"]).await?;
    broker.bury("orders").await?;
    let mut page = broker.page("queues/ActiveMQ.DLQ").await?;
    page.until("document.querySelectorAll('.open').length === 1").await?;
    page.click("Retry").await?;
    page.click("Send back").await?;
    give_token(&mut page, TOKEN).await?;
    page.sees("1 message sent back to where they came from.").await?;
    page.sees("No message here.").await?;
    ensure!(broker.take("orders", 1).await? == ["hard to digest"]);
    page.is_content()
}

/// From the top of the page to an empty queue, without a mouse; what has the focus is always to be seen.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn everything_can_be_done_with_the_keyboard_alone() -> Result<()> {
    let broker = Watched::start().await?;
    broker.send("orders", &["{\"a\":1}"]).await?;
    let mut page = broker.page("").await?;
    page.sees("live").await?;
    page.tab_to("To the contents").await?;
    page.tab_to("Queues").await?;
    page.press("Enter").await?;
    page.until(&cell("orders", 0)).await?;
    page.tab_to("orders").await?;
    page.press("Enter").await?;
    page.until("document.querySelectorAll('.open').length === 1").await?;
    page.tab_to("ID:").await?;
    page.press("Enter").await?;
    page.until("document.activeElement.textContent === 'Message'").await?;
    page.tab_to("Close this message").await?;
    page.press("Space").await?;
    page.until("document.activeElement.className === 'open'").await?;
    page.value("document.querySelector('h1 a').focus()").await?;
    page.tab_to("Purge").await?;
    page.press("Enter").await?;
    page.press("Escape").await?;
    page.until("document.activeElement.textContent.startsWith('Purge')").await?;
    page.press("Enter").await?;
    page.types("orders").await?;
    page.press("Enter").await?;
    give_token(&mut page, TOKEN).await?;
    page.sees("1 message removed from orders.").await?;
    page.until("document.activeElement.textContent.startsWith('Purge')").await?;
    page.is_content()
}
