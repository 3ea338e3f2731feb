//! Where the broker is looked after.

use clap::Args;
use relaismq_options::Secret;

use crate::config::{AdminAddress, AdminConfig, HostAndPort};

/// The admin page's part of the command line.
#[derive(Debug, Args)]
#[command(next_help_heading = "Admin page, API, metrics (http://127.0.0.1:8161/admin/)")]
pub(super) struct AdminArgs {
    /// Where they are served, on slaves too [default: 127.0.0.1:8161, if it is free]
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "no_admin")]
    admin: Option<HostAndPort>,
    /// Serve none of them
    #[arg(long)]
    no_admin: bool,
    /// A name of this machine by which browsers reach them, may be given several times; localhost, names
    /// without a dot and numeric addresses are known
    #[arg(long, value_name = "NAME", conflicts_with = "no_admin")]
    admin_host: Vec<String>,
    /// What whoever changes something has to know; better in the environment, where other users of the machine
    /// do not see it [default: a new one at each start, which is logged]
    #[arg(long, value_name = "TOKEN", env = "RELAISMQ_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<String>,
}

impl AdminArgs {
    /// Changes what was given.
    pub(super) fn change(&self, admin: &mut AdminConfig) -> Result<(), &'static str> {
        if let Some(address) = &self.admin {
            admin.address = AdminAddress::At(address.clone());
        }
        if self.no_admin {
            admin.address = AdminAddress::Off;
        }
        admin.hosts.extend(self.admin_host.iter().cloned());
        if self.admin_token.as_ref().is_some_and(|token| token.len() < SHORTEST) {
            return Err("--admin-token (RELAISMQ_ADMIN_TOKEN) must have 16 characters at least");
        }
        admin.token = self.admin_token.clone().map(Secret::new).or(admin.token.take());
        if cfg!(not(feature = "admin")) && self.admin.is_some() {
            return Err("--admin: this broker was built without the feature `admin`");
        }
        Ok(())
    }
}

/// Of a token that nobody guesses.
const SHORTEST: usize = 16;
