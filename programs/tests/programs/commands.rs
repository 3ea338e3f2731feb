//! `relaismq` with a broker in this process.

use crate::{
    RELAISMQ,
    scenarios::{self, Scene, with_each_scenario},
    support::{Mistakes, failover, memory_broker, refuses, run},
};

/// Has each scenario run.
macro_rules! on_our_broker {
    ($($scenario:ident),* $(,)?) => { $(
        #[tokio::test(flavor = "multi_thread")]
        async fn $scenario() {
            let broker = memory_broker().await;
            scenarios::$scenario(Scene { program: RELAISMQ, url: failover(&broker) }).await;
        }
    )* };
}

with_each_scenario!(on_our_broker);

const MISTAKES: Mistakes<'_> = &[
    (&["prodcue", "q"], "a similar subcommand exists: 'produce'"),
    (&["produce"], "<DESTINATION>"),
    (&["produce", "temp-queue://x"], "write queue://NAME or topic://NAME"),
    (&["produce", "q", "x", "--property", "n:int=many"], "`many` is no int"),
    (&["produce", "q", "x", "--size", "5"], "cannot be used with"),
    (&["produce", "q", "x", "--json"], "cannot be used with"),
    (&["produce", "q", "--json", "--bytes"], "leave --bytes out"),
    (&["produce", "q", "--count", "5"], "leave --count out, or give MESSAGE"),
    (&["produce", "q", "-"], "standard input is read if MESSAGE is left out"),
    (&["produce", "q", "x", "--password", "p"], "a password is somebody's: give --user"),
    (&["consume", "q", "--json", "--quiet"], "cannot be used with"),
    (&["consume", "q", "--durable", "d"], "give topic://NAME and --client-id"),
    (&["consume", "q", "--idle", "-1"], "give seconds as a whole number"),
    (&["browse", "topic://t"], "topics keep nothing: give a queue"),
    (&["move", "q"], "<TO>"),
    (&["move", "q", "r"], "give --yes, or --dry-run"),
    (&["move", "q", "queue://q", "--yes"], "round for ever"),
    (&["move", "q", "r", "--back"], "cannot be used with"),
    (&["move", "q", "r", "--yes", "--batch", "0"], "give messages as a whole number from 1"),
    (&["purge", "q"], "without a terminal nobody can be asked"),
    (&["purge", "q", "--yes", "--dry-run"], "cannot be used with"),
    (&["bench", "--size", "7"], "give bytes as a whole number from 8"),
    (&["bench", "--prefetch", "0"], "give messages as a whole number from 1"),
];

#[tokio::test(flavor = "multi_thread")]
async fn relaismq_names_a_wrong_argument_and_what_would_be_right() {
    refuses(RELAISMQ, MISTAKES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_has_help_with_exit_statuses_and_examples() {
    let all = run(RELAISMQ, &["--help"]).await.expect(0).stdout;
    for command in ["produce", "consume", "browse", "move", "purge", "request", "bench"] {
        assert!(all.contains(&format!("\n  {command} ")), "{command}: {all}");
        let help = run(RELAISMQ, &[command, "--help"]).await.expect(0).stdout;
        for text in ["Exit status:", "Examples:", "--url", "AMQ_PASSWORD"] {
            assert!(help.contains(text), "{command}: {help}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_every_command_ends_with_4() {
    let nobody_listens = crate::support::ReservedPort::take();
    let url = format!("tcp://127.0.0.1:{}", nobody_listens.number());
    for arguments in [
        &["produce", "q", "x"][..],
        &["consume", "q"],
        &["browse", "q"],
        &["move", "q", "r", "--yes"],
        &["purge", "q", "--yes"],
        &["request", "q", "x"],
        &["bench"],
    ] {
        let reached = ["--url", &url, "--connect-timeout", "1"];
        let ended = run(RELAISMQ, &[arguments, &reached].concat()).await.expect(4);
        assert!(ended.stderr.contains("Connection refused"), "{arguments:?}: {ended:?}");
    }
}
