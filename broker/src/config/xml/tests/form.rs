//! Files that are no XML, too large, or not a broker's.

use super::*;

#[test]
fn a_file_that_is_not_well_formed_is_told_by_line_and_column() {
    for (xml, parts) in [
        ("<broker>\n <a b=c/>\n</broker>", &["activemq.xml:2:7", "in quotation marks"][..]),
        ("<broker\n # a comment\n />", &["activemq.xml:2:2", "<!-- … -->"]),
        ("<broker brokerName=\"broker\" ... >\n</broker>", &[":1:29", "the dots"]),
        ("<broker brokerName=“x”/>", &[":1:20", "quotation marks"]),
        ("<broker a=\"1\" a=\"2\"/>", &[":1:15", "leave one of the two out"]),
        ("<broker>\n  <b>\n</broker>", &["activemq.xml:3:", "close what was opened"]),
        ("<broker>\n", &["activemq.xml:2:1", "close what was opened"]),
        ("<amq:broker/>", &["xmlns:amq="]),
        ("<broker a=\"x?b=1&c=2\"/>", &["&amp;"]),
        ("", &["http://activemq.apache.org/schema/core"]),
        ("brokerName=x", &["http://activemq.apache.org/schema/core"]),
    ] {
        refused_with(xml, parts);
    }
}

#[test]
fn entities_are_not_expanded_and_a_document_type_is_refused_where_it_stands() {
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE b [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n\
                <broker brokerName=\"&b;\"/>";
    refused_with(bomb, &["activemq.xml:2:1", "a document type is not read"]);
}

#[test]
fn files_that_are_too_large_or_too_deep_are_answered_at_once() {
    refused_with(&" ".repeat(2 << 20), &["more than a configuration has"]);
    let deep = "<a>".repeat(90_000) + &"</a>".repeat(90_000);
    refused_with(&format!("<broker>{deep}</broker>"), &["a: not known in <broker>"]);
    refused_with(&format!("<broker>{}</broker>", "<a/>".repeat(200_000)), &["elements and texts"]);
    let many = refused(&format!("<broker>{}</broker>", "<a/>".repeat(90_000)));
    assert!(many.lines().count() < 600 && many.contains("more to say than is listed"));
}

#[test]
fn what_is_no_broker_is_refused_with_what_to_do() {
    refused_with("<kahaDB/>", &["not a configuration of ActiveMQ", "name the file with <broker>"]);
    refused_with("<persistenceAdapter/>", &["put it into <broker"]);
    refused_with("<beans/>", &["there is no <broker>"]);
    refused_with("<beans><broker/>\n<broker/></beans>", &["activemq.xml:2:1", "a second broker"]);
}

#[test]
fn prefixes_of_elements_and_texts_between_them_change_nothing() {
    let xml = "<amq:broker xmlns:amq=\"http://activemq.apache.org/schema/core\" \
        xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\" \
        brokerName=\"x\" id=\"y\"><!-- nothing -->\n...<amq:transportConnectors>\
        <amq:transportConnector uri=\"tcp://0.0.0.0:1\"/></amq:transportConnectors></amq:broker>";
    let (config, warnings) = accepted(xml);
    assert_eq!(config.name, "x");
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("the text `...` between elements says nothing"), "{warnings:?}");
}
