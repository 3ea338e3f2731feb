//! Who may read and write: with a password, only those that have it.

use zookeeper_client::{Acl, Acls, AuthId, Client, CreateMode, Error, Permission};

use super::trouble::Trouble;
use crate::config::ZooKeeperPlace;

/// ActiveMQ's name for whoever has the password.
const USER: &str = "fabric";

/// What a client is told who has the password.
pub(super) fn credentials(password: &str) -> String {
    format!("{USER}:{password}")
}

/// Of the brokers' znodes, and of the one above them.
pub(super) fn own(place: &ZooKeeperPlace) -> Acls<'static> {
    if place.secret().is_some() { Acls::creator_all() } else { Acls::anyone_all() }
}

/// Makes the way to the brokers' znodes. Above it others may look and make znodes of their own; but
/// removing a znode is a right of the one above it, so that is the owner's alone.
pub(super) async fn make_way(client: &Client, place: &ZooKeeperPlace) -> Result<(), Trouble> {
    let shared = [
        Acl::new(Permission::ALL, AuthId::authed()),
        Acl::new(Permission::READ | Permission::CREATE, AuthId::anyone()),
    ];
    let above = if place.secret().is_some() { Acls::new(&shared) } else { Acls::anyone_all() };
    let path = place.path();
    let ends = path.match_indices('/').map(|(at, _)| at).skip(1);
    for part in ends.filter_map(|at| path.get(..at)) {
        make(client, part, above).await?;
    }
    make(client, path, own(place)).await
}

async fn make(client: &Client, path: &str, acls: Acls<'_>) -> Result<(), Trouble> {
    let options = CreateMode::Persistent.with_acls(acls);
    match client.create(path, b"", &options).await {
        Ok(_) | Err(Error::NodeExists) => Ok(()),
        // It may be there all the same, and more below it.
        Err(Error::NoAuth) => there(client, path).await,
        Err(error) => Err(Trouble::at(path, &error)),
    }
}

async fn there(client: &Client, path: &str) -> Result<(), Trouble> {
    match client.check_stat(path).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Trouble::NotAllowed { path: path.to_owned() }),
        Err(error) => Err(Trouble::at(path, &error)),
    }
}

/// Says it if a password protects nothing.
pub(super) async fn warn_if_open(client: &Client, place: &ZooKeeperPlace) {
    if place.secret().is_none() {
        return;
    }
    // Who may not ask is not among those for whom it is open.
    let Ok((acls, _)) = client.get_acl(place.path()).await else { return };
    if acls.iter().any(|it| it.scheme() == "world" && it.permission() != Permission::NONE) {
        let path = place.path();
        tracing::warn!(
            "zkPassword does not protect {path}, which was made without one: everybody may use it; in \
             zkCli.sh say `addauth digest {USER}:PASSWORD`, then `setAcl {path} auth::cdrwa`"
        );
    }
}
