//! What a user does and sees.

use anyhow::{Context, Result, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{browser::Browser, link::Link};

/// A page in a browser of its own.
#[derive(Debug)]
pub(crate) struct Page {
    link: Link,
    _browser: Browser,
}

/// What the user prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// How long something may take to be seen.
const PATIENCE_MS: u32 = 20_000;
/// More elements than a page has that take the keyboard's focus.
const MOST_TABS: usize = 200;

impl Page {
    /// Opens an address in a new browser.
    ///
    /// # Errors
    /// When Chromium cannot be started.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let browser = Browser::start().await?;
        let link = Link::open(browser.address()).await?;
        let mut page = Self { link, _browser: browser };
        page.look(Scheme::Light, 1160, 760).await?;
        page.go(url).await?;
        Ok(page)
    }

    /// Goes to an address.
    ///
    /// # Errors
    /// When there is nothing.
    pub(crate) async fn go(&mut self, url: &str) -> Result<()> {
        let went = self.link.command("Page.navigate", json!({ "url": url })).await?;
        ensure!(went["errorText"].is_null(), "{url}: {}", went["errorText"]);
        Ok(())
    }

    /// How the user looks at it: the preferred scheme, and the window's size.
    ///
    /// # Errors
    /// Chromium's.
    pub(crate) async fn look(&mut self, scheme: Scheme, width: u32, height: u32) -> Result<()> {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.link.command("Emulation.setDeviceMetricsOverride", size).await?;
        let value = if scheme == Scheme::Dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.link.command("Emulation.setEmulatedMedia", features).await?;
        Ok(())
    }

    /// What an expression of JavaScript is, waited for if it is a promise.
    ///
    /// # Errors
    /// When it throws.
    pub(crate) async fn value(&mut self, expression: &str) -> Result<Value> {
        let what = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut said = self.link.command("Runtime.evaluate", what).await?;
        ensure!(said["exceptionDetails"].is_null(), "{expression}: {}", said["exceptionDetails"]);
        Ok(said["result"]["value"].take())
    }

    /// Waits until an expression is true, or something; returns that.
    ///
    /// # Errors
    /// When it is not within the deadline, with what the page shows then.
    pub(crate) async fn until(&mut self, expression: &str) -> Result<Value> {
        let waits = format!(
            "new Promise((resolve) => {{
                const end = Date.now() + {PATIENCE_MS};
                const look = () => {{
                    let found;
                    try {{ found = ({expression}); }} catch {{ found = null; }}
                    found || Date.now() > end ? resolve(found || null) : setTimeout(look, 25);
                }};
                look();
            }})"
        );
        let found = self.value(&waits).await?;
        if found.is_null() {
            let shown = self.value("document.body.innerText").await?;
            anyhow::bail!("not seen: {expression}\nthe page shows: {shown}");
        }
        Ok(found)
    }

    /// Waits until a text is to be seen.
    ///
    /// # Errors
    /// As [`Self::until`].
    pub(crate) async fn sees(&mut self, text: &str) -> Result<()> {
        self.until(&format!("document.body.innerText.includes({})", json!(text))).await?;
        Ok(())
    }

    /// Clicks on the button or link with this text, in the uppermost dialog if there is one.
    ///
    /// # Errors
    /// When there is none that can be clicked on.
    pub(crate) async fn click(&mut self, text: &str) -> Result<()> {
        let find = format!(
            "[...([...document.querySelectorAll('dialog')].at(-1) ?? document)
                .querySelectorAll('button:not(:disabled), a, label')]
                .find((it) => it.checkVisibility() && it.textContent.trim().startsWith({}))",
            json!(text)
        );
        self.until(&format!("((it) => it && (it.click(), true))({find})")).await?;
        Ok(())
    }

    /// Types into whatever has the focus.
    ///
    /// # Errors
    /// Chromium's.
    pub(crate) async fn types(&mut self, text: &str) -> Result<()> {
        self.link.command("Input.insertText", json!({ "text": text })).await?;
        Ok(())
    }

    /// Presses a key: `Tab`, `Enter`, `Escape`, `Space`.
    ///
    /// # Errors
    /// Chromium's.
    pub(crate) async fn press(&mut self, key: &str) -> Result<()> {
        let (key, code, number, text) = match key {
            "Enter" => ("Enter", "Enter", 13, "\r"),
            "Space" => (" ", "Space", 32, " "),
            "Escape" => ("Escape", "Escape", 27, ""),
            _ => ("Tab", "Tab", 9, ""),
        };
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        for kind in [kind, "keyUp"] {
            let mut event =
                json!({ "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number });
            if kind == "keyDown" {
                event["text"] = json!(text);
            }
            self.link.command("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }

    /// Presses Tab until what has the focus has this text, as its own or as its label.
    ///
    /// # Errors
    /// When nothing that the keyboard reaches has it, or nothing shows where the focus is.
    pub(crate) async fn tab_to(&mut self, text: &str) -> Result<()> {
        let mut passed = Vec::new();
        for _ in 0..MOST_TABS {
            self.press("Tab").await?;
            let focused = self.value(FOCUSED).await?;
            let name = focused["name"].as_str().unwrap_or_default().to_owned();
            ensure!(focused["isShown"] == true, "nothing shows that {name:?} has the focus");
            if name.starts_with(text) {
                return Ok(());
            }
            passed.push(name);
        }
        anyhow::bail!("Tab does not lead to {text:?}, but to {passed:?}")
    }

    /// A picture of what is to be seen, as a PNG.
    ///
    /// # Errors
    /// Chromium's.
    pub(crate) async fn picture(&mut self) -> Result<Vec<u8>> {
        let taken = self.link.command("Page.captureScreenshot", json!({ "format": "png" })).await?;
        let data = taken["data"].as_str().context("no picture")?;
        Ok(BASE64_STANDARD.decode(data)?)
    }

    /// Nothing was thrown, and the page's policy has refused nothing.
    ///
    /// # Errors
    /// What was.
    pub(crate) fn is_content(&self) -> Result<()> {
        ensure!(self.link.complaints().is_empty(), "{:?}", self.link.complaints());
        Ok(())
    }
}

/// What has the focus, and whether that is to be seen.
const FOCUSED: &str = "(() => {
    const it = document.activeElement;
    const label = it.getAttribute('aria-label') ?? it.labels?.[0]?.textContent ?? it.textContent;
    const style = getComputedStyle(it);
    return { name: label.trim(), isShown: it === document.body || style.outlineStyle !== 'none' };
})()";
