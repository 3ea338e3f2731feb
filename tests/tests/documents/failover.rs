//! The page on failover names tests; here, that they exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Names in the last column of the tables that are numbered.
pub(crate) fn named_tests(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter(|line| {
        line.strip_prefix("| ").is_some_and(|row| row.starts_with(|c: char| c.is_ascii_digit()))
    });
    let cells = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit(" | ").next());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

/// Every function that is a test, or a scenario that is run on several brokers.
pub(crate) fn functions() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeSet::new();
    let mut folders: Vec<PathBuf> =
        ["client", "tests/tests"].map(|folder| root.join(folder)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                note(&fs::read_to_string(path).unwrap(), &mut found);
            }
        }
    }
    found
}

fn note(code: &str, found: &mut BTreeSet<String>) {
    let lines = code.lines().map(str::trim_start);
    let signatures =
        lines.filter_map(|line| line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn "));
    found.extend(signatures.filter_map(|line| line.split('(').next()).map(str::to_owned));
}
