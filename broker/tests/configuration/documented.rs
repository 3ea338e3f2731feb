//! The examples of `docs/configuration.md`: what is said to run, runs.

use std::{fs, path::Path};

use relaismq_broker::{BrokerConfig, Persistence, Properties};

use crate::run;

#[test]
fn every_example_of_the_page_that_is_said_to_run_runs() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = page.split("```xml\n").skip(1).filter_map(|rest| rest.split_once("```\n"));
    let mut ran = 0;
    for (xml, behind) in blocks {
        let said_to_run = !behind.trim_start().starts_with("It is refused");
        let loaded = BrokerConfig::from_xml("activemq.xml", xml, Properties::default());
        assert_eq!(loaded.is_ok(), said_to_run, "{xml}");
        let Ok(loaded) = loaded else { continue };
        let mut config = loaded.config;
        let folder = tempfile::tempdir().unwrap();
        match &mut config.persistence {
            Persistence::Directory(directory) => folder.path().clone_into(&mut directory.directory),
            Persistence::Memory => {}
            // Needs a server.
            Persistence::Database(_) | Persistence::Replicated(_) => continue,
        }
        run(config);
        ran += 1;
    }
    assert_eq!(ran, 4);
}
