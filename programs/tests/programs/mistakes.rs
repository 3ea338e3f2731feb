//! Wrong input, program by program: what is said, and the exit status, before anything is tried.

use crate::{
    CONSUMER, PRODUCER,
    support::{Mistakes, memory_broker, refuses, run_on},
};

const SHARED: Mistakes<'_> = &[
    (&["--mesageCount", "5"], "a similar argument exists: '--messageCount'"),
    (&["--mesageCount=5", "--sleep", "0"], "--messageCount"),
    (&["surplus"], "unexpected argument 'surplus'"),
    (&["--messageCount", "five"], "give messages as a whole number from 0"),
    (&["--messageCount", "-5"], "give messages as a whole number from 0"),
    (&["--messageCount", "1.5"], "give messages as a whole number from 0"),
    (&["--messageCount", ""], "give messages as a whole number from 0"),
    (&["--sleep", "-1"], "give milliseconds as a whole number from 0"),
    (&["--sleep", "99999999999999999999"], "give milliseconds as a whole number from 0"),
    (&["--connectTimeout", "-1"], "give seconds as a whole number from 0"),
    (&["--parallelThreads", "0"], "give threads as a whole number from 1 to 1000"),
    (&["--parallelThreads", "-1"], "give threads as a whole number from 1 to 1000"),
    (&["--destination", "temp-queue://X"], "write queue://NAME or topic://NAME"),
    (&["--destination", ""], "write queue://NAME or topic://NAME"),
    (&["--user", ""], "it is empty; give some text, or leave the option out"),
    (&["--password", "x"], "a password is somebody's: give --user"),
    (
        &["--brokerUrl", "failover:(tcp://127.0.0.1:1)?maxReconectDelay=5"],
        "did you mean maxReconnectDelay?",
    ),
    (&["--brokerUrl", "127.0.0.1:61616"], "write tcp://host:port"),
];

#[tokio::test(flavor = "multi_thread")]
async fn producer_and_consumer_name_a_wrong_argument_and_what_would_be_right() {
    // A URI is read when the program begins to connect: the summary has been asked for by then.
    refuses(PRODUCER, SHARED).await;
    refuses(CONSUMER, SHARED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn producer_refuses_what_cannot_be_sent_or_contradicts_itself() {
    let largest = "give bytes as a whole number from 0 to 104000000";
    refuses(
        PRODUCER,
        &[
            (&["--messageSize", "99999999999"], largest),
            (&["--messageSize", "-1"], largest),
            (&["--textMessageSize", "104000001"], largest),
            (&["--messagePriority", "10"], "give the priority as a whole number from 0 to 9"),
            (&["--messagePriority", "-1"], "give the priority as a whole number from 0 to 9"),
            (&["--transactionBatchSize", "-2"], "give messages as a whole number from 0"),
            (&["--msgTTL", "-1"], "give milliseconds as a whole number"),
            (&["--rate", "0"], "give messages in a second as a whole number from 1"),
            (&["--msgGroupID", ""], "it is empty"),
            (&["--correlationId", ""], "it is empty"),
            (&["--type", " "], "it is empty"),
            (&["--payloadUrl", ""], "it is empty"),
            (&["--replyTo", "a://b"], "write queue://NAME or topic://NAME"),
            (&["--property", "region"], "write NAME=VALUE for a text, or NAME:TYPE=VALUE"),
            (&["--property", "=EU"], "the property has no name"),
            (&["--property", "n:int=many"], "`many` is no int"),
            (&["--property", "n:number=1"], "there is no type number: write text, boolean"),
            (&["--message", "x", "--messageSize", "5"], "cannot be used with"),
            (&["--message", "x", "--payloadUrl", "/etc/hostname"], "cannot be used with"),
            (&["--textMessageSize", "5", "--messageSize", "5"], "cannot be used with"),
            (&["--input", "json", "--message", "x"], "cannot be used with"),
            (&["--sleep", "5", "--rate", "5"], "cannot be used with"),
            (&["--message", "-", "--messageCount", "5"], "leave --messageCount out"),
            (&["--input", "json", "--bytes"], "leave --bytes out"),
            (&["--bytes"], "--bytes needs a body"),
            (&["--bytes", "--messageSize", "5"], "--bytes needs a body"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consumer_refuses_what_contradicts_itself() {
    let durable = "a durable subscription is one to a topic and belongs to a client id";
    refuses(
        CONSUMER,
        &[
            (&["--durable", "--clientId", "c"], durable),
            (&["--durable", "--destination", "topic://T"], durable),
            (&["--batchSize", "0"], "give messages as a whole number from 1"),
            (&["--timeout", "-1"], "give seconds as a whole number"),
            (&["--clientId", ""], "it is empty"),
            (&["--selector", ""], "it is empty"),
            (&["--ackMode", "sometimes"], "AUTO_ACKNOWLEDGE"),
            (&["--print", "xml"], "[possible values: text, json]"),
            (
                &["--transacted", "--ackMode", "CLIENT_ACKNOWLEDGE"],
                "leave --ackMode or --transacted out",
            ),
            (&["--json", "--print", "text"], "only JSON on standard output"),
            (&["--print", "json", "--bytesAsText"], "in JSON bytes are Base64"),
            (&["--unsubscribe"], "give --clientId"),
            (&["--unsubscribe", "--clientId", "c", "--durable"], "cannot be used with"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_that_cannot_be_sent_ends_with_1_and_the_remedy() {
    let broker = memory_broker().await;
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture");
    std::fs::write(&picture, [0xff, 0xd8]).unwrap();
    let picture = picture.to_str().unwrap();
    for (file, text) in [
        ("/no/such/file", "cannot read the payload /no/such/file: No such file"),
        ("http://127.0.0.1/x", "http: URLs are not read: give a path or a file: URL"),
        (picture, "no UTF-8 from byte 1 on, as a text must be: add --bytes"),
        ("/", "Is a directory"),
    ] {
        let ended = run_on(&broker, PRODUCER, &["--payloadUrl", file]).await.expect(1);
        assert!(ended.stderr.contains(text), "{file}: {ended:?}");
    }
    let arguments = ["--payloadUrl", picture, "--bytes", "--messageCount", "1"];
    run_on(&broker, PRODUCER, &arguments).await.expect(0);
}
