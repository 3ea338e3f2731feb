//! Which beans there are, and what they are asked.

use relaismq_openwire::destination::Kind;
use serde_json::{Map, Value, json};

use super::{answer::Refused, bean::Bean, broker, destination, names::Name, request::Attributes};
use crate::{
    admin::Admin,
    engine::io::{DestinationReport, Figures, Question, Report},
};

/// Destinations of each kind that are looked at.
const MOST: usize = 1000;

pub(super) fn version() -> Value {
    json!({
        "agent": env!("CARGO_PKG_VERSION"),
        "protocol": "7.2",
        "config": {},
        "info": { "product": "RelaisMQ", "vendor": "RelaisMQ", "version": env!("CARGO_PKG_VERSION") },
    })
}

/// Of one bean its attributes; of a pattern those of each.
pub(super) async fn read(
    admin: &Admin,
    name: &Name,
    attributes: &Attributes,
    canonical: bool,
) -> Result<Value, Refused> {
    let mut found = beans(admin, name).await;
    if found.is_empty() {
        return Err(Refused::no_bean(&name.shown(false)));
    }
    if !name.is_pattern() {
        return pick(found.remove(0).attributes, attributes);
    }
    let several = match attributes {
        Attributes::One(one) => Attributes::Several(vec![one.clone()]),
        Attributes::Several(several) => Attributes::Several(several.clone()),
        Attributes::All => Attributes::All,
    };
    let picked = found.into_iter().map(|bean| {
        let value = pick(bean.attributes, &several).unwrap_or_default();
        (bean.name.shown(canonical), value)
    });
    let picked = picked.filter(|(_, value)| value.as_object().is_some_and(|it| !it.is_empty()));
    Ok(Value::Object(picked.collect()))
}

/// Of several attributes those that there are.
fn pick(mut all: Map<String, Value>, attributes: &Attributes) -> Result<Value, Refused> {
    match attributes {
        Attributes::All => Ok(Value::Object(all)),
        Attributes::One(name) => all.remove(name).ok_or_else(|| Refused::no_attribute(name)),
        Attributes::Several(names) => {
            let there = names.iter().filter_map(|name| Some((name.clone(), all.remove(name)?)));
            Ok(Value::Object(there.collect()))
        }
    }
}

pub(super) async fn search(
    admin: &Admin,
    pattern: &Name,
    canonical: bool,
) -> Result<Value, Refused> {
    let found = beans(admin, pattern).await;
    Ok(found.into_iter().map(|bean| Value::String(bean.name.shown(canonical))).collect())
}

pub(super) async fn list(admin: &Admin, canonical: bool) -> Result<Value, Refused> {
    let everything = Name::parse("*:*").ok_or_else(|| Refused::malformed("*:*"))?;
    let mut domains = Map::new();
    for bean in beans(admin, &everything).await {
        let attributes = bean.attributes.iter().map(|(name, value)| (name.clone(), meta(value)));
        let described = json!({ "attr": Value::Object(attributes.collect()), "desc": "" });
        let domain = domains.entry(bean.name.domain()).or_insert_with(|| json!({}));
        if let Value::Object(domain) = domain {
            domain.insert(bean.name.shown_keys(canonical), described);
        }
    }
    Ok(Value::Object(domains))
}

fn meta(value: &Value) -> Value {
    let kind = match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) => "long",
        Value::String(_) => "java.lang.String",
        Value::Array(_) => "[Ljavax.management.ObjectName;",
        Value::Object(_) | Value::Null => "java.util.Map",
    };
    json!({ "rw": false, "type": kind, "desc": "" })
}

/// All that the pattern covers. A slave has itself only, as ActiveMQ's.
async fn beans(admin: &Admin, pattern: &Name) -> Vec<Bean> {
    let figures = match admin.ask(Question::Figures).await {
        Some(Report::Figures(figures)) => Some(figures),
        _ => None,
    };
    let mut all = Vec::new();
    let (mut queues, mut topics) = (Vec::new(), Vec::new());
    if let Some(figures) = &figures {
        queues = destinations(admin, figures, pattern, Kind::Queue).await;
        topics = destinations(admin, figures, pattern, Kind::Topic).await;
        all.push(broker::health(admin));
    }
    let names = |beans: &[Bean]| beans.iter().map(|bean| bean.name.clone()).collect::<Vec<_>>();
    all.insert(0, broker::broker(admin, figures.as_ref(), &names(&queues), &names(&topics)));
    all.append(&mut queues);
    all.append(&mut topics);
    all.retain(|bean| pattern.covers(&bean.name));
    all
}

/// Those that may be meant: one, if one is named.
async fn destinations(admin: &Admin, figures: &Figures, pattern: &Name, kind: Kind) -> Vec<Bean> {
    let named = pattern.key("destinationName").filter(|name| !name.contains(['*', '?', '_', '&']));
    let question = match named {
        Some(name) => Question::Destination { kind, name: name.into() },
        None => Question::Destinations { kind, after: None, limit: MOST },
    };
    let reports: Vec<DestinationReport> = match admin.ask(question).await {
        Some(Report::Destinations(reports, _)) => reports,
        _ => Vec::new(),
    };
    let own = &admin.desk.facts().name;
    reports.iter().map(|it| destination::bean(own, kind, it, figures)).collect()
}
