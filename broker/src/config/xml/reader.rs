//! Walks a tree by the tables of elements and attributes.

use std::collections::{BTreeMap, BTreeSet};

use relaismq_options::{Kind, Refusal, Row, closest, find};
use roxmltree::{Attribute, Document, Node};

use super::{document::place, draft::Draft};
use crate::config::{
    BrokerConfig,
    finding::{Finding, Refused, Weight},
    properties::{Properties, Unresolved, marker},
};

/// An element of the configuration: a row of the tables.
#[derive(Debug)]
pub(in crate::config) struct Element {
    /// As written, without prefix.
    pub(in crate::config) name: &'static str,
    /// What becomes of it.
    pub(in crate::config) standing: Stands,
    pub(in crate::config) attributes: &'static [Row<Draft>],
    pub(in crate::config) children: &'static [&'static Self],
    /// What it is for.
    pub(in crate::config) doc: &'static str,
    pub(super) enter: fn(&mut Draft),
    pub(super) leave: for<'a> fn(&mut Reader<'a>, Node<'a, 'a>),
}

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) enum Stands {
    /// It is read.
    Read,
    /// It is passed over with everything in it, for this reason.
    Noted(&'static str),
    /// It is refused; what to do instead.
    Refused(&'static str),
    /// It is read by whoever names it.
    Elsewhere,
}

impl Element {
    /// One that is read and says nothing by itself.
    pub(super) const fn read(name: &'static str, doc: &'static str) -> Self {
        let leave: for<'a> fn(&mut Reader<'a>, Node<'a, 'a>) = |_, _| {};
        let standing = Stands::Read;
        Self { name, standing, attributes: &[], children: &[], doc, enter: |_| {}, leave }
    }

    /// One that is passed over.
    pub(super) const fn noted(name: &'static str, reason: &'static str) -> Self {
        Self { standing: Stands::Noted(reason), ..Self::read(name, "") }
    }

    /// One that is refused.
    pub(super) const fn refused(
        name: &'static str,
        doc: &'static str,
        remedy: &'static str,
    ) -> Self {
        Self { standing: Stands::Refused(remedy), ..Self::read(name, doc) }
    }
}

/// A configuration, and what there was to say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// What to run.
    pub config: BrokerConfig,
    /// Warnings, in the order of the file.
    pub warnings: Vec<Finding>,
}

/// What is said is enough to begin with.
const MOST_FINDINGS: usize = 500;

/// A file that is being read.
pub(super) struct Reader<'a> {
    file: String,
    text: &'a str,
    pub(super) draft: Draft,
    pub(super) findings: Vec<Finding>,
    pub(super) properties: Properties,
    /// By their ids.
    pub(super) beans: BTreeMap<&'a str, Node<'a, 'a>>,
    /// Where those stand that somebody has named.
    pub(super) used: BTreeSet<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &str, text: &'a str, properties: Properties) -> Self {
        Self {
            file: file.to_owned(),
            text,
            draft: Draft::default(),
            findings: Vec::new(),
            properties,
            beans: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    /// Every bean that has an id, wherever it stands.
    pub(super) fn collect_beans(&mut self, document: &'a Document<'a>) {
        for node in document.descendants().filter(|it| it.has_tag_name_local("bean")) {
            if let Some(id) = node.attribute("id").or_else(|| node.attribute("name")) {
                self.beans.insert(id, node);
            }
        }
    }

    /// Reads an element and everything in it.
    pub(super) fn read(&mut self, node: Node<'a, 'a>, element: &'static Element) {
        match element.standing {
            Stands::Noted(reason) => {
                return self.warn(node.range().start, element.name, reason, "");
            }
            Stands::Refused(remedy) => {
                let what = if element.doc.is_empty() { "not supported" } else { element.doc };
                return self.refuse(node.range().start, element.name, what, remedy);
            }
            Stands::Elsewhere => return,
            Stands::Read => {}
        }
        if self.is_full() {
            return;
        }
        (element.enter)(&mut self.draft);
        for attribute in node.attributes().filter(is_ours) {
            self.attribute(element, &attribute);
        }
        for child in node.children() {
            self.child(child, element);
        }
        (element.leave)(self, node);
    }

    fn child(&mut self, child: Node<'a, 'a>, within: &'static Element) {
        if child.is_text() {
            let stray = child.text().map(str::trim).unwrap_or_default();
            if !stray.is_empty() {
                let shown: String = stray.chars().take(40).collect();
                let what = format!("the text `{shown}` between elements says nothing");
                self.warn(child.range().start, within.name, &what, "leave it out");
            }
        }
        if !child.is_element() || self.is_full() {
            return;
        }
        let name = child.tag_name().name();
        match within.children.iter().find(|known| known.name == name) {
            Some(known) => self.read(child, known),
            None => self.unknown_element(child, within),
        }
    }

    fn unknown_element(&mut self, child: Node<'a, 'a>, within: &'static Element) {
        let name = child.tag_name().name();
        let at = child.range().start;
        if find(within.attributes, name).is_some() {
            let remedy = format!("write it as an attribute: <{} {name}=\"…\">", within.name);
            return self.refuse(at, name, "an attribute, written as an element", &remedy);
        }
        let names = within.children.iter().map(|known| known.name);
        let remedy = match closest(name, names) {
            Some(known) => format!("did you mean <{known}>?"),
            None => "leave it out; docs/configuration.md lists what is known".to_owned(),
        };
        self.refuse(at, name, &format!("not known in <{}>", within.name), &remedy);
    }

    fn attribute(&mut self, element: &'static Element, attribute: &Attribute<'a, 'a>) {
        let at = attribute.range().start;
        self.set(element.name, element.attributes, (attribute.name(), attribute.value()), at);
    }

    /// Sets what an attribute, or a property of a bean, says.
    pub(super) fn set(
        &mut self,
        subject: &str,
        rows: &'static [Row<Draft>],
        (name, raw): (&str, &str),
        at: usize,
    ) {
        let subject =
            if subject.is_empty() { name.to_owned() } else { format!("{subject} {name}") };
        let Some((_, row)) = find(rows, name) else {
            let names = rows.iter().map(|row| row.name);
            let remedy = match closest(name, names) {
                Some(known) => format!("did you mean {known}?"),
                None => "leave it out; docs/configuration.md lists what is known".to_owned(),
            };
            return self.refuse(at, &subject, "not known", &remedy);
        };
        let Some(value) = self.complete(&subject, raw, at) else { return };
        let secret = matches!(row.kind, Kind::Secret(_));
        let value = if secret { value.as_str() } else { value.trim() };
        match row.kind.apply(&mut self.draft, value) {
            Ok(None) => {}
            Ok(Some(reason)) if matches!(row.kind, Kind::Partly(..)) => {
                self.warn(at, &subject, &format!("honoured in part: {reason}"), "");
            }
            Ok(Some(reason)) => self.warn(at, &subject, &format!("has no effect: {reason}"), ""),
            Err(refusal) => self.bad(at, &subject, row, value, refusal),
        }
    }

    fn bad(&mut self, at: usize, subject: &str, row: &Row<Draft>, value: &str, refusal: Refusal) {
        let shown = if matches!(row.kind, Kind::Secret(_)) { "***" } else { value };
        match refusal {
            Refusal::Bad(expected) => {
                let what = format!("cannot be `{shown}`");
                self.refuse(at, subject, &what, &format!("expected {expected}"));
            }
            Refusal::Unfit(hint) => {
                self.refuse(at, subject, &format!("cannot be `{shown}`"), &hint);
            }
            Refusal::Later(honoured) => {
                let what = format!("not built yet ({})", row.doc.trim_end_matches('.'));
                let remedy = match honoured {
                    Some(honoured) => {
                        format!("leave it out, or write {}=\"{honoured}\"", row.name)
                    }
                    None => "leave it out".to_owned(),
                };
                self.refuse(at, subject, &what, &remedy);
            }
        }
    }

    /// A value with its placeholders filled in; nothing if that cannot be done, which is told.
    pub(super) fn complete(&mut self, subject: &str, raw: &str, at: usize) -> Option<String> {
        match self.properties.complete(raw) {
            Ok(value) => match marker(&value) {
                Some(marker) => {
                    let what = format!("{marker} was not filled in");
                    self.refuse(at, subject, &what, "write what it stands for");
                    None
                }
                None => Some(value),
            },
            Err(Unresolved::Name(name)) => {
                let bare = name.trim_start_matches("${").trim_end_matches('}').to_owned();
                let remedy = format!(
                    "say it with -D {bare}=VALUE, in the environment, or as ${{{bare}:DEFAULT}}"
                );
                self.refuse(at, subject, &format!("nobody says what {name} is"), &remedy);
                None
            }
            Err(Unresolved::Endless(name)) => {
                let what = format!("{name} leads back to itself, or becomes too long");
                self.refuse(at, subject, &what, "say plainly what it is");
                None
            }
        }
    }

    pub(super) fn warn(&mut self, at: usize, element: &str, what: &str, remedy: &str) {
        self.note(Weight::Warning, at, element, what, remedy);
    }

    pub(super) fn refuse(&mut self, at: usize, element: &str, what: &str, remedy: &str) {
        self.note(Weight::Error, at, element, what, remedy);
    }

    fn note(&mut self, weight: Weight, at: usize, element: &str, what: &str, remedy: &str) {
        if self.is_full() {
            return;
        }
        let full = self.findings.len() == MOST_FINDINGS;
        let weight = if full { Weight::Error } else { weight };
        let what = if full { "there is more to say than is listed" } else { what };
        let at = place(self.text, at);
        self.findings.push(Finding {
            weight,
            file: self.file.clone(),
            line: at.row,
            column: at.col,
            element: element.to_owned(),
            what: what.to_owned(),
            remedy: remedy.to_owned(),
        });
    }

    /// The end.
    pub(super) fn done(mut self, config: BrokerConfig) -> Result<Loaded, Refused> {
        self.findings.sort_by_key(|it| (it.line, it.column));
        if self.is_refused() {
            return Err(Refused { findings: self.findings });
        }
        Ok(Loaded { config, warnings: self.findings })
    }

    fn is_full(&self) -> bool {
        self.findings.len() > MOST_FINDINGS
    }

    pub(super) fn is_refused(&self) -> bool {
        self.findings.iter().any(|it| it.weight == Weight::Error)
    }
}

/// Where schemas are, and what Spring calls a bean, is nobody's setting.
fn is_ours(attribute: &Attribute<'_, '_>) -> bool {
    attribute.namespace().is_none()
        && !matches!(attribute.name(), "id" | "depends-on" | "lazy-init")
}

/// The prefix of an element says nothing: people write `amq:broker`, `broker`, or both.
pub(super) trait Local {
    fn has_tag_name_local(&self, name: &str) -> bool;
}

impl Local for Node<'_, '_> {
    fn has_tag_name_local(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}
