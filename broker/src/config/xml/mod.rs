//! Reads ActiveMQ's XML, as people have it.
//!
//! ```text
//! document     from text to a tree, within bounds
//! reader       walks it by the tables; table: every element and attribute there is; rows: what they share
//! draft        what has been read so far; finish: a configuration of it
//! beans        Spring's beans and where placeholders come from; source: a database of one
//! connector    the URI of a connector; uri: brokers without XML
//! catalogue    the tables, for the documentation
//! ```

mod beans;
mod catalogue;
mod connector;
mod document;
mod draft;
mod finish;
mod reader;
mod rows;
mod source;
mod table;
mod uri;

use roxmltree::Node;

pub use self::catalogue::{ElementDoc, SettingPlace, catalogue};
pub use self::reader::Loaded;
pub(super) use self::{
    beans::read as read_file,
    uri::{read_properties, read_uri},
};
use self::{
    reader::{Local as _, Reader},
    table::{BEANS, BROKER},
};
use super::{finding::Refused, properties::Properties};

/// Reads a text; `file` is how messages call it.
pub(super) fn read(file: &str, text: &str, properties: Properties) -> Result<Loaded, Refused> {
    let document =
        document::parse(file, text).map_err(|finding| Refused { findings: vec![finding] })?;
    let mut reader = Reader::new(file, text, properties);
    reader.collect_beans(&document);
    for node in document.descendants().filter(beans::is_placeholders) {
        reader.used.insert(node.range().start);
        beans::placeholders(&mut reader, node);
    }
    let root = document.root_element();
    let broker = broker(&mut reader, root);
    match root.tag_name().name() {
        "broker" => reader.read(root, &BROKER),
        "beans" => reader.read(root, &BEANS),
        _ => {}
    }
    idle_beans(&mut reader, root);
    let config = finish::finish(&mut reader, broker.unwrap_or(root).range().start);
    reader.done(config)
}

/// The one broker of the file.
fn broker<'a>(reader: &mut Reader<'a>, root: Node<'a, 'a>) -> Option<Node<'a, 'a>> {
    let name = root.tag_name().name();
    let at = root.range().start;
    if !matches!(name, "broker" | "beans") {
        let remedy = match name {
            "persistenceAdapter" | "transportConnectors" | "plugins" | "destinationPolicy" => {
                "put it into <broker xmlns=\"http://activemq.apache.org/schema/core\">…</broker>"
            }
            _ => "name the file with <broker>",
        };
        reader.refuse(at, name, "not a configuration of ActiveMQ", remedy);
        return None;
    }
    let mut brokers = root.descendants().filter(|it| it.has_tag_name_local("broker"));
    let first = brokers.next();
    if first.is_none() {
        reader.refuse(at, "beans", "there is no <broker>", "add one, or name the file that has it");
    }
    if let Some(second) = brokers.next() {
        let what = "a second broker in one file";
        reader.refuse(second.range().start, "broker", what, "start a process for each");
    }
    first
}

/// Beans that nobody names do nothing here.
fn idle_beans<'a>(reader: &mut Reader<'a>, root: Node<'a, 'a>) {
    let top = root.children().chain(
        root.children().filter(|it| it.has_tag_name_local("broker")).flat_map(|it| it.children()),
    );
    for bean in top.filter(|it| it.has_tag_name_local("bean")) {
        let at = bean.range().start;
        if !reader.used.contains(&at) {
            let name = bean.attribute("id").or_else(|| bean.attribute("class")).unwrap_or_default();
            reader.warn(
                at,
                &format!("bean {name}"),
                "has no effect: nothing that is read names it",
                "",
            );
        }
    }
}

#[cfg(test)]
mod tests;
