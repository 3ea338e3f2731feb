//! How much memory and disk may be used.

use relaismq_options::{Kind, Row};

use crate::config::xml::rows::{NAME, TUNING, idle, later, refused};
use crate::{
    config::xml::{draft::Draft, reader::Element},
    engine::WhenFull,
};

/// ActiveMQ's own schema has the element twice, as a property and as its value. People leave one of
/// them out.
pub(super) static SYSTEM_USAGE: Element = Element {
    attributes: ATTRIBUTES,
    children: &[&INNER, &MEMORY, &STORE, &TEMP, &JOBS],
    leave: |reader, node| {
        if node.children().any(|it| it.is_element() && it.tag_name().name() != "systemUsage") {
            let what = "one <systemUsage> instead of two is read, and refused by ActiveMQ";
            reader.warn(node.range().start, "systemUsage", what, "");
        }
    },
    ..Element::read("systemUsage", "How much memory and disk may be used.")
};

static INNER: Element = Element {
    attributes: ATTRIBUTES,
    children: &[&MEMORY, &STORE, &TEMP, &JOBS],
    ..Element::read("systemUsage", "The same.")
};

const ATTRIBUTES: &[Row<Draft>] = &[
    Row {
        name: "sendFailIfNoSpace",
        kind: Kind::Bool(|o, v| {
            o.settings.when_full = if v { WhenFull::Refuse } else { WhenFull::Wait }
        }),
        default: "false",
        doc: "Refuse what there is no room for, instead of letting its sender wait.",
    },
    later(
        "sendFailIfNoSpaceAfterTimeout",
        "0",
        "Refuse it after a while. Either wait, or refuse at once with sendFailIfNoSpace=\"true\".",
    ),
    NAME,
    idle("checkLimitsLogLevel", TUNING),
];

static MEMORY: Element = Element {
    attributes: MEMORY_ATTRIBUTES,
    children: &[&Element { attributes: MEMORY_ATTRIBUTES, ..Element::read("memoryUsage", "") }],
    ..Element::read("memoryUsage", "Memory of messages that wait.")
};
const MEMORY_ATTRIBUTES: &[Row<Draft>] = &[
    Row {
        name: "limit",
        kind: Kind::Size(|o, v| o.settings.memory_bytes = usize::try_from(v).unwrap_or(usize::MAX)),
        default: "32mb",
        doc: "Bytes of messages that wait in memory, of all destinations together; further ones wait in the store.",
    },
    idle(
        "percentOfJvmHeap",
        "there is no Java heap; limit=\"64 mb\" or --memory-limit sets the memory of messages",
    ),
    idle("percentUsageMinDelta", TUNING),
    NAME,
    idle("usagePortion", TUNING),
];

static STORE: Element = Element {
    attributes: STORE_ATTRIBUTES,
    children: &[&Element { attributes: STORE_ATTRIBUTES, ..Element::read("storeUsage", "") }],
    ..Element::read("storeUsage", "Room for messages that are kept.")
};
const STORE_ATTRIBUTES: &[Row<Draft>] = &[
    Row {
        name: "limit",
        kind: Kind::Size(|o, v| o.store_limit = Some(v)),
        default: "",
        doc: "Bytes that the store may have, at least 16mb in a directory; unset: the disk. In memory: 1gb.",
    },
    refused("percentLimit", "A part of the disk. Write limit=\"10 gb\"."),
    refused("total", "What percentLimit is a part of. Write limit=\"10 gb\"."),
    NAME,
    idle("percentUsageMinDelta", TUNING),
];

static TEMP: Element = Element::noted(
    "tempUsage",
    "there is no temporary store: what does not fit in memory waits in the store, whose limit holds",
);
static JOBS: Element = Element::noted("jobSchedulerUsage", "messages are not delivered later");
