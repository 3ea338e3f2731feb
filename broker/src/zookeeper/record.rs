//! What a broker says of itself, as it stands in a znode: the fields of `replicatedLevelDB`, as people and
//! their scripts look for them, and then ours.

use serde::{Deserialize, Serialize};

use super::announcement::Announcement;

/// The JSON of a znode. Fields that are not known are passed over.
#[derive(Debug, Deserialize, Serialize)]
struct Record {
    id: String,
    #[serde(default)]
    container: Option<String>,
    /// Of the master only, as there.
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    position: i64,
    #[serde(default)]
    weight: u32,
    /// The master's own sequence number, in its own znode.
    #[serde(default)]
    elected: Option<String>,
    node: u64,
    member: String,
    #[serde(default)]
    term: u64,
    replication: String,
    #[serde(default)]
    clients: String,
}

/// More is not read.
pub(super) const LONGEST: usize = 16 * 1024;

/// For the znode whose name ends with these digits.
pub(super) fn write(said: &Announcement, digits: &str) -> Vec<u8> {
    let record = Record {
        id: said.name.clone(),
        container: said.container.clone(),
        address: said.is_master.then(|| said.replication.clone()),
        position: i64::try_from(said.position).unwrap_or(i64::MAX),
        weight: said.weight,
        elected: said.is_master.then(|| digits.to_owned()),
        node: said.node,
        member: said.member.clone(),
        term: said.term,
        replication: said.replication.clone(),
        clients: said.clients.clone(),
    };
    // Numbers and texts alone: it cannot fail.
    serde_json::to_vec(&record).unwrap_or_default()
}

/// # Errors
/// Why it is none.
pub(super) fn read(bytes: &[u8]) -> Result<Announcement, String> {
    if bytes.len() > LONGEST {
        return Err(format!("{} bytes are too many", bytes.len()));
    }
    let record: Record = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    Ok(Announcement {
        name: record.id,
        container: record.container,
        node: record.node,
        member: record.member,
        is_master: record.elected.is_some(),
        replication: record.replication,
        clients: record.clients,
        weight: record.weight,
        term: record.term,
        position: u64::try_from(record.position).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> Announcement {
        Announcement {
            name: "broker".into(),
            node: u64::MAX,
            member: "one".into(),
            replication: "tcp://a:61619".into(),
            clients: "tcp://a:61616".into(),
            weight: 7,
            term: 3,
            position: 12,
            is_master: true,
            ..Announcement::default()
        }
    }

    #[test]
    fn an_announcement_reads_back_as_it_was_written() {
        for is_master in [true, false] {
            let said = Announcement { is_master, ..said() };
            assert_eq!(read(&write(&said, "0000000004")), Ok(said));
        }
    }

    /// Scripts look for `elected` and `address` that are not null.
    #[test]
    fn the_master_is_seen_as_in_replicated_level_db() {
        let text = String::from_utf8(write(&said(), "0000000004")).unwrap();
        assert!(text.starts_with(
            r#"{"id":"broker","container":null,"address":"tcp://a:61619","position":12,"weight":7,"elected":"0000000004","#
        ), "{text}");
        let slave = Announcement { is_master: false, ..said() };
        let text = String::from_utf8(write(&slave, "0000000004")).unwrap();
        assert!(text.contains(r#""address":null"#) && text.contains(r#""elected":null"#), "{text}");
    }

    #[test]
    fn what_is_no_announcement_is_told_and_what_is_not_known_passed_over() {
        let more =
            br#"{"id":"b","node":1,"member":"one","replication":"tcp://a:1","new":{"x":[1]}}"#;
        assert_eq!(read(more).unwrap().node, 1);
        let theirs = br#"{"id":"b","container":null,"address":null,"position":-1,"weight":1,"elected":null}"#;
        assert!(read(theirs).unwrap_err().contains("node"));
        for garbage in [&b""[..], b"\xff\xfe", b"{", b"[]", b"null", b"{\"id\":5}"] {
            assert!(read(garbage).is_err());
        }
        assert!(read(&vec![b' '; LONGEST + 1]).unwrap_err().contains("too many"));
        let deep = "[".repeat(10_000);
        assert!(read(deep.as_bytes()).is_err());
    }
}
