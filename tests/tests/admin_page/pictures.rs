//! How the page looks, in light and dark: pictures for the documentation.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use relaismq::Connection;
use relaismq_tests::relais::Relais;
use tokio::{task::JoinSet, time::interval};

use crate::{
    chromium::{Page, Scheme},
    watched::Watched,
};

/// Set, the pictures of `docs/images` are made anew.
const WRITE: &str = "RELAISMQ_WRITE_DOCUMENTS";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn the_page_is_readable_in_light_and_dark() -> Result<()> {
    let broker = Watched::start().await?;
    let order = r#"{"order":4711,"customer":"Ada","lines":[{"sku":"A-1","count":2}]}"#;
    for (queue, many) in
        [("orders", 24), ("invoices", 7), ("mail.outgoing", 3), ("ActiveMQ.DLQ", 2)]
    {
        broker.send(queue, &vec![order; many]).await?;
    }
    let mut traffic = JoinSet::new();
    traffic.spawn(keep_busy(broker.client().await?));
    let mut page = broker.page("").await?;
    page.sees("Deepest queues").await?;
    page.until("document.querySelectorAll('tbody tr').length === 5").await?;
    let samples = "document.querySelector('.flow .line.in').getAttribute('d').split('L').length";
    page.until(&format!("{samples} > 12")).await?;
    let mut grounds = Vec::new();
    for (scheme, name) in [(Scheme::Light, "light"), (Scheme::Dark, "dark")] {
        page.look(scheme, 1160, 760).await?;
        page.click("Overview").await?;
        page.sees("Deepest queues").await?;
        grounds.push(readable(&mut page).await?);
        keep(&mut page, &format!("admin-overview-{name}.png")).await?;
        page.click("Queues").await?;
        page.sees("invoices").await?;
        page.click("orders").await?;
        page.until("document.querySelectorAll('.open').length === 24").await?;
        page.value("document.querySelector('.open').click()").await?;
        page.look(scheme, 1160, 1000).await?;
        page.value("document.activeElement.blur(); scrollTo(0, 0)").await?;
        readable(&mut page).await?;
        keep(&mut page, &format!("admin-queue-{name}.png")).await?;
    }
    ensure!(grounds[0] > 200 && grounds[1] < 60, "grounds of {grounds:?}");
    page.is_content()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/run"]
async fn a_slave_looks_like_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broker = Relais::new().directory(folder.path());
    let _master = Watched::of(&broker.clone().name("broker1")).await?;
    let slave = Watched::of(&broker.name("broker2")).await?;
    let mut page = slave.page("").await?;
    page.sees("waits for").await?;
    page.look(Scheme::Light, 1160, 360).await?;
    readable(&mut page).await?;
    // The picture names a folder that is made up anew each time.
    let folder = folder.path().display().to_string();
    page.value(&format!(
        "document.querySelectorAll('main *').forEach((it) => {{
            if (it.children.length === 0) it.textContent = it.textContent.replaceAll({folder:?}, '/mnt/shared');
        }})"
    ))
    .await?;
    keep(&mut page, "admin-slave-light.png").await?;
    page.is_content()
}

/// Something goes through, more and less of it.
async fn keep_busy(client: Connection) -> Result<()> {
    let producer = client.producer("payments").build().await?;
    let mut consumer = client.consumer("payments").build().await?;
    let mut pace = interval(Duration::from_millis(15));
    for number in 0_u32.. {
        pace.tick().await;
        // Fewer for a while, now and then.
        if number % 250 < 180 || number % 3 == 0 {
            producer.send("paid").await?;
            consumer.receive().await?;
        }
    }
    Ok(())
}

/// Every text stands out from what is behind it (4.5 to 1, as WCAG wants it). Returns how bright the page's ground is.
async fn readable(page: &mut Page) -> Result<u64> {
    let seen = page.value(CONTRASTS).await?;
    let faint = seen["faint"].as_array().context("no list")?;
    ensure!(faint.is_empty(), "too faint: {faint:?}");
    seen["ground"].as_u64().context("no ground")
}

async fn keep(page: &mut Page, name: &str) -> Result<()> {
    let picture = page.picture().await?;
    ensure!(picture.starts_with(b"\x89PNG") && picture.len() > 10_000, "an empty picture");
    if std::env::var_os(WRITE).is_some() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(name), picture)?;
    }
    Ok(())
}

/// Texts whose contrast to the first opaque ground behind them is too small; what is disabled need not have any.
const CONTRASTS: &str = "(() => {
    const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => {
        const [r, g, b] = parts(colour).map((it) => it / 255).map((it) => it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (it) => {
        for (; it; it = it.parentElement) {
            const colour = getComputedStyle(it).backgroundColor;
            if (colour.startsWith('rgb(')) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    const faint = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const it = texts.currentNode.parentElement;
        if (!texts.currentNode.textContent.trim() || !it.checkVisibility() || it.closest(':disabled, script, noscript, .skip, .hidden')) continue;
        const [one, other] = [light(getComputedStyle(it).color), light(ground(it))];
        const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (contrast < 4.5) faint.push(`${texts.currentNode.textContent.trim()}: ${contrast.toFixed(2)}`);
    }
    return { faint, ground: parts(getComputedStyle(document.body).backgroundColor)[0] };
})()";
