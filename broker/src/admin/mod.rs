//! Where a broker is looked after, over HTTP, whether it is the master or not.
//!
//! ```text
//! listening   the address, and connections within bounds; routes: what is served where
//! guard       requests that a stranger's page could make are not answered; token: who may change something
//! failure     an answer that says no, and what to do
//! health      /healthz and /readyz
//! metrics     /metrics, as ActiveMQ's dashboards want it
//! jolokia     /api/jolokia, as ActiveMQ's monitors want it
//! api         /api/v1, in JSON
//! page        /admin/, for people
//! ```
//! Everything is asked of `node::Desk`, which asks the engine if there is one.

mod api;
mod failure;
mod guard;
mod health;
mod jolokia;
mod listening;
mod metrics;
mod page;
mod routes;
#[cfg(test)]
mod tests;
mod token;

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tracing::{info, warn};

use self::{guard::Hosts, listening::Listening, token::Token};
use crate::{
    config::{AdminAddress, AdminConfig, HostAndPort},
    engine::io::{Question, Report},
    error::BrokerError,
    node::Desk,
};

/// What every answer comes from. Cheap to clone.
#[derive(Clone, Debug)]
struct Admin {
    desk: Desk,
    token: Arc<Token>,
    hosts: Arc<Hosts>,
}

/// An engine that does not answer a plain question within this time has too much to do.
const PATIENCE: Duration = Duration::from_secs(10);

impl Admin {
    /// Nothing if there is no master here, or it is too busy.
    async fn ask(&self, question: Question) -> Option<Report> {
        tokio::time::timeout(PATIENCE, self.desk.ask(question)).await.ok().flatten()
    }
}

/// Serves until what is returned is dropped; nothing is, if it is not to be served.
///
/// # Errors
/// If an address that was asked for cannot be had.
pub(crate) async fn open(
    desk: Desk,
    config: &AdminConfig,
    address: &OnceLock<SocketAddr>,
) -> Result<Option<Listening>, BrokerError> {
    let Some(place) = config.address.place() else { return Ok(None) };
    let token = Token::new(config.token.as_ref());
    let admin = Admin {
        desk,
        token: Arc::new(token),
        hosts: Arc::new(Hosts::new(place.host(), &config.hosts)),
    };
    let listening = match Listening::begin(&place.to_string(), routes::all(admin.clone())).await {
        Ok(listening) => listening,
        Err(error) if config.address == AdminAddress::Usual => {
            warn!(address = %place, %error, "the admin page is not served; --admin HOST:PORT puts it \
                elsewhere, --no-admin switches it off");
            return Ok(None);
        }
        Err(source) => return Err(cannot_listen(&place, source)),
    };
    address.get_or_init(|| listening.address());
    announce(&admin, listening.address());
    Ok(Some(listening))
}

fn announce(admin: &Admin, address: SocketAddr) {
    let url = format!("http://{address}/admin/");
    let token = admin.token.made().unwrap_or("(the given one)");
    info!(url, token, "the admin page is served; its actions want the token");
    if !address.ip().is_loopback() {
        warn_of_others(address);
    }
}

fn warn_of_others(address: SocketAddr) {
    warn!(%address, "whoever reaches the admin page's address sees every message");
}

fn cannot_listen(place: &HostAndPort, source: std::io::Error) -> BrokerError {
    BrokerError::Listen { address: format!("http://{place}"), source: Arc::new(source) }
}
