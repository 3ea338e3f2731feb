//! The functions of selectors: REGEX, INLIST, MAKELIST, SPLIT and REPLACE.
//!
//! They are extensions of ActiveMQ's. Regular expressions written as literals are compiled once,
//! with the selector; others at each message.

use std::borrow::Cow;

use regex::Regex;

use super::pattern::{PatternError, compile};
use super::replacement;
use super::{EvaluationError, MAX_TEXT, Value};

/// A call with the right number of arguments, which are expressions `E`.
#[derive(Debug, Clone)]
pub(super) struct Call<E> {
    function: Function,
    arguments: Vec<E>,
    /// The pattern argument, if it is a literal.
    compiled: Option<Result<Regex, PatternError>>,
}

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum CallError {
    Invalid(&'static str),
    Unsupported(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Regex,
    InList,
    MakeList,
    Split,
    Replace,
}

/// An argument after evaluation; `None` if absent.
type Argument<'a> = Option<Value<'a>>;

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

impl<E> Call<E> {
    /// Checks a call. Names count in upper case only, as in ActiveMQ. `literal` tells the text of an
    /// argument that is a string literal.
    ///
    /// A literal regular expression that is wrong makes evaluation fail, not this: so it is in
    /// ActiveMQ. One that is right in Java but beyond this broker is refused here.
    pub(super) fn new(
        name: &str,
        arguments: Vec<E>,
        literal: impl Fn(&E) -> Option<&str>,
    ) -> Result<Self, CallError> {
        let function = Function::from_name(name).ok_or(CallError::Invalid("no such function"))?;
        function.check_count(arguments.len())?;
        let pattern = function.pattern_index().and_then(|index| arguments.get(index));
        let compiled = pattern.and_then(literal).map(compile);
        if let Some(Err(PatternError::Unsupported(feature))) = compiled {
            return Err(CallError::Unsupported(feature.to_owned()));
        }
        Ok(Self { function, arguments, compiled })
    }

    /// Whether the result is a boolean.
    pub(super) fn is_boolean(&self) -> bool {
        matches!(self.function, Function::Regex | Function::InList)
    }

    /// Applies the function; `evaluate` gives the value of an argument.
    pub(super) fn apply<'a>(
        &'a self,
        evaluate: impl Fn(&'a E) -> Result<Argument<'a>, EvaluationError>,
    ) -> Outcome<'a> {
        let mut arguments = self.arguments.iter().map(evaluate);
        if self.function == Function::MakeList {
            return Ok(Value::List(arguments.collect::<Result<_, _>>()?));
        }
        let mut next = || arguments.next().unwrap_or(Ok(None));
        let (first, second) = (next()?, next()?);
        match self.function {
            Function::InList => in_list(first, second.as_ref()),
            Function::Regex => self.regex(first, second),
            Function::Split if self.arguments.len() > 2 => {
                self.split(first, second, limit(next()?)?)
            }
            Function::Split => self.split(first, second, 0),
            Function::Replace => self.replace(first, second, next()?),
            Function::MakeList => Ok(Value::List(Vec::new())),
        }
    }

    /// The compiled pattern, from the selector or from an argument's value.
    fn pattern(&self, argument: &str) -> Result<Cow<'_, Regex>, EvaluationError> {
        let compiled = match &self.compiled {
            Some(Ok(regex)) => return Ok(Cow::Borrowed(regex)),
            Some(Err(error)) => Err(error.clone()),
            None => compile(argument),
        };
        compiled.map(Cow::Owned).map_err(|error| EvaluationError::Pattern {
            function: self.function.name(),
            problem: match error {
                PatternError::Unsupported(feature) => format!("{feature} not supported"),
                PatternError::Malformed(problem) => problem,
            },
        })
    }

    /// Whether the pattern occurs in the text of any value; FALSE if either is absent.
    fn regex(&self, pattern: Argument<'_>, value: Argument<'_>) -> Outcome<'static> {
        let (Some(pattern), Some(value)) = (pattern, value) else {
            return Ok(Value::Boolean(false));
        };
        let regex = self.pattern(&pattern.into_text()?)?;
        Ok(Value::Boolean(regex.is_match(&value.into_text()?)))
    }

    fn split<'a>(&self, text: Argument<'a>, pattern: Argument<'a>, limit: i32) -> Outcome<'a> {
        let text = self.string(text)?;
        let regex = self.pattern(&self.string(pattern)?)?;
        let parts = split(&text, &regex, limit)?;
        Ok(Value::List(parts.into_iter().map(|part| Some(part.to_owned().into())).collect()))
    }

    fn replace<'a>(
        &self,
        text: Argument<'a>,
        pattern: Argument<'a>,
        by: Argument<'a>,
    ) -> Outcome<'a> {
        let text = self.string(text)?;
        let regex = self.pattern(&self.string(pattern)?)?;
        Ok(replacement::replace_all(&text, &regex, &self.string(by)?)?.into())
    }

    fn string<'a>(&self, argument: Argument<'a>) -> Result<Cow<'a, str>, EvaluationError> {
        match argument {
            Some(Value::String(text)) => Ok(text),
            other => Err(unfit(self.function, "string", other.as_ref())),
        }
    }
}

impl Function {
    fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Regex, Self::InList, Self::MakeList, Self::Split, Self::Replace];
        all.into_iter().find(|function| function.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Regex => "REGEX",
            Self::InList => "INLIST",
            Self::MakeList => "MAKELIST",
            Self::Split => "SPLIT",
            Self::Replace => "REPLACE",
        }
    }

    fn check_count(self, count: usize) -> Result<(), CallError> {
        let (fits, problem) = match self {
            Self::Regex => (count == 2, "takes a regular expression and a value"),
            Self::InList => (count == 2, "takes a list and a value"),
            Self::MakeList => (count > 0, "takes at least one value"),
            Self::Split => {
                (matches!(count, 2 | 3), "takes a string, a regular expression and maybe a limit")
            }
            Self::Replace => (count == 3, "takes a string, a regular expression and a string"),
        };
        if fits { Ok(()) } else { Err(CallError::Invalid(problem)) }
    }

    fn pattern_index(self) -> Option<usize> {
        match self {
            Self::Regex => Some(0),
            Self::Split | Self::Replace => Some(1),
            Self::InList | Self::MakeList => None,
        }
    }
}

/// Whether the list has an entry of the same type and value.
fn in_list(list: Argument<'_>, value: Option<&Value<'_>>) -> Outcome<'static> {
    let Some(Value::List(entries)) = list else {
        return Err(unfit(Function::InList, "list", list.as_ref()));
    };
    for entry in &entries {
        // ActiveMQ fails on an absent entry too, but only if none before it is equal.
        let entry = entry.as_ref().ok_or_else(|| unfit(Function::InList, "present entry", None))?;
        if Some(entry) == value {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(Value::Boolean(false))
}

fn limit(argument: Argument<'_>) -> Result<i32, EvaluationError> {
    match argument {
        Some(Value::Int(limit)) => Ok(limit),
        other => Err(unfit(Function::Split, "limit of type int", other.as_ref())),
    }
}

fn unfit(function: Function, expected: &'static str, value: Option<&Value<'_>>) -> EvaluationError {
    let found = value.map_or("an absent value", Value::kind);
    EvaluationError::Argument { function: function.name(), expected, found }
}

/// Splits as Java does: at most `limit` parts if it is positive, without empty parts at the end if
/// it is zero, and without an empty part before a match of no characters at the start.
fn split<'t>(text: &'t str, regex: &Regex, limit: i32) -> Result<Vec<&'t str>, EvaluationError> {
    let most = usize::try_from(limit).ok().filter(|&most| most > 0).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    let mut from = 0;
    for found in regex.find_iter(text) {
        if parts.len() >= most.saturating_sub(1) {
            break;
        }
        if found.end() == 0 {
            continue;
        }
        if parts.len() >= MAX_ENTRIES {
            return Err(EvaluationError::TooLarge { limit: MAX_ENTRIES });
        }
        parts.push(text.get(from..found.start()).unwrap_or(""));
        from = found.end();
    }
    parts.push(text.get(from..).unwrap_or(""));
    let whole = parts.len() == 1;
    while limit == 0 && !whole && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    Ok(parts)
}

/// Greatest number of parts that SPLIT makes.
const MAX_ENTRIES: usize = MAX_TEXT / 16;
