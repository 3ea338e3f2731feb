//! `consumer --print` behind a disk that is full and a reader that goes away.

use std::{
    fs::OpenOptions,
    process::{ExitStatus, Stdio},
};

use relaismq_broker::Broker;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    CONSUMER, PRODUCER,
    support::{PATIENCE, memory_broker, on, run_on},
};

const MODES: [&[&str]; 5] = [
    &["--ackMode", "AUTO_ACKNOWLEDGE"],
    &["--ackMode", "DUPS_OK_ACKNOWLEDGE"],
    &["--ackMode", "INDIVIDUAL_ACKNOWLEDGE"],
    &["--ackMode", "CLIENT_ACKNOWLEDGE", "--batchSize", "2"],
    &["--transacted", "--batchSize", "2"],
];
const EVERYTHING: [&str; 3] = ["--messageCount=0", "--timeout=1", "--print"];

/// Prints into `stdout` until that is over.
fn printing(broker: &Broker, mode: &[&str], stdout: Stdio) -> Child {
    let arguments = [&["--messageCount", "10", "--print"], mode].concat();
    let mut command = Command::new(CONSUMER);
    command.args(on(broker, &arguments)).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::null()).spawn().unwrap()
}

async fn ended(mut program: Child) -> ExitStatus {
    timeout(PATIENCE, program.wait()).await.expect("the program does not end").unwrap()
}

async fn send(broker: &Broker, from: u32, to: u32) {
    for number in from..=to {
        let text = format!("m{number}");
        run_on(broker, PRODUCER, &["--messageCount", "1", "--message", &text]).await.expect(0);
    }
}

/// What the next consumer prints.
async fn left(broker: &Broker) -> Vec<String> {
    let arguments = [&EVERYTHING[..], &["--ackMode", "individual"]].concat();
    let stdout = run_on(broker, CONSUMER, &arguments).await.stdout;
    let numbered = |line: &str| line.strip_prefix('m').is_some_and(|it| it.parse::<u32>().is_ok());
    let lines = stdout.lines().filter(|line| numbered(line));
    lines.map(str::to_owned).collect()
}

/// The first message was acknowledged before it failed to be printed.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_disk_does_not_take_stays_with_the_broker() {
    for mode in MODES {
        let broker = memory_broker().await;
        send(&broker, 1, 4).await;
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let status = ended(printing(&broker, mode, full.into())).await;
        assert!(!status.success(), "{mode:?}");
        assert_eq!(left(&broker).await, ["m1", "m2", "m3", "m4"], "{mode:?}");
    }
}

/// As behind `| head -3`.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_reader_that_goes_away_has_not_been_given_stays_with_the_broker() {
    for mode in MODES {
        let broker = memory_broker().await;
        let mut program = printing(&broker, mode, Stdio::piped());
        send(&broker, 1, 3).await;
        let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
        for number in 1..=3 {
            let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
            assert_eq!(line, Some(format!("m{number}")));
        }
        drop(lines);
        send(&broker, 4, 6).await;
        assert!(!ended(program).await.success(), "{mode:?}");
        let left = left(&broker).await;
        // Batches of two: the third was printed, and its batch was never full.
        let batched = mode.contains(&"--batchSize");
        let expected = ["m3", "m4", "m5", "m6"];
        assert_eq!(left, expected[usize::from(!batched)..], "{mode:?}");
    }
}
