//! Documents that are made from the code, held against it.
//!
//! `RELAISMQ_WRITE_DOCUMENTS=1 cargo test -p relaismq-tests --test documents` writes them anew.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail like this")]

mod configuration;
mod failover;
mod observing;
mod uris;

use std::{fs, path::Path};

#[test]
fn the_page_on_uris_has_every_option_as_the_code_has_it() {
    compare("docs/uris.md", &uris::page());
}

#[test]
fn the_page_on_configuration_has_every_element_and_attribute_as_the_code_has_it() {
    compare("docs/configuration.md", &configuration::page());
}

#[test]
fn the_page_on_observing_has_every_figure_as_the_code_has_it() {
    compare("docs/observing.md", &observing::page());
}

#[test]
fn every_test_that_the_page_on_failover_names_exists() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/failover.md");
    let named = failover::named_tests(&fs::read_to_string(path).unwrap());
    assert!(named.len() > 100, "{}", named.len());
    let functions = failover::functions();
    let missing: Vec<_> = named.difference(&functions).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

fn compare(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    if std::env::var_os("RELAISMQ_WRITE_DOCUMENTS").is_some() {
        fs::write(&path, made).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    if written != made {
        let line = written.lines().zip(made.lines()).find(|(written, made)| written != made);
        panic!(
            "{name} is not what the code says: write it anew with \
             RELAISMQ_WRITE_DOCUMENTS=1 cargo test -p relaismq-tests --test documents\n{line:#?}"
        );
    }
}
