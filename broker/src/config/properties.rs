//! What `${name}` stands for.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

/// Values by name: those given on the command line first, then those of files, then the folders that
/// ActiveMQ's own start script names, then the environment.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    given: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    folders: BTreeMap<&'static str, String>,
    environment: BTreeMap<String, String>,
}

/// `${a}` may stand for `${b}`, and so on.
const DEEPEST: usize = 8;
/// What one value may become.
const LONGEST: usize = 64 * 1024;

/// Why a text could not be completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// Nobody says what this is.
    Name(String),
    /// It never ends, or becomes too long.
    Endless(String),
}

impl Properties {
    /// Those of this process's environment.
    #[must_use]
    pub fn from_environment() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { environment: env::vars_os().filter_map(text).collect(), ..Self::default() }
    }

    /// With one more, which wins over all others.
    #[must_use]
    pub fn given(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.given.insert(name.into(), value.into());
        self
    }

    /// Takes over what a file of properties says.
    pub(super) fn add_file(&mut self, text: &str) {
        self.files.extend(lines(text));
    }

    /// The folders that ActiveMQ's start script tells its configuration, for a file in `conf/` of an
    /// installation, or in a folder of its own.
    pub(super) fn add_folders_around(&mut self, file: &Path) {
        let beside = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let conf = beside.unwrap_or(Path::new("."));
        let base = match conf.file_name() {
            Some(name) if name == "conf" => conf.parent().unwrap_or(conf),
            _ => conf,
        };
        let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
        let folder = |variable: &str, usual: PathBuf| {
            let usual = usual.display().to_string();
            self.environment.get(variable).cloned().unwrap_or(usual)
        };
        let home = self.environment.get("HOME").cloned().unwrap_or_else(|| ".".to_owned());
        let folders = [
            ("activemq.home", folder("ACTIVEMQ_HOME", base.to_owned())),
            ("activemq.base", folder("ACTIVEMQ_BASE", base.to_owned())),
            ("activemq.conf", folder("ACTIVEMQ_CONF", conf.to_owned())),
            ("activemq.data", folder("ACTIVEMQ_DATA", base.join("data"))),
            ("user.home", home),
            ("user.dir", ".".to_owned()),
            ("java.io.tmpdir", env::temp_dir().display().to_string()),
        ];
        self.folders.extend(folders);
    }

    /// What one is.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let java = name.strip_prefix("env.").unwrap_or(name);
        let found = self.given.get(name).or_else(|| self.files.get(name));
        let found = found.or_else(|| self.folders.get(name));
        found.or_else(|| self.environment.get(java)).map(String::as_str)
    }

    /// The text with everything filled in. `${name:what else}` has a default.
    pub(super) fn complete(&self, text: &str) -> Result<String, Unresolved> {
        let mut complete = String::new();
        self.fill(text, &mut complete, 0)?;
        Ok(complete)
    }

    fn fill(&self, text: &str, complete: &mut String, depth: usize) -> Result<(), Unresolved> {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            complete.push_str(before);
            let Some((inner, behind)) = closing(after) else {
                return Err(Unresolved::Name(format!("${{{after}")));
            };
            rest = behind;
            let (name, default) = match inner.split_once(':') {
                Some((name, default)) => (name.trim(), Some(default)),
                None => (inner.trim(), None),
            };
            let Some(value) = self.get(name).or(default) else {
                return Err(Unresolved::Name(format!("${{{name}}}")));
            };
            if depth == DEEPEST || complete.len() > LONGEST {
                return Err(Unresolved::Endless(format!("${{{name}}}")));
            }
            self.fill(value, complete, depth + 1)?;
        }
        complete.push_str(rest);
        Ok(())
    }
}

/// What stands before the brace that closes, and behind it.
fn closing(text: &str) -> Option<(&str, &str)> {
    let mut open = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return Some((text.get(..at)?, text.get(at + 1..)?)),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// A marker that some tool was meant to replace: `#{…}`, `%name%`, `#### NAME ####`, `@NAME@`.
pub(super) fn marker(text: &str) -> Option<&str> {
    let between = |open: &str, close: &str| {
        let (at, _) = text.match_indices(open).next()?;
        let inner = text.get(at + open.len()..)?;
        let end = inner.find(close)?;
        Some((inner.get(..end)?, text.get(at..at + open.len() + end + close.len())?))
    };
    if let Some((_, whole)) = between("#{", "}") {
        return Some(whole);
    }
    let is_name = |name: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        name.len() > 2
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(fits)
    };
    if let Some((_, whole)) = between("%", "%").filter(|(name, _)| is_name(name)) {
        return Some(whole);
    }
    if let Some((_, whole)) = between("@", "@").filter(|(name, _)| is_name(name)) {
        return Some(whole);
    }
    if let Some((before, _)) = text.split_once('{')
        && let Some((dollar, _)) = before.char_indices().rev().find(|(_, c)| *c == '$')
        && before.get(dollar + 1..)?.chars().all(|c| c.is_ascii_alphanumeric())
    {
        return text.get(dollar..);
    }
    text.trim().starts_with("###").then_some(text.trim())
}

/// `name=value`, `name: value` or `name value` on each line; `#` and `!` begin comments, and a line
/// that ends with a backslash goes on.
pub(super) fn lines(text: &str) -> Vec<(String, String)> {
    let joined = text.replace("\\\r\n", "").replace("\\\n", "");
    let lines = joined.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
    let pair = |line: &str| {
        let end = line.find(|c: char| matches!(c, '=' | ':') || c.is_whitespace());
        let (name, value) = line.split_at(end.unwrap_or(line.len()));
        let value = value.trim_start().trim_start_matches(['=', ':']).trim();
        (name.to_owned(), value.to_owned())
    };
    lines.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties() -> Properties {
        let mut properties = Properties::default().given("a", "one").given("loop", "${loop}");
        properties.add_file("# comment\na = file\nb: two ${a}\nc\\\n = three\n! more\nlone\n");
        properties.add_folders_around(Path::new("/opt/activemq/conf/activemq.xml"));
        properties
    }

    #[test]
    fn values_come_from_the_command_line_then_from_files_then_from_where_the_file_lies() {
        let complete = |text: &str| properties().complete(text).unwrap();
        assert_eq!(complete("${a}-${b}-${c}"), "one-two one-three");
        assert_eq!(complete("${none:plan ${a}}${lone}."), "plan one.");
        assert_eq!(complete("${activemq.data}/kahadb"), "/opt/activemq/data/kahadb");
        assert_eq!(complete("no placeholder: $a {b}"), "no placeholder: $a {b}");
    }

    #[test]
    fn what_nobody_knows_or_never_ends_is_named() {
        let refused = |text: &str| properties().complete(text).unwrap_err();
        assert_eq!(refused("x${who}"), Unresolved::Name("${who}".to_owned()));
        assert_eq!(refused("${open"), Unresolved::Name("${open".to_owned()));
        assert_eq!(refused("${loop}"), Unresolved::Endless("${loop}".to_owned()));
    }

    #[test]
    fn a_value_that_doubles_and_doubles_is_stopped() {
        let mut properties = Properties::default().given("a0", "x".repeat(1000));
        for n in 1..=8 {
            let previous = format!("${{a{}}}", n - 1);
            properties = properties.given(format!("a{n}"), previous.repeat(100));
        }
        assert!(matches!(properties.complete("${a7}"), Err(Unresolved::Endless(_))));
    }

    #[test]
    fn markers_that_other_tools_replace_are_seen_and_ordinary_text_is_not() {
        for text in ["#{env.dir}/x", "tcp://0:%zk.port%", "##### HEAP #####", "@HOST@", "$aq{x}"] {
            assert!(marker(text).is_some(), "{text}");
        }
        for text in
            ["64 mb", "tcp://a:1?x=%20%2F", "#mysql-ds", "a@b.example", "ActiveMQ.>", "100%"]
        {
            assert_eq!(marker(text), None, "{text}");
        }
    }
}
