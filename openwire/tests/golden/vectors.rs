//! Reading vector files, and reporting what fails in them.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use serde_json::Value;

/// Failures shown in full; the others are counted.
const SHOWN: usize = 5;

pub(crate) type Case = Value;

fn folder() -> PathBuf {
    std::env::var_os("OPENWIRE_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors"), PathBuf::from)
}

/// Runs `check` on every case of `name.jsonl.gz` and fails with the first failures.
pub(crate) fn check_file(name: &str, mut check: impl FnMut(&Case) -> Result<(), String>) {
    let mut failures = Vec::new();
    let total = run(&folder().join(name).with_extension("jsonl.gz"), &mut failures, &mut check);
    report(total, &failures);
}

/// As [`check_file`], for all files of a folder.
pub(crate) fn check_folder(name: &str, mut check: impl FnMut(&Case) -> Result<(), String>) {
    let mut failures = Vec::new();
    let mut files: Vec<_> =
        folder().join(name).read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let total = files.iter().map(|file| run(file, &mut failures, &mut check)).sum();
    report(total, &failures);
}

fn run(
    file: &Path,
    failures: &mut Vec<String>,
    check: &mut impl FnMut(&Case) -> Result<(), String>,
) -> usize {
    let opened = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut total = 0;
    for line in BufReader::new(GzDecoder::new(opened)).lines() {
        total += 1;
        let case: Case = serde_json::from_str(&line.unwrap()).unwrap();
        if let Err(failure) = check(&case) {
            failures.push(format!("{}:{total}: {}{failure}", file.display(), title(&case)));
        }
    }
    total
}

fn title(case: &Case) -> String {
    ["type", "case", "stream", "desc", "kind", "version", "tight", "cache", "stack_trace", "expect"]
        .iter()
        .filter_map(|key| case.get(key).map(|value| format!("{key}={value} ")))
        .collect()
}

fn report(total: usize, failures: &[String]) {
    let shown: Vec<String> =
        failures.iter().take(SHOWN).map(|failure| failure.chars().take(2_000).collect()).collect();
    assert!(total > 0, "no cases");
    assert!(failures.is_empty(), "{} of {total} failed:\n{}", failures.len(), shown.join("\n"));
}

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).unwrap();
    hex.trim()
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).unwrap())
        .collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a hexadecimal field.
pub(crate) fn bytes_of(case: &Case, key: &str) -> Vec<u8> {
    bytes(case[key].as_str().unwrap_or_else(|| panic!("no {key}")))
}

pub(crate) fn flag(case: &Case, key: &str) -> bool {
    case[key].as_bool().unwrap_or_default()
}

pub(crate) fn same(what: &str, found: &[u8], expected: &[u8]) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}\n  found    {}\n  expected {}", hex(found), hex(expected)))
}
