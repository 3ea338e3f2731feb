//! Properties on the command line: `region=EU`, `count:int=5`.

use std::str::FromStr;

use relaismq::Value;

/// A property that all messages get.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Its value, of the type that was given; text if none was.
    pub value: Value,
}

/// For `--help` and for errors.
pub const TYPES: &str = "text, boolean, byte, short, int, long, float or double";

impl FromStr for Property {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or(
            "write NAME=VALUE for a text, or NAME:TYPE=VALUE, such as region=EU or count:int=5",
        )?;
        let (name, kind) = name.split_once(':').unwrap_or((name, "text"));
        if name.is_empty() {
            return Err("the property has no name: write NAME=VALUE".to_owned());
        }
        Ok(Self { name: name.to_owned(), value: typed(kind, value)? })
    }
}

fn typed(kind: &str, value: &str) -> Result<Value, String> {
    fn read<T: FromStr + Into<Value>>(value: &str) -> Option<Value> {
        value.parse::<T>().ok().map(Into::into)
    }
    let typed = match kind {
        "text" => Some(value.into()),
        "boolean" => read::<bool>(value),
        "byte" => read::<i8>(value),
        "short" => read::<i16>(value),
        "int" => read::<i32>(value),
        "long" => read::<i64>(value),
        "float" => read::<f32>(value),
        "double" => read::<f64>(value),
        _ => return Err(format!("there is no type {kind}: write {TYPES}")),
    };
    typed.ok_or_else(|| format!("`{value}` is no {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<Value, String> {
        text.parse::<Property>().map(|property| property.value)
    }

    #[test]
    fn values_have_the_type_that_is_given() {
        assert_eq!(value("region=EU"), Ok("EU".into()));
        assert_eq!(value("a=b=c"), Ok("b=c".into()));
        assert_eq!(value("a="), Ok("".into()));
        assert_eq!(value("count:int=5"), Ok(5.into()));
        assert_eq!(value("count:long=-5"), Ok(Value::Long(-5)));
        assert_eq!(value("flag:boolean=true"), Ok(true.into()));
        assert_eq!(value("ratio:float=1.5"), Ok(Value::Float(1.5)));
        assert_eq!(value("count:byte=128"), Err("`128` is no byte".to_owned()));
        assert!(value("count:integer=5").unwrap_err().contains("text, boolean, byte"));
        assert!(value("=5").unwrap_err().contains("no name"));
        assert!(value("region").unwrap_err().contains("NAME=VALUE"));
    }
}
