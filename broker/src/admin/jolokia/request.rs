//! What is asked, in a path or in JSON.

use serde_json::{Map, Value, json};

use super::{answer::Refused, names::Name};

#[derive(Debug)]
pub(super) struct Request {
    pub(super) asked: Asked,
    /// As the answer repeats it.
    pub(super) echo: Value,
    /// Names are written with their keys in order.
    pub(super) canonical: bool,
}

#[derive(Debug)]
pub(super) enum Asked {
    Version,
    Read {
        name: Name,
        attributes: Attributes,
        path: Vec<String>,
    },
    Search {
        pattern: Name,
    },
    List {
        path: Vec<String>,
    },
    /// It cannot be answered.
    Other(Refused),
}

#[derive(Debug)]
pub(super) enum Attributes {
    All,
    One(String),
    Several(Vec<String>),
}

impl Request {
    pub(super) fn version() -> Self {
        Self::of_json(json!({ "type": "version" }), true)
    }

    /// `read/MBEAN/ATTRIBUTE/PATH`, and so on.
    pub(super) fn of_path(path: &str, canonical: bool) -> Self {
        let mut parts = split(path).into_iter();
        let kind = parts.next().unwrap_or_default();
        let mut json = Map::from_iter([("type".to_owned(), json!(kind))]);
        if kind != "list"
            && let Some(name) = parts.next()
        {
            json.insert("mbean".to_owned(), json!(name));
        }
        if kind == "read"
            && let Some(attribute) = parts.next().filter(|it| !it.is_empty())
        {
            let several: Vec<&str> = attribute.split(',').collect();
            let attribute = if several.len() > 1 { json!(several) } else { json!(attribute) };
            json.insert("attribute".to_owned(), attribute);
        }
        let rest: Vec<String> = parts.collect();
        if !rest.is_empty() {
            json.insert("path".to_owned(), json!(rest.join("/")));
        }
        Self::of_json(Value::Object(json), canonical)
    }

    pub(super) fn of_json(mut echo: Value, canonical: bool) -> Self {
        let configured = echo.pointer("/config/canonicalNaming");
        let canonical = match configured {
            Some(Value::Bool(canonical)) => *canonical,
            Some(Value::String(text)) => text != "false",
            _ => canonical,
        };
        let asked = understand(&echo).unwrap_or_else(Asked::Other);
        repeat(&mut echo, &asked);
        Self { asked, echo, canonical }
    }
}

/// Brings a request to the form in which Jolokia repeats it: the keys of names in order, one attribute without its
/// list, no empty path; nothing of what was not understood.
fn repeat(echo: &mut Value, asked: &Asked) {
    if matches!(asked, Asked::Other(why) if why.is_about_the_request()) {
        *echo = Value::Null;
    }
    let Some(echo) = echo.as_object_mut() else { return };
    if let Asked::Read { name, .. } | Asked::Search { pattern: name } = asked {
        echo.insert("mbean".to_owned(), json!(name.shown(true)));
    }
    if let Asked::Read { attributes: Attributes::Several(names), .. } = asked
        && let [one] = names.as_slice()
    {
        echo.insert("attribute".to_owned(), json!(one));
    }
    if echo.get("path") == Some(&json!("")) {
        echo.remove("path");
    }
}

fn understand(json: &Value) -> Result<Asked, Refused> {
    let kind = json.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind.to_ascii_lowercase().as_str() {
        "" if !json.is_object() => Err(Refused::argument("a request is an object")),
        "version" => Ok(Asked::Version),
        "read" => Ok(Asked::Read {
            name: name(json)?,
            attributes: attributes(json.get("attribute")),
            path: path(json),
        }),
        "search" => Ok(Asked::Search { pattern: name(json)? }),
        "list" => Ok(Asked::List { path: path(json) }),
        "exec" | "write" => {
            Err(Refused::forbidden("nothing can be changed by Jolokia here: see /api/v1 for that"))
        }
        other => Err(Refused::argument(format!("Invalid type '{other}'"))),
    }
}

fn name(json: &Value) -> Result<Name, Refused> {
    let text = json.get("mbean").and_then(Value::as_str).unwrap_or_default();
    Name::parse(text).ok_or_else(|| Refused::malformed(text))
}

fn attributes(json: Option<&Value>) -> Attributes {
    match json {
        Some(Value::String(name)) if !name.is_empty() => Attributes::One(name.clone()),
        Some(Value::Array(names)) => Attributes::Several(
            names.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        ),
        _ => Attributes::All,
    }
}

fn path(json: &Value) -> Vec<String> {
    let text = json.get("path").and_then(Value::as_str).unwrap_or_default();
    split(text).into_iter().filter(|it| !it.is_empty()).collect()
}

/// At each slash, unless `!` stands before it; `!!` is one.
fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        let taken = match letter {
            '/' => {
                parts.push(String::new());
                continue;
            }
            '!' => letters.next().unwrap_or('!'),
            other => other,
        };
        if let Some(last) = parts.last_mut() {
            last.push(taken);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_the_same_as_json() {
        let path = "read/org.apache.activemq:type=Broker,brokerName=a!/b/Slave,Uptime";
        let echo = Request::of_path(path, true).echo;
        let mbean = "org.apache.activemq:brokerName=a/b,type=Broker";
        assert_eq!(
            echo,
            json!({ "type": "read", "mbean": mbean, "attribute": ["Slave", "Uptime"] })
        );
    }

    #[test]
    fn what_changes_something_is_refused() {
        for kind in ["exec", "write", "EXEC"] {
            let request = Request::of_json(json!({ "type": kind, "mbean": "a:b=c" }), true);
            assert!(matches!(request.asked, Asked::Other(_)), "{kind}");
        }
    }
}
