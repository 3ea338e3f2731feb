//! Options of `mock:`, which has faults on purpose.

use relaismq_options::{Kind, Row};

use crate::options::{Faults, TransportOptions};

/// Options behind the closing parenthesis of `mock:(…)`.
pub(in crate::uri) const MOCK: &[Row<TransportOptions>] = &[
    Row {
        name: "refuseFirst",
        kind: Kind::Count(0, u32::MAX, |o, v| faults(o).refuse_first = v),
        default: "0",
        doc: "So many attempts to connect are refused first.",
    },
    Row {
        name: "cutAfter",
        kind: Kind::Millis(|o, v| faults(o).cut_after = Some(v)),
        default: "",
        doc: "How long each link lasts.",
    },
    Row {
        name: "cutAfterBytes",
        kind: Kind::Bytes(|o, v| faults(o).cut_after_bytes = Some(v)),
        default: "",
        doc: "How many bytes each link brings from the broker before it is cut.",
    },
    Row {
        name: "stallAfter",
        kind: Kind::Millis(|o, v| faults(o).stall_after = Some(v)),
        default: "",
        doc: "How long each link works; then it takes and brings nothing, and stays open.",
    },
];

fn faults(options: &mut TransportOptions) -> &mut Faults {
    options.faults.get_or_insert_default()
}
