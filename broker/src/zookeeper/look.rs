//! Reading all there is.

use std::collections::BTreeSet;

use zookeeper_client::{Client, Error, Stat};

use super::{
    record,
    trouble::Trouble,
    view::{Link, Member, View},
};
use crate::config::ZooKeeperPlace;

/// What was found.
pub(super) struct Found {
    pub(super) view: View,
    /// The path of this session's own znode, and what stands there.
    pub(super) own: Option<(String, Vec<u8>)>,
    /// Which znodes make no sense, and why.
    pub(super) garbage: BTreeSet<(String, String)>,
}

/// More are not read: the newest count.
const MOST: usize = 100;

/// Reads every znode; those of other clusters are passed over.
pub(super) async fn look(
    client: &Client,
    place: &ZooKeeperPlace,
    name: &str,
) -> Result<Found, Trouble> {
    let path = place.path();
    let at = |error: &Error| Trouble::at(path, error);
    let view = View { link: Link::Reached, ..View::default() };
    let mut found = Found { view, own: None, garbage: BTreeSet::new() };
    let children = client.list_children(path).await.map_err(|error| at(&error))?;
    let mut children: Vec<_> =
        children.into_iter().filter_map(|child| Some((sequence(&child)?, child))).collect();
    children.sort_unstable();
    for (sequence, child) in children.into_iter().rev().take(MOST) {
        let child = format!("{path}/{child}");
        match client.get_data(&child).await {
            Ok((data, stat)) => found.add(client, name, (sequence, child), (&data, &stat)),
            // It has just gone.
            Err(Error::NoNode) => {}
            Err(Error::NoAuth) => {
                found.garbage.insert((child, "this broker may not read it".to_owned()));
            }
            Err(error) => return Err(Trouble::at(&child, &error)),
        }
    }
    Ok(found)
}

impl Found {
    fn add(
        &mut self,
        client: &Client,
        name: &str,
        (sequence, path): (u64, String),
        (data, stat): (&[u8], &Stat),
    ) {
        if stat.ephemeral_owner == client.session_id().0 {
            self.own = Some((path.clone(), data.to_vec()));
        }
        match record::read(data) {
            Ok(said) if said.name == name => self.view.add(Member { sequence, said }),
            Ok(_) => {}
            Err(what) => _ = self.garbage.insert((path, what)),
        }
    }
}

/// ZooKeeper puts ten digits behind the name that is asked for.
pub(super) fn digits(path: &str) -> &str {
    path.len().checked_sub(DIGITS).and_then(|at| path.get(at..)).unwrap_or(path)
}

fn sequence(child: &str) -> Option<u64> {
    let digits = child.len().checked_sub(DIGITS).and_then(|at| child.get(at..))?;
    digits.parse().ok()
}

const DIGITS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ten_digits_of_a_name_are_its_sequence() {
        assert_eq!(sequence("00000000012"), Some(12));
        assert_eq!(digits("/x/00000000012"), "0000000012");
        for other in ["", "lock", "12", "0000000x12", "ä000000001", "x-00000000"] {
            assert_eq!(sequence(other), None, "{other}");
        }
    }
}
