//! What is answered, in Jolokia's form.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

/// Why there is no value, as a Java virtual machine would say it.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    class: &'static str,
    message: String,
    status: u16,
}

impl Refused {
    pub(super) fn argument(message: impl Into<String>) -> Self {
        let class = "java.lang.IllegalArgumentException";
        Self { class, message: message.into(), status: 400 }
    }

    pub(super) fn malformed(name: &str) -> Self {
        Self::argument(format!("Invalid object name '{name}'"))
    }

    /// It was not understood, so that there is nothing to repeat.
    pub(super) fn is_about_the_request(&self) -> bool {
        self.status == 400
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self { class: "java.lang.Exception", message: message.into(), status: 403 }
    }

    pub(super) fn no_bean(name: &str) -> Self {
        let class = "javax.management.InstanceNotFoundException";
        Self { class, message: name.to_owned(), status: 404 }
    }

    pub(super) fn no_attribute(name: &str) -> Self {
        let class = "javax.management.AttributeNotFoundException";
        Self { class, message: format!("No such attribute: {name}"), status: 404 }
    }
}

pub(super) fn told(request: &Value, value: &Value) -> Value {
    json!({ "request": request, "value": value, "timestamp": timestamp(), "status": 200 })
}

pub(super) fn refused(request: &Value, why: &Refused) -> Value {
    let Refused { class, message, status } = why;
    json!({
        "request": request,
        "error_type": class,
        "error": format!("{class} : {message}"),
        "timestamp": timestamp(),
        "status": status,
    })
}

/// What is found in a value on this path.
pub(super) fn inside(value: Value, path: &[String]) -> Result<Value, Refused> {
    path.iter().try_fold(value, |mut value, step| {
        let found = match &mut value {
            Value::Object(map) => map.remove(step),
            Value::Array(items) => {
                let place = step.parse::<usize>().ok().filter(|place| *place < items.len());
                place.map(|place| items.swap_remove(place))
            }
            _ => None,
        };
        found.ok_or_else(|| Refused::no_attribute(step))
    })
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "answers carry the time of the day")]
fn timestamp() -> u64 {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_secs()
}
