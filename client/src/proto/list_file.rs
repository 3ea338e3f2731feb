//! The broker list in a file, which is read before each pass.

use super::{Client, event::Event, link::Phase};

impl Client {
    /// The file was read, or could not be.
    pub(super) fn list_read(&mut self, read: Result<String, String>) {
        // Late news for a connection that has ended.
        if !matches!(self.link.phase, Phase::Reading) {
            return;
        }
        match read {
            Ok(text) => self.take_list(&text),
            Err(reason) => self.list_unread(reason),
        }
        self.walk();
    }

    fn take_list(&mut self, text: &str) {
        let change = self.link.list.read(text);
        let ignored = change.ignored.iter().map(|(entry, why)| format!("{entry:?} is {why}"));
        let ignored: Vec<String> = ignored.collect();
        if ignored.is_empty() {
            self.link.list_failure = None;
        } else {
            self.list_unread(ignored.join("; "));
        }
        if !change.added.is_empty() || !change.removed.is_empty() {
            self.notify(Event::BrokersChanged { added: change.added, removed: change.removed });
        }
    }

    /// What was read before stays. The same reason is told once, however many passes there are.
    fn list_unread(&mut self, reason: String) {
        if self.link.list_failure.as_ref() == Some(&reason) {
            return;
        }
        self.link.list_failure = Some(reason.clone());
        let file = self.options.reconnect.update_uris_url.as_deref().unwrap_or("".as_ref());
        self.notify(Event::ListUnread { file: file.to_owned(), reason });
    }
}
