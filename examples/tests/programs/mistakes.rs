//! Wrong input: what is said, and the exit status, before anything is tried.

use crate::{
    DEMO,
    running::{Running, refuses},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_refuses_what_would_prove_nothing() {
    let nothing = "without any, nothing is proved";
    refuses(
        DEMO,
        &[
            (&["--messages", "0"], nothing),
            (&["--rounds", "0"], nothing),
            (&["--messages", "-1"], "give messages as a whole number from 1"),
            (&["--rounds", "9999999999"], "give kills as a whole number from 1"),
            (&["--messages", "10", "--rounds", "5"], "5 kills in mid-stream need at least 24"),
            (
                &["--store", "tape"],
                "say memory, file, sqlite, postgresql, mariadb, replicated, zookeeper, or sql:URL",
            ),
            (&["--against", "artemis"], "[possible values: relaismq, activemq]"),
            (&["--against", "activemq", "--store", "sqlite"], "ActiveMQ's brokers share a folder"),
            (&["--compare", "--store", "file"], "cannot be used with '--store"),
            (&["--mesages", "5"], "'--messages'"),
        ],
    )
    .await;
}

/// The demonstration is the broker's program, too.
#[tokio::test(flavor = "multi_thread")]
async fn the_broker_refuses_what_it_does_not_know() {
    for (arguments, text) in [
        (["--store", "tape"], "tape"),
        (["--listen", "ssl://a:1"], "ssl://a:1"),
        (["--prot", "1"], "unexpected argument '--prot'"),
    ] {
        // It would end with its standard input.
        let arguments = [&["serve-broker"], &arguments[..]].concat();
        let ended = Running::start(DEMO, &arguments).end().await.expect(2);
        assert!(ended.stderr.contains(text), "{arguments:?}: {ended:?}");
    }
}
