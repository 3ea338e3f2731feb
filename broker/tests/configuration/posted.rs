//! Files that people posted, reduced to their elements, with names, hosts and passwords replaced.
//!
//! `data/activemq-xml/answers.txt` has for each what there is to say about it, in the order of the
//! file: `RELAISMQ_WRITE_ANSWERS=1` writes it anew, to be read before it is kept.

use std::{collections::BTreeMap, fs, path::PathBuf};

use relaismq_broker::{
    BrokerConfig, DirectoryConfig, Finding, Loaded, Persistence, Properties, Refused, Weight,
};

use crate::{is_inside, run};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/activemq-xml")
}

fn files() -> Vec<String> {
    let names = fs::read_dir(folder()).unwrap().map(|it| it.unwrap().file_name());
    let names = names.map(|it| it.to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|it| it.ends_with(".xml")).collect();
    names.sort();
    names
}

/// As ActiveMQ's start script sets them; others are set by whoever has such a file.
fn load(name: &str, more: &[(&str, &str)]) -> Result<Loaded, Refused> {
    let properties = more.iter().fold(Properties::default(), |all, (n, v)| all.given(*n, *v));
    BrokerConfig::load(&folder().join(name).display().to_string(), properties)
}

fn line(finding: &Finding) -> String {
    let weight = match finding.weight {
        Weight::Warning => "warning",
        Weight::Error => "error",
    };
    format!("  {}:{} {weight} {}\n", finding.line, finding.column, finding.element)
}

fn answer(name: &str) -> String {
    let (verdict, findings) = match load(name, &[]) {
        Ok(loaded) => ("runs", loaded.warnings),
        Err(refused) => ("refused", refused.findings),
    };
    let lines: String = findings.iter().map(line).collect();
    format!("{name} {verdict}\n{lines}")
}

#[test]
fn every_posted_file_gets_its_answer_at_the_right_line() {
    let path = folder().join("answers.txt");
    let names = files();
    assert_eq!(names.len(), 44);
    let said: String = names.iter().map(|name| answer(name)).collect();
    if std::env::var_os("RELAISMQ_WRITE_ANSWERS").is_some() {
        fs::write(&path, &said).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap();
    for (said, expected) in said.lines().zip(expected.lines()) {
        assert_eq!(said, expected);
    }
    assert_eq!(said.lines().count(), expected.lines().count());
}

/// The reason for each that is refused, in words.
#[test]
fn every_refused_file_is_refused_for_its_reason() {
    let reasons = BTreeMap::from([
        ("01.xml", "users are not checked yet"),
        ("03.xml", "${activemq.brokername}"),
        ("04.xml", "there is no bean mysql-ds"),
        ("06.xml", "a topic for each queue"),
        ("07.xml", "#{env.persistent_dir}"),
        ("09.xml", "users are not checked yet"),
        ("12.xml", "networks of brokers"),
        ("13.xml", "a dead letter queue for each destination"),
        ("14.xml", "old messages for new subscribers"),
        ("18.xml", "%replic.num%"),
        ("19.xml", "networks of brokers"),
        ("21.xml", "a journal in front of a database"),
        ("22.xml", "there is no bean postgres-ds"),
        ("23.xml", "rights are not checked yet"),
        ("24.xml", "$aq{user.home}"),
        ("26.xml", "changing when messages expire"),
        ("27.xml", "plugins of Java"),
        ("28.xml", "plugins of Java"),
        ("31.xml", "there is no bean mysql-ds"),
        ("32.xml", "networks of brokers"),
        ("33.xml", "there is no bean postgres-ds"),
        ("34.xml", "users are not checked yet"),
        ("36.xml", "networks of brokers"),
        ("37.xml", "this connector needs a certificate"),
        ("38.xml", "a dead letter queue for each destination"),
        ("39.xml", "redelivery by the broker"),
        ("41.xml", "destinations that lead to others"),
        ("42.xml", "write prefix=\"Consumer.*.\""),
        ("46.xml", "networks of brokers"),
        ("47.xml", "sendFailIfNoSpaceAfterTimeout"),
        ("48.xml", "throwing dead letters away"),
        ("49.xml", "${ipaddress}"),
        ("51.xml", "there is no bean mysql-ds"),
        ("52.xml", "there is no bean mysql-ds"),
        ("53.xml", "several stores side by side"),
        ("54.xml", "several stores side by side"),
    ]);
    for name in files() {
        match (load(&name, &[]), reasons.get(name.as_str())) {
            (Err(refused), Some(reason)) => {
                let said = refused.to_string();
                assert!(said.contains(reason), "{name}: {said}");
                let errors = refused.findings.iter().filter(|it| it.weight == Weight::Error);
                errors.for_each(|it| assert!(!it.remedy.is_empty(), "{name}: {it}"));
            }
            (Ok(_), None) => {}
            (Ok(_), Some(_)) => panic!("{name} is accepted"),
            (Err(refused), None) => panic!("{name} is refused: {refused}"),
        }
    }
}

#[test]
fn every_accepted_file_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    // What Karaf sets for such files, and what Java is told where a file has no <sslContext>.
    let given = [
        ("activemq.data", path.as_str()),
        ("data", &path),
        ("activemq.brokername", "b"),
        ("javax.net.ssl.keyStore", "broker.p12"),
    ];
    let accepted: Vec<_> = files().into_iter().filter(|it| load(it, &given).is_ok()).collect();
    let expected = [
        "02.xml", "03.xml", "08.xml", "11.xml", "16.xml", "17.xml", "29.xml", "37.xml", "43.xml",
        "44.xml",
    ];
    assert_eq!(accepted, expected);
    for name in accepted {
        let mut config = load(&name, &given).unwrap().config;
        if name == "44.xml" {
            // It names no folder, and would make one where the test runs.
            assert!(config.settings.prioritized.has("any"));
            let directory = DirectoryConfig::new(folder.path().join("default"));
            config.persistence = Persistence::Directory(directory);
        }
        assert!(is_inside(&config, folder.path()), "{name}: {config:?}");
        run(config);
    }
}
