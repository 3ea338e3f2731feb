//! Rows that many tables have.

use relaismq_options::{Kind, Row};

use super::{
    draft::Draft,
    reader::{Element, Stands},
};

/// Known to ActiveMQ and not built; only the value that asks for what is done anyway is taken.
pub(super) const fn later(
    name: &'static str,
    honoured: &'static str,
    doc: &'static str,
) -> Row<Draft> {
    Row { name, kind: Kind::Later(Some(honoured)), default: honoured, doc }
}

/// The same, without such a value.
pub(super) const fn refused(name: &'static str, doc: &'static str) -> Row<Draft> {
    Row { name, kind: Kind::Later(None), default: "", doc }
}

/// Passed over.
pub(super) const fn idle(name: &'static str, reason: &'static str) -> Row<Draft> {
    Row { name, kind: Kind::NoEffect(reason), default: "", doc: "" }
}

/// Passed over, and not worth a word with the value that says what is so anyway.
pub(super) const fn unneeded(
    name: &'static str,
    usual: &'static str,
    reason: &'static str,
) -> Row<Draft> {
    Row { name, kind: Kind::Unneeded(usual, reason), default: usual, doc: "" }
}

pub(super) const JVM: &str = "it concerns the Java virtual machine";
pub(super) const TUNING: &str = "it tunes the inside of ActiveMQ";
pub(super) const CURSOR: &str =
    "what does not fit in memory waits in the store, whatever kind of cursor is asked for";

/// A bean: looked at by whoever names it.
pub(super) static BEAN: Element =
    Element { standing: Stands::Elsewhere, ..Element::read("bean", "Something that others name.") };

/// A name that nobody is told.
pub(super) const NAME: Row<Draft> = Row {
    name: "name",
    kind: Kind::Text(|_, _| {}),
    default: "",
    doc: "For people; nobody is told it.",
};

pub(super) const UNUSED: &str = "a destination that nobody uses costs next to nothing and stays";
