//! Brokers that keep the same messages, by the command line.

use std::process::{Command, Output};

const BROKER: &str = env!("CARGO_BIN_EXE_relaismq-broker");

fn check(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(BROKER).arg("--check").args(arguments).env_clear().output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn brokers_that_are_named_are_listed() {
    let (status, out, err) = check(&[
        "--store",
        "replicated:/var/lib/x",
        "--nodes",
        "a=h1:1,b=h2:2,c=h3:3",
        "--node",
        "a",
    ]);
    assert_eq!(status, Some(0), "{err}");
    for part in
        ["on a majority of 3 brokers", "2 of 3 have to be up", "/var/lib/x", "b=h2:2, c=h3:3"]
    {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(!out.contains("ZooKeeper"), "{out}");
}

#[test]
fn brokers_that_are_not_named_are_looked_for_in_zookeeper() {
    let zookeeper = ["--zk-address", "z1,z2", "--zk-path", "/stores", "--zk-password", "geheim"];
    let arguments = [&["--store", "replicated:x", "--weight", "5"][..], &zookeeper].concat();
    let (status, out, err) = check(&arguments);
    assert_eq!(status, Some(0), "{err}");
    for part in ["ZooKeeper at z1,z2", "path /stores", "weight 5"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(!out.contains("geheim"), "{out}");
    let (_, out, _) = check(&["--store", "replicated:x"]);
    assert!(out.contains("ZooKeeper at 127.0.0.1:2181, path /default"), "{out}");
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_to_write() {
    for (arguments, part) in [
        (&["--store", "memory", "--zk-address", "a"][..], "Replication"),
        (&["--store", "replicated:x", "--zk-address", "a:b"], "host:port"),
        (&["--store", "replicated:x", "--nodes", "a"], "NAME=HOST:PORT"),
        (&["--store", "replicated:x", "--nodes", "a=h:1", "--bind", "tcp://0.0.0.0:0"], "port 0"),
        (&["--store", "replicated:"], "replicated:DIR"),
    ] {
        let (status, _, err) = check(arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {err}");
        assert!(err.contains(part), "{part}: {err}");
    }
}
