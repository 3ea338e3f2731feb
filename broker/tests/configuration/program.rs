//! The program itself.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

const BROKER: &str = env!("CARGO_BIN_EXE_relaismq-broker");

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// Nothing of the environment says what a placeholder is.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(BROKER);
    command.args(arguments).env_clear();
    command
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

const STOCK: &str = "<beans><broker brokerName=\"stock\" dataDirectory=\"${activemq.data}\">
  <persistenceAdapter><kahaDB directory=\"${activemq.data}/kahadb\"/></persistenceAdapter>
  <managementContext/>
  <transportConnectors>
    <transportConnector uri=\"tcp://127.0.0.1:0?maximumConnections=7\"/>
  </transportConnectors>
</broker><import resource=\"jetty.xml\"/></beans>";

#[test]
fn check_prints_what_would_run_and_what_there_is_to_say_about_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "conf/activemq.xml", STOCK);
    for location in [path.clone(), format!("xbean:{path}"), format!("xbean:file:{path}")] {
        let (status, out, err) = run(&["--check", "--config", &location]);
        assert_eq!(status, Some(0), "{err}");
        let kahadb = folder.path().join("data/kahadb");
        for part in ["broker stock", "7 connections", kahadb.to_str().unwrap()] {
            assert!(out.contains(part), "{part}: {out}");
        }
        assert!(err.contains("conf/activemq.xml:3:3: managementContext: there is no JMX"), "{err}");
        assert!(err.contains("conf/activemq.xml:7:10: import: other files are not read"), "{err}");
    }
    assert!(!folder.path().join("data").exists(), "a check changes nothing");
}

#[test]
fn check_of_what_cannot_run_prints_every_reason_and_exits_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let xml =
        "<broker>\n<plugins>\n<jaasAuthenticationPlugin/>\n</plugins>\n<persistent/></broker>";
    let path = file(folder.path(), "activemq.xml", xml);
    let (status, out, err) = run(&["--check", "--config", &path]);
    assert_eq!((status, out.as_str()), (Some(1), ""));
    assert!(err.contains("error: ") && err.contains("activemq.xml:3:1: jaasAuth"), "{err}");
    assert!(err.ends_with("activemq.xml cannot be run: 2 errors\n"), "{err}");
    assert!(err.contains("write it as an attribute: <broker persistent=\"…\">"), "{err}");
    let (status, _, err) = run(&["--config", "/nowhere/activemq.xml"]);
    assert_eq!(status, Some(1));
    assert!(err.contains("/nowhere/activemq.xml:1:1: cannot be read"), "{err}");
}

#[test]
fn the_command_line_wins_over_the_file_and_fills_it_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "activemq.xml", STOCK);
    let arguments = [
        "--check",
        "--config",
        &path,
        "-D",
        "activemq.data=/elsewhere",
        "--name",
        "mine",
        "--listen",
        "tcp://127.0.0.1:1",
        "--max-connections",
        "9",
        "--memory-limit",
        "1 gb",
        "--dead-letter-queue",
        "DEAD",
        "--fail-if-locked",
    ];
    let (status, out, err) = run(&arguments);
    assert_eq!(status, Some(0), "{err}");
    let expected = [
        "broker mine",
        "/elsewhere/kahadb",
        "tcp://127.0.0.1:1",
        "9 connections",
        "1 GB",
        "dead letters go to DEAD",
        "this one ends",
    ];
    expected.iter().for_each(|part| assert!(out.contains(part), "{part}: {out}"));
}

#[test]
fn brokers_without_a_file_are_read_from_their_uri_or_properties() {
    let uri = "broker:(tcp://127.0.0.1:0,stomp://127.0.0.1:1)/mine?persistent=false&useJmx=false";
    let (status, out, err) = run(&["--check", "--config", uri]);
    assert_eq!(status, Some(0), "{err}");
    for part in ["broker mine", "serves tcp://127.0.0.1:0", "keeps messages in memory"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(err.contains("stomp: this protocol is not built yet"), "{err}");
    let (status, _, err) =
        run(&["--check", "--config", "broker:tcp://127.0.0.1:0?persistant=false"]);
    assert_eq!(status, Some(1));
    assert!(
        err.contains("the broker's URI:1:26: persistant: not known; did you mean persistent?"),
        "{err}"
    );
    let (status, _, err) = run(&["--check", "--config", "broker:(tcp://127.0.0.1:0"]);
    assert_eq!(status, Some(1));
    assert!(err.contains("the parenthesis is not closed"), "{err}");
    let folder = tempfile::tempdir().unwrap();
    let text = "# mine\nbrokerName=props\npersistent=false\n\
                transportConnectorURIs=tcp://127.0.0.1:0, tcp://127.0.0.1:1\n";
    let path = file(folder.path(), "broker.properties", text);
    let (status, out, err) = run(&["--check", "--config", &format!("properties:{path}")]);
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("broker props\nserves tcp://127.0.0.1:0, tcp://127.0.0.1:1"), "{out}");
}

#[test]
fn what_cannot_be_meant_on_the_command_line_is_wrong_usage() {
    for (arguments, part) in [
        (&["--memory-limit", "lots"][..], "--memory-limit cannot be 'lots': expected a number"),
        (&["--max-connections", "0"], "from 1"),
        (&["--store", "memory", "--store-limit", "1GB"], "--memory-store-limit"),
        (&["--store", "memory", "--database-user", "x"], "for messages in a database"),
        (
            &["--store", "jdbc:sqlite:x", "--database-lock", "row", "--lease-holder", "x"],
            "for --database-lock lease",
        ),
        (&["-D", "a=b"], "name one with --config"),
        (&["-D", "a"], "NAME=VALUE"),
        (&["--store", "jdbc:oracle:thin:@db"], "Oracle is not supported"),
    ] {
        let (status, _, err) = run(arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {err}");
        assert!(err.contains(part), "{arguments:?}: {err}");
    }
}

#[test]
fn a_database_is_named_without_its_password() {
    let store = "jdbc:postgresql://db/amq?user=u&password=s3cret";
    let (status, out, err) = run(&["--check", "--store", store]);
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("the database amq of PostgreSQL at db:5432"), "{out}");
    assert!(!out.contains("s3cret") && !err.contains("s3cret"), "{out}{err}");
}

#[test]
fn help_has_every_setting() {
    let (_, help, _) = run(&["--help"]);
    for setting in ["--config", "--check", "--property", "--database-user", "--table-prefix"] {
        assert!(help.contains(setting), "{setting}");
    }
    for setting in relaismq_broker::settings() {
        assert!(
            help.contains(&format!("--{} <", setting.name))
                || help.contains(&format!("--{} [", setting.name)),
            "{}",
            setting.name
        );
        assert!(!setting.default.is_empty());
    }
}

#[test]
fn a_file_runs_and_its_warnings_are_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "conf/activemq.xml", STOCK);
    let mut command = command(&["--config", &path]);
    let mut broker = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(broker.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    broker.kill().unwrap();
    let said = broker.wait_with_output().unwrap().stderr;
    assert!(ready.starts_with("ready name=stock role=master openwire=tcp://127.0.0.1:"), "{ready}");
    assert!(String::from_utf8_lossy(&said).contains("managementContext: there is no JMX"));
    assert!(folder.path().join("data/kahadb/messages").exists());
}
