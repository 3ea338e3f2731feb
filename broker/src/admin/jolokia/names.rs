//! Names of management beans, `domain:key=value,…`, and patterns of them.

use std::fmt::Write as _;

/// A name; with `*` or `?` in it, or a key `*`, a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    domain: String,
    /// In the order in which they were written.
    keys: Vec<(String, String)>,
    /// There may be more keys.
    open: bool,
}

impl Name {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (domain, rest) = text.split_once(':')?;
        let mut name = Self { domain: domain.to_owned(), keys: Vec::new(), open: false };
        for part in rest.split(',') {
            match part.split_once('=') {
                Some((key, value)) if !key.is_empty() => {
                    name.keys.push((key.to_owned(), value.to_owned()));
                }
                None if part == "*" => name.open = true,
                _ => return None,
            }
        }
        Some(name)
    }

    /// Of ActiveMQ, with these keys.
    pub(super) fn of(keys: &[(&str, &str)]) -> Self {
        let keys = keys.iter().map(|(key, value)| ((*key).to_owned(), encoded(value)));
        Self { domain: "org.apache.activemq".to_owned(), keys: keys.collect(), open: false }
    }

    pub(super) fn domain(&self) -> &str {
        &self.domain
    }

    pub(super) fn key(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_pattern(&self) -> bool {
        let wild = |text: &str| text.contains(['*', '?']);
        self.open || wild(&self.domain) || self.keys.iter().any(|(_, value)| wild(value))
    }

    /// This pattern, or name, covers another name.
    pub(super) fn covers(&self, name: &Self) -> bool {
        let fits = |(key, pattern): &(String, String)| {
            name.key(key).is_some_and(|value| is_like(pattern, value))
        };
        is_like(&self.domain, &name.domain)
            && self.keys.iter().all(fits)
            && (self.open || self.keys.len() == name.keys.len())
    }

    /// The keys alone, in alphabetical order or in their own.
    pub(super) fn shown_keys(&self, canonical: bool) -> String {
        let mut keys: Vec<_> = self.keys.iter().collect();
        if canonical {
            keys.sort();
        }
        let mut text = String::new();
        for (place, (key, value)) in keys.into_iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            // A string takes everything.
            let _ = write!(text, "{comma}{key}={value}");
        }
        if self.open {
            text.push_str(if text.is_empty() { "*" } else { ",*" });
        }
        text
    }

    pub(super) fn shown(&self, canonical: bool) -> String {
        format!("{}:{}", self.domain, self.shown_keys(canonical))
    }
}

/// As ActiveMQ writes names of destinations in names of beans.
fn encoded(value: &str) -> String {
    let value = value.replace([':', ',', '\'', '"'], "_");
    value.replace('?', "&qe;").replace('=', "&amp;").replace('*', "&ast;")
}

/// `*` stands for any letters, `?` for one. In time that grows with the product of both lengths.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // Which beginnings of the text the pattern so far covers.
    let mut covered = vec![false; text.len() + 1];
    if let Some(nothing) = covered.first_mut() {
        *nothing = true;
    }
    for letter in pattern {
        covered = follow(letter, &covered, &text);
    }
    covered.last().copied().unwrap_or_default()
}

fn follow(letter: char, covered: &[bool], text: &[char]) -> Vec<bool> {
    if letter == '*' {
        let mut any = false;
        let longer = covered.iter().map(|it| {
            any |= it;
            any
        });
        return longer.collect();
    }
    let fits = |(before, next): (&bool, &char)| *before && (letter == '?' || letter == *next);
    std::iter::once(false).chain(covered.iter().zip(text).map(fits)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_names_whatever_the_order_of_their_keys() {
        let queue = [
            ("type", "Broker"),
            ("brokerName", "localhost"),
            ("destinationType", "Queue"),
            ("destinationName", "orders.new"),
        ];
        let name = Name::of(&queue);
        let covers = |text: &str| Name::parse(text).unwrap().covers(&name);
        assert!(covers(&name.shown(true)) && covers(&name.shown(false)));
        assert!(covers("org.apache.activemq:destinationType=Queue,*"));
        assert!(covers("*:type=Broker,brokerName=*,destinationType=Q?eue,destinationName=*.new"));
        assert!(!covers("org.apache.activemq:type=Broker,brokerName=localhost"));
        assert!(!covers("org.apache.activemq:destinationType=Topic,*"));
        assert!(!covers("java.lang:type=Memory"));
        let open = "org.apache.activemq:destinationType=Queue,*";
        assert_eq!(Name::parse(open).unwrap().shown(true), open);
        for text in ["", "a", "a:b", "a:=c"] {
            assert_eq!(Name::parse(text), None, "{text}");
        }
    }
}
