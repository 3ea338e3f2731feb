//! What the engine has of policies, and what it has not.

use super::*;

fn entry(attributes: &str, inside: &str) -> String {
    let inside = format!(
        "<destinationPolicy><policyMap><policyEntries>\n<policyEntry {attributes}>{inside}\
         </policyEntry></policyEntries></policyMap></destinationPolicy>"
    );
    with("", &inside)
}

#[test]
fn memory_of_all_queues_and_the_dead_letter_queue_are_the_engines() {
    let dead = "<deadLetterStrategy><sharedDeadLetterStrategy><deadLetterQueue>\
                <queue physicalName=\"DEAD\"/></deadLetterQueue></sharedDeadLetterStrategy>\
                </deadLetterStrategy>";
    let settings = plain(&entry("queue=\">\" memoryLimit=\"1mb\"", dead)).settings;
    assert_eq!(settings.queue_memory_bytes, 1 << 20);
    assert_eq!(settings.dead_letter_queue, "DEAD");
    refused_with(&entry("queue=\"orders.>\"", dead), &["write it for queue=\">\""]);
    let (config, warnings) = accepted(&entry("queue=\"orders\" memoryLimit=\"1mb\"", ""));
    assert_eq!(config.settings.queue_memory_bytes, 16 << 20);
    assert!(warnings[0].contains("policyEntry memoryLimit"), "{warnings:?}");
}

#[test]
fn what_only_tunes_is_warned_of() {
    let inside = "<pendingMessageLimitStrategy><constantPendingMessageLimitStrategy limit=\"1000\"/>\
                  </pendingMessageLimitStrategy><pendingQueuePolicy><vmQueueCursor/>\
                  </pendingQueuePolicy>";
    let (_, warnings) = accepted(&entry("topic=\">\" optimizedDispatch=\"true\"", inside));
    let about: Vec<_> = warnings.iter().filter_map(|it| it.split(": ").nth(2)).collect();
    let expected = [
        "policyEntry optimizedDispatch",
        "constantPendingMessageLimitStrategy",
        "pendingQueuePolicy",
    ];
    assert_eq!(about, expected);
    plain(&entry("queue=\">\" producerFlowControl=\"true\" prioritizedMessages=\"false\"", ""));
}

#[test]
fn queues_are_prioritized_by_their_most_particular_policy() {
    let others = "<policyEntry queue=\"orders\"/>";
    let text = entry("queue=\">\" prioritizedMessages=\"true\"", "");
    let text = text.replace("</policyEntries>", &format!("{others}</policyEntries>"));
    let prioritized = plain(&text).settings.prioritized;
    assert!(prioritized.has("mail") && !prioritized.has("orders"));
    let default = "<destinationPolicy><policyMap><defaultEntry>\
                   <policyEntry prioritizedMessages=\"true\"/></defaultEntry></policyMap></destinationPolicy>";
    assert!(plain(&with("", default)).settings.prioritized.has("orders"));
}

#[test]
fn what_would_change_what_clients_see_is_refused() {
    refused_with(
        &entry("topic=\">\" prioritizedMessages=\"true\"", ""),
        &["activemq.xml:3:", "order of priorities in topics", "prioritizedMessages=\"false\""],
    );
    for inside in [
        "<deadLetterStrategy><individualDeadLetterStrategy queuePrefix=\"DLQ.\"/></deadLetterStrategy>",
        "<deadLetterStrategy><sharedDeadLetterStrategy processExpired=\"false\"/></deadLetterStrategy>",
        "<slowConsumerStrategy><abortSlowConsumerStrategy/></slowConsumerStrategy>",
        "<subscriptionRecoveryPolicy><lastImageSubscriptionRecoveryPolicy/></subscriptionRecoveryPolicy>",
    ] {
        refused_with(&entry("queue=\">\"", inside), &["leave it out"]);
    }
}

#[test]
fn plugins_and_networks_are_refused_and_empty_lists_of_them_are_not() {
    plain(&with("", "<plugins/><networkConnectors/>"));
    refused_with(
        &with("", "<plugins><simpleAuthenticationPlugin/></plugins>"),
        &["users are not checked yet"],
    );
    refused_with(&with("", "<plugins><bean class=\"x.Y\"/></plugins>"), &["plugins of Java"]);
    refused_with(
        &with(
            "",
            "<networkConnectors><networkConnector uri=\"static:(tcp://b:1)\"/></networkConnectors>",
        ),
        &["networks of brokers are not built yet"],
    );
}

#[test]
fn the_usual_virtual_topics_are_read_and_others_refused() {
    let topic = |attributes: &str| {
        with(
            "",
            &format!(
                "<destinationInterceptors><virtualDestinationInterceptor><virtualDestinations>\
             <virtualTopic {attributes}/></virtualDestinations></virtualDestinationInterceptor>\
             </destinationInterceptors>"
            ),
        )
    };
    plain(&topic("name=\"VirtualTopic.>\" prefix=\"Consumer.*.\" selectorAware=\"false\""));
    refused_with(&topic("name=\">\""), &["write name=\"VirtualTopic.>\""]);
}

#[test]
fn removing_all_messages_at_the_start_is_refused_for_a_store_that_lasts() {
    refused_with(&with("deleteAllMessagesOnStartup=\"true\"", ""), &["remove the directory"]);
    plain(&with("deleteAllMessagesOnStartup=\"true\" persistent=\"false\"", ""));
}
