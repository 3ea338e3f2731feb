//! Who began a cluster: written once, so that two halves of it never begin two.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Who began a cluster. It stands in the znode under which the brokers have theirs, and never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founding {
    /// Any text that no other cluster has.
    pub cluster: String,
    /// The nodes that vote to begin with, and where each served the others then.
    pub nodes: BTreeMap<u64, String>,
}

/// By the brokers' name: clusters may share a path.
type Foundings = BTreeMap<String, Founding>;

/// More is not read.
const LONGEST: usize = 256 * 1024;

/// What stands there of the cluster with this name.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Option<Founding>, String> {
    Ok(all(bytes)?.remove(name))
}

/// The same with one more; nothing if there is one already.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn add(bytes: &[u8], name: &str, founding: &Founding) -> Result<Vec<u8>, String> {
    let mut all = all(bytes)?;
    all.insert(name.to_owned(), founding.clone());
    serde_json::to_vec(&all).map_err(|error| error.to_string())
}

fn all(bytes: &[u8]) -> Result<Foundings, String> {
    match bytes.len() {
        0 => Ok(Foundings::new()),
        1..=LONGEST => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        length => Err(format!("{length} bytes are too many")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn founding(cluster: &str, nodes: &[u64]) -> Founding {
        let nodes = nodes.iter().map(|node| (*node, format!("tcp://host:{node}"))).collect();
        Founding { cluster: cluster.to_owned(), nodes }
    }

    #[test]
    fn clusters_that_share_a_path_do_not_touch_each_other() {
        let one = founding("one", &[1, 2, u64::MAX]);
        let two = founding("two", &[4]);
        let bytes = add(&add(b"", "a", &one).unwrap(), "b", &two).unwrap();
        assert_eq!(read(&bytes, "a"), Ok(Some(one)));
        assert_eq!(read(&bytes, "b"), Ok(Some(two)));
        assert_eq!(read(&bytes, "c"), Ok(None));
    }

    /// It is written over by nobody: a cluster would begin twice.
    #[test]
    fn garbage_is_told_and_kept() {
        let founding = founding("one", &[1]);
        for garbage in [&b"x"[..], b"[]", b"{\"a\":1}"] {
            assert!(read(garbage, "a").is_err());
            assert!(add(garbage, "a", &founding).is_err());
        }
    }
}
