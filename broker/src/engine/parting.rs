//! What the log says of clients: one line when one has logged in, one when it has gone. What they have
//! said themselves is quoted, so that it cannot look like a line of its own.

use relaismq_openwire::ConnectionInfo;

use super::{io::Parting, login::Client, refuse::Refusal};

impl Client {
    /// It has logged in.
    pub(super) fn log_login(&self) {
        let (client, address) = (self.client_id.as_str(), &self.address);
        tracing::info!(client, user = user(self.info.as_ref()), %address, "client logged in");
    }

    /// It may not.
    pub(super) fn log_refused(&self, info: &ConnectionInfo, refusal: &Refusal) {
        let (client, address) = (info.client_id.as_deref().unwrap_or(""), &self.address);
        let reason = refusal.message();
        tracing::warn!(client, user = user(Some(info)), %address, reason, "login refused");
    }

    /// It has gone, if it had been there.
    pub(super) fn log_parting(&self, parting: &Parting) {
        if self.connection.is_none() {
            return;
        }
        let (client, address) = (self.client_id.as_str(), &self.address);
        let (user, reason) = (user(self.info.as_ref()), parting.to_string());
        match parting {
            Parting::CutOff(_) => {
                tracing::warn!(client, user, %address, reason, "client gone");
            }
            _ => tracing::info!(client, user, %address, reason, "client gone"),
        }
    }
}

fn user(info: Option<&ConnectionInfo>) -> &str {
    info.and_then(|info| info.user_name.as_deref()).unwrap_or("")
}
