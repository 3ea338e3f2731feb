use std::collections::HashMap;

use proptest::prelude::*;

use super::{EvaluationError, MAX_DEPTH, MAX_LENGTH, Properties, Selector, SelectorError, Value};

struct Message(HashMap<&'static str, Value<'static>>);

impl Properties for Message {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        self.0.get(name).cloned()
    }
}

fn message() -> Message {
    Message(HashMap::from([
        ("y", Value::Byte(3)),
        ("h", Value::Short(4)),
        ("i", Value::Int(5)),
        ("l", Value::Long(7)),
        ("f", Value::Float(1.5)),
        ("d", Value::Double(2.5)),
        ("nan", Value::Double(f64::NAN)),
        ("imax", Value::Int(i32::MAX)),
        ("s", "abc".into()),
        ("t", "b".into()),
        ("five", "5".into()),
        ("bt", Value::Boolean(true)),
        ("bf", Value::Boolean(false)),
    ]))
}

fn evaluate(text: &str) -> Result<Option<bool>, EvaluationError> {
    Selector::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).evaluate(&message())
}

fn assert_all(expected: Option<bool>, selectors: &[&str]) {
    for text in selectors {
        assert_eq!(evaluate(text), Ok(expected), "{text}");
    }
}

fn assert_refused(selectors: &[&str]) {
    for text in selectors {
        assert!(Selector::parse(text).is_err(), "{text}");
    }
}

#[test]
fn promotion_is_the_same_from_both_sides() {
    assert_all(
        Some(true),
        &["3 = y", "y = 3", "3L = y", "3.0 = y", "i > y", "h > y", "d > f", "f < d", "1.5 = f"],
    );
    assert_all(Some(true), &["-y = -3", "l > h", "h < l", "nan > d", "nan = nan", "-0.0 < 0.0"]);
}

#[test]
fn whole_numbers_wrap_and_division_is_floating() {
    assert_all(
        Some(true),
        &["imax + 1 < 0", "imax + 1L < 0", "imax + 2147483648 > 0", "i / 2 = 2.5", "i % 3 = 2"],
    );
    assert_all(Some(true), &["9223372036854775807 + 1 < 0", "1 / 0 > 9e300", "1 % 0 = nan"]);
}

#[test]
fn numbers_above_a_long_compare_with_each_other_only() {
    assert_all(Some(true), &["99999999999999999999 < 999999999999999999999", "i <> 1e20"]);
    assert_all(Some(true), &["-(9223372036854775808) = -9223372036854775808"]);
    assert_all(Some(true), &["-99999999999999999999 < 99999999999999999999"]);
    assert_all(Some(false), &["99999999999999999999 > i", "i < 99999999999999999999"]);
}

#[test]
fn absent_operands_are_unknown_with_two_exceptions() {
    assert_all(None, &["no = i", "no <> i", "no < 1", "1 < no", "no LIKE 'a'", "i IN ('5')"]);
    assert_all(None, &["-s = 1", "no + 1 = 2", "NOT no", "NULL", "no BETWEEN 1 AND 2"]);
    assert_all(Some(true), &["no = nope", "no = i IS NULL", "no + 1 IS NULL", "i <> no"]);
    assert_all(Some(false), &["i = no", "no <> nope", "i BETWEEN 6 AND no"]);
}

#[test]
fn and_and_or_look_no_further_than_they_must() {
    assert_all(Some(true), &["bt OR s - 1 = 0", "no < s - 1 IS NULL"]);
    assert_all(Some(false), &["bf AND s - 1 = 0"]);
    for text in ["s - 1 = 0 OR bt", "no = 1 AND s - 1 = 0", "1 + s = 1", "bt * i = 6", "s - 1 = no"]
    {
        assert!(evaluate(text).is_err(), "{text}");
        assert!(!Selector::parse(text).unwrap().matches(&message()), "{text}");
    }
}

#[test]
fn plus_appends_to_strings_as_java_writes_values() {
    assert_all(
        Some(true),
        &[
            "s + 1 + 2 = 'abc12'",
            "s + d = 'abc2.5'",
            "s + 1e10 = 'abc1.0E10'",
            "s + bt = 'abctrue'",
        ],
    );
}

#[test]
fn operands_that_never_make_sense_are_refused() {
    assert_refused(&["s < 'a'", "'a' < s", "bt < TRUE", "i < NULL", "(i = 5) < bt", "NOT i < 5"]);
    assert_refused(&["i = NULL", "TRUE = 1", "(TRUE) = 'a'", "i < l < d", "i > REGEX('a', s)"]);
    assert_refused(&["i + 1", "'x'", "1", "1 AND bt", "NOT 'x'", "-i", "SPLIT(s, 'a')"]);
    assert_refused(&["'a' IN ('a')", "s + t IN ('a')", "s IN (t)", "s IN ()", "s LIKE t"]);
    assert_refused(&["s LIKE 'a' ESCAPE 'ab'", "s LIKE 'a' ESCAPE ''", "s LIKE 'a' ESCAPE '😀'"]);
    assert_refused(&["NOT s IN ('a')", "NOT i BETWEEN 1 AND 2", "i BETWEEN '1' AND '2'"]);
}

#[test]
fn conditions_chain_from_left_to_right() {
    assert_all(Some(true), &["i = 5 = TRUE", "bt = bf = bf", "i < 6 = bt", "1 = TRUE IS NOT NULL"]);
    assert_all(Some(false), &["i = i = i", "1 = TRUE", "TRUE = i", "s LIKE 'a%' LIKE 'x'"]);
}

#[test]
fn tokens_are_as_long_as_they_can_be() {
    assert_all(
        Some(true),
        &["i=5AND bt", "i=5LAND bt", "i=5.AND bt", "i=0x5OR bt", "010.5 = 10.5"],
    );
    assert_all(Some(true), &["/*/*/ i = 5", "i --c\n = --d\r 5", "i = 5 - --3\n 0", "i -- 3 = 8"]);
    assert_refused(&["09 = 9", "017L = 15", "0x = 0", "1e = 1", "1.5d = 1", "i = 5 -- foo bar"]);
    assert_refused(&[
        "/*/ i = 5",
        "0x8000000000000000 = 1",
        "01000000000000000000000 = 1",
        "é = 1",
    ]);
}

#[test]
fn the_prefix_converts_strings_in_comparisons_only() {
    let converted = |text: &str| evaluate(&format!("convert_string_expressions:{text}"));
    for text in ["five = 5", "5 = five", "five > 4.5", "y < five", "'true' = bt", "bt = 'TRUE'"] {
        assert_eq!(converted(text), Ok(Some(true)), "{text}");
    }
    for text in ["s = 5", "s < 5", "five = 5.5", "five = t", "s NOT BETWEEN 1 AND 9", "l = '7L'"] {
        assert_eq!(converted(text), Ok(Some(false)), "{text}");
    }
    assert!(converted("i + five = 10").is_err());
    assert_eq!(evaluate("five = 5"), Ok(Some(false)));
    assert_refused(&["Convert_string_expressions:i = 5", " convert_string_expressions:i = 5"]);
}

#[test]
fn functions_work_on_strings_and_lists() {
    assert_all(
        Some(true),
        &[
            "REGEX('b', s)",
            "REGEX(5, i)",
            "INLIST(MAKELIST(1, 5), i)",
            "INLIST(SPLIT('a,b,c', ',', 2), 'b,c')",
            "INLIST(SPLIT('abc', ''), 'b')",
            "REPLACE(s, '(b)', '[$1]') = 'a[b]c'",
            "REPLACE(s, '(?<n>b)', '${n}\\$') = 'ab$c'",
            "REPLACE(s, '(b)', '$12') = 'ab2c'",
            "REPLACE(s, '', '-') = '-a-b-c-'",
        ],
    );
    assert_all(
        Some(false),
        &["REGEX('a', no)", "INLIST(MAKELIST(7), l)", "INLIST(SPLIT('a,,', ','), '')"],
    );
    for text in ["REGEX('(', s)", "INLIST(s, 'a')", "REPLACE(s, 'b', '$')", "SPLIT(i, ',')"] {
        assert!(evaluate(&format!("{text} IS NULL")).is_err(), "{text}");
    }
    assert_refused(&[
        "FOO(s)",
        "regex('b', s)",
        "REGEX('b')",
        "MAKELIST() IS NULL",
        "XQUERY '//a'",
    ]);
    assert_refused(&["REGEX('(?=a)b', s)", "REGEX('(a)\\1', s)", "INLIST(MAKELIST(1 + 1), 2)"]);
}

#[test]
fn errors_say_what_and_where() {
    for (text, error) in [
        ("é = 1", "character has no meaning here (character 0)"),
        (
            "'é' = a b",
            "expected an operator or the end of the selector, found name b (character 8)",
        ),
        ("a = 1 AND", "expected a value, a property or (, found the end (character 9)"),
        ("b AND a + 1", "a value stands where a condition must (character 6)"),
        ("XQUERY 'x'", "XQUERY is not supported (character 0)"),
        ("FOO(1)", "FOO: no such function (character 0)"),
        ("XPATH 'a['", "expected a name, * or . in XPath (character 6)"),
    ] {
        assert_eq!(Selector::parse(text).unwrap_err().to_string(), error, "{text}");
    }
}

#[test]
fn long_and_deep_selectors_need_little_stack() {
    let nested =
        |depth: usize| format!("{}i = 5{}", "(0=0 AND 0<1+1*(1)=".repeat(depth), ")".repeat(depth));
    let chains = ["a OR ", "a + ", "a = ", "NOT ", "(", "- ", "a LIKE 'a' = "];
    let run = move || {
        for chain in chains {
            let _ =
                Selector::parse(&format!("{}a = 1", chain.repeat(MAX_LENGTH / chain.len() - 2)))
                    .map(|selector| selector.evaluate(&message()));
        }
        let likes = format!("a{}", " LIKE 'a'".repeat(7000));
        assert!(Selector::parse(&likes).unwrap().evaluate(&message()).is_ok());
        let deep = Selector::parse(&nested(MAX_DEPTH - 2)).unwrap();
        let copy = deep.clone();
        assert_eq!(copy.evaluate(&message()), deep.evaluate(&message()));
        assert!(matches!(Selector::parse(&nested(3000)), Err(SelectorError::TooDeep { .. })));
    };
    std::thread::Builder::new().stack_size(1536 * 1024).spawn(run).unwrap().join().unwrap();
    assert!(matches!(
        Selector::parse(&" ".repeat(MAX_LENGTH + 1)),
        Err(SelectorError::TooLong { .. })
    ));
}

#[test]
fn strings_made_on_the_way_are_bounded() {
    let many = format!("s{} = 'x'", " + s".repeat(1000));
    let long = Message(HashMap::from([("s", "x".repeat(100_000).into())]));
    let list = format!("REGEX('y', MAKELIST(s{}))", ", s".repeat(1000));
    let replaced = format!("REPLACE(s, 'x', '{}') = s", "$0".repeat(1000));
    for text in [many, list, replaced] {
        let ended = Selector::parse(&text).unwrap().evaluate(&long);
        assert!(matches!(ended, Err(EvaluationError::TooLarge { .. })), "{text}");
    }
}

/// Random texts made of pieces that selectors are made of.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b",
        "1",
        "2.5",
        "99999999999999999999",
        "'x'",
        "'%_'",
        "(",
        ")",
        ",",
        "=",
        "<>",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        " AND ",
        " OR ",
        " NOT ",
        " LIKE ",
        " ESCAPE ",
        " IN ",
        " BETWEEN ",
        " IS ",
        " NULL ",
        " TRUE ",
        "--",
        "/*",
        "\n",
        "REGEX(",
        "SPLIT(",
        "MAKELIST(",
        " XPATH ",
        "'//a[1]'",
        "é",
        "0x",
        "'",
    ]);
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,60}") {
        let _ = Selector::parse(&text);
    }

    #[test]
    fn no_selector_makes_evaluation_panic(text in text()) {
        if let Ok(selector) = Selector::parse(&text) {
            let _ = selector.evaluate(&message());
        }
    }
}
