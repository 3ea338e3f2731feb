use super::super::EvaluationError;
use super::{XPath, XPathError};

const ORDERS: &str = "<?xml version=\"1.0\"?><!-- hi --><?pi x?><root xmlns:x=\"urn:x\">\
    <order id=\"7\"><name>Bob</name><price>10</price></order><order id=\"8\" k=\"v\"/><x:thing/>\
    <cd><![CDATA[a<b]]></cd><ent>a&amp;b</ent></root>";

fn holds(xpath: &str, body: &str) -> bool {
    XPath::parse(xpath).unwrap().holds(Some(body.into())).unwrap()
}

#[test]
fn paths_find_nodes() {
    for (xpath, found) in [
        ("//order", true),
        ("root/order", true),
        ("order", false),
        ("/order", false),
        ("//@id", true),
        ("//order[1]", true),
        ("//order[3]", false),
        ("//order[last()][@k]", true),
        ("//order[position()=2]/@k = 'v'", true),
        ("//order/name/../@id", true),
        ("(//order)[2]/@k", true),
        ("//order | //zz", true),
        ("/root/child::order[attribute::id=\"7\"]", true),
        ("//comment()", true),
        ("//processing-instruction()", true),
        ("//thing", false),
        ("//*[local-name()='thing']", true),
        ("//*[name()='x:thing']", true),
        ("/", true),
        (".", true),
    ] {
        assert_eq!(holds(xpath, ORDERS), found, "{xpath}");
    }
}

#[test]
fn values_are_compared_by_the_rules_of_xpath() {
    for (xpath, result) in [
        ("//order[@id=7]", true),
        ("//order[@id>6 and not(@k)]", true),
        ("//order[@id=\"7\" and @k]", false),
        ("//order[@id!=\"7\"]", true),
        ("//order[name='Bob']", true),
        ("//name[text()=\"Bob\"]", true),
        ("contains(//name,'o')", true),
        ("count(//order)=2", true),
        ("count(//zz)", false),
        ("string-length(//name)=3", true),
        ("//price * 2 = 20", true),
        ("//price div 4 = 2.5 and //price mod 3 = 1", true),
        ("sum(//price) = 10", true),
        ("-//price = -10 and --1 = 1", true),
        ("//cd='a<b' and //ent='a&b'", true),
        ("'' or 0 or false()", false),
        ("'a' and 1 and true()", true),
        ("concat('a', 1) = 'a1'", true),
        ("normalize-space(' a  b ') = 'a b'", true),
        ("starts-with(//name, 'B')", true),
        ("boolean(//zz) = false()", true),
    ] {
        assert_eq!(holds(xpath, ORDERS), result, "{xpath}");
    }
}

#[test]
fn bodies_that_are_no_plain_xml_are_false() {
    for body in ["plain", "", "<a>", "<!DOCTYPE a><a/>", "<a/>junk", "<a>&nope;</a>", "<x:a/>"] {
        assert!(!holds("/", body), "{body}");
    }
    assert!(holds("/a", " <a/> "));
    assert!(!XPath::parse("/").unwrap().holds(None).unwrap());
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    for xpath in ["$x", "//x:a", "ancestor::a", "translate('a','b','c')"] {
        assert!(matches!(XPath::parse(xpath), Err(XPathError::Unsupported(_))), "{xpath}");
    }
    for xpath in ["", "(", "//", "a[", "a b", "'a", "1 | 2", "count(1)", "not()", "1/a", "@"] {
        assert!(matches!(XPath::parse(xpath), Err(XPathError::Malformed(_))), "{xpath}");
    }
    assert!(XPath::parse(&format!("{}1{}", "(".repeat(9999), ")".repeat(9999))).is_err());
}

#[test]
fn costly_paths_and_deep_bodies_end() {
    let deep = format!("{}{}", "<a>".repeat(40_000), "</a>".repeat(40_000));
    let costly = XPath::parse("//a[.//a[.//a[.//a='x']]]").unwrap();
    let ended = costly.holds(Some(deep.into()));
    assert!(matches!(ended, Err(EvaluationError::TooManySteps { .. })), "{ended:?}");
    let huge = "<a>".repeat(400_000);
    assert!(XPath::parse("/").unwrap().holds(Some(huge.into())).is_err());
}
