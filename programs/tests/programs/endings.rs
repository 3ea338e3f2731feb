//! Exit statuses and help.

use crate::{
    CONSUMER, PRODUCER,
    support::{ReservedPort, memory_broker, run, run_on},
};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_the_programs_end_with_4_and_name_it() {
    let nobody_listens = ReservedPort::take();
    let port = nobody_listens.number();
    for uri in [format!("failover:(tcp://127.0.0.1:{port})"), format!("tcp://127.0.0.1:{port}")] {
        for program in [PRODUCER, CONSUMER] {
            let arguments = ["--connectTimeout", "1", "--brokerUrl", &uri, "--json"];
            let ended = run(program, &arguments).await.expect(4);
            assert!(ended.stderr.contains(&format!("127.0.0.1:{port}")), "{ended:?}");
            assert!(ended.stderr.contains("Connection refused"), "{ended:?}");
            assert!(ended.json().is_object());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_in_vain_for_a_number_of_messages_ends_with_124() {
    let broker = memory_broker().await;
    let ended = run_on(&broker, CONSUMER, &["--messageCount", "5", "--timeout", "1"]).await;
    ended.expect(124);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_failures_end_with_1_and_say_why() {
    let broker = memory_broker().await;
    let ended = run_on(&broker, PRODUCER, &["--payloadUrl", "/no/such/file"]).await.expect(1);
    assert!(ended.stderr.contains("/no/such/file"), "{ended:?}");
    let ended = run_on(&broker, CONSUMER, &["--selector", "a = ="]).await.expect(1);
    assert!(ended.stderr.contains("selector"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn help_has_exit_statuses_and_examples() {
    for program in [PRODUCER, CONSUMER] {
        let help = run(program, &["--help"]).await.expect(0).stdout;
        for text in ["Exit status:", "Examples:", "--json"] {
            assert!(help.contains(text), "{program}: {help}");
        }
    }
}
