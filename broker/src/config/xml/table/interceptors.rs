//! Destinations that lead to others.

use relaismq_options::{Kind, Row};

use crate::config::xml::{draft::Draft, reader::Element, rows::later};

pub(super) static DESTINATION_INTERCEPTORS: Element = Element {
    children: &[
        &Element {
            children: &[&Element {
                children: &[
                    &Element {
                        attributes: VIRTUAL_TOPIC,
                        ..Element::read(
                            "virtualTopic",
                            "A topic whose messages are copied to queues. Only the usual one is built.",
                        )
                    },
                    &Element::refused("compositeQueue", COMPOSITE, SEND_TO_ALL),
                    &Element::refused("compositeTopic", COMPOSITE, SEND_TO_ALL),
                    &Element::refused("filteredDestination", COMPOSITE, SEND_TO_ALL),
                ],
                ..Element::read("virtualDestinations", "Destinations that lead to others.")
            }],
            ..Element::read("virtualDestinationInterceptor", "Destinations that lead to others.")
        },
        &Element::refused(
            "mirroredQueue",
            "a topic for each queue is not built yet",
            "leave it out, and browse the queue, or send to a virtual topic",
        ),
    ],
    ..Element::read("destinationInterceptors", "Destinations that lead to others.")
};

const COMPOSITE: &str = "destinations that lead to others are not built yet";
const SEND_TO_ALL: &str =
    "leave it out, and let senders name all destinations, with commas between them";

const VIRTUAL_TOPIC: &[Row<Draft>] = &[
    Row {
        name: "name",
        kind: Kind::Later(Some("VirtualTopic.>")),
        default: "VirtualTopic.>",
        doc: "Topics that are virtual.",
    },
    later("prefix", "Consumer.*.", "How the queues begin."),
    later("postfix", "", "How the queues end."),
    later("selectorAware", "false", "Copy only what the queue's consumers select."),
    later("local", "false", "Copy only what was sent to this broker."),
    later("concurrentSend", "false", "Copy to several queues at once."),
    later("transactedSend", "false", "Copy to all queues in one transaction."),
    later("dropOnResourceLimit", "false", "Leave a full queue out."),
    later("setOriginalDestination", "true", "Note the topic in the copies."),
];
