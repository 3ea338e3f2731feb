//! Regular expressions of the functions REGEX, SPLIT and REPLACE.
//!
//! They are written for Java and run on an engine that takes linear time. What the engine cannot
//! do is refused by name; what it means differently is rewritten: `\Q..\E`, the classes `\d`, `\w`,
//! `\s` and boundaries, which are ASCII in Java, and the dot, which stops at more line ends there.

use regex::{Regex, RegexBuilder};

/// Why a regular expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PatternError {
    /// Java has it, this broker does not.
    Unsupported(&'static str),
    /// It is wrong, or too large, everywhere.
    Malformed(String),
}

/// Compiles a regular expression written for Java.
pub(super) fn compile(java: &str) -> Result<Regex, PatternError> {
    if java.len() > MAX_PATTERN_LENGTH {
        return Err(PatternError::Malformed("regular expression is too long".to_owned()));
    }
    let rewritten = Rewriter { rest: java, rewritten: String::new(), in_class: 0 }.run()?;
    let built = RegexBuilder::new(&rewritten)
        .size_limit(MAX_COMPILED_SIZE)
        .dfa_size_limit(MAX_COMPILED_SIZE)
        .nest_limit(MAX_NESTING)
        .build();
    built.map_err(|error| {
        let text = error.to_string();
        // The engine draws the pattern over several lines; its last line says what is wrong.
        let reason = text.lines().last().unwrap_or("").trim_start_matches("error: ");
        PatternError::Malformed(reason.to_owned())
    })
}

struct Rewriter<'p> {
    rest: &'p str,
    rewritten: String,
    in_class: usize,
}

impl Rewriter<'_> {
    fn run(mut self) -> Result<String, PatternError> {
        while let Some(character) = self.rest.chars().next() {
            if let Some(feature) = self.unsupported() {
                return Err(PatternError::Unsupported(feature));
            }
            self.rest = self.rest.get(character.len_utf8()..).unwrap_or("");
            match character {
                '\\' => self.escape(),
                '.' if self.in_class == 0 => self.rewritten.push_str(DOT),
                _ => {
                    match character {
                        '[' => self.in_class += 1,
                        ']' => self.in_class = self.in_class.saturating_sub(1),
                        _ => {}
                    }
                    self.rewritten.push(character);
                }
            }
        }
        Ok(self.rewritten)
    }

    /// Names the feature of Java's that begins here, if this engine lacks it.
    fn unsupported(&self) -> Option<&'static str> {
        let rest = self.rest;
        let starts = |beginnings: &[&str]| beginnings.iter().any(|begin| rest.starts_with(begin));
        if starts(&["\\1", "\\2", "\\3", "\\4", "\\5", "\\6", "\\7", "\\8", "\\9", "\\k"]) {
            return Some("back-references in regular expressions are");
        }
        if starts(&["\\G", "\\Z", "\\R", "\\X", "\\h", "\\H", "\\c", "\\0"]) {
            return Some("\\G, \\Z, \\R, \\X, \\h, \\c and octal in regular expressions are");
        }
        if self.in_class > 0 {
            return None;
        }
        if starts(&["(?=", "(?!", "(?<=", "(?<!", "(?>"]) {
            return Some("look-around and atomic groups in regular expressions are");
        }
        starts(&["*+", "++", "?+", "}+"])
            .then_some("possessive quantifiers in regular expressions are")
    }

    /// Rewrites what follows a backslash already taken.
    fn escape(&mut self) {
        let Some(character) = self.rest.chars().next() else {
            self.rewritten.push('\\');
            return;
        };
        self.rest = self.rest.get(character.len_utf8()..).unwrap_or("");
        match character {
            'Q' => {
                let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.rewritten.push_str(&regex::escape(quoted));
                self.rest = rest;
            }
            'd' => self.rewritten.push_str("[0-9]"),
            'D' => self.rewritten.push_str("[^0-9]"),
            'w' => self.rewritten.push_str("[0-9A-Za-z_]"),
            'W' => self.rewritten.push_str("[^0-9A-Za-z_]"),
            's' => self.rewritten.push_str("[ \\t\\n\\x0B\\f\\r]"),
            'S' => self.rewritten.push_str("[^ \\t\\n\\x0B\\f\\r]"),
            'b' => self.rewritten.push_str("(?-u:\\b)"),
            'B' => self.rewritten.push_str("(?-u:\\B)"),
            '<' | '>' => self.rewritten.push(character),
            _ => self.rewritten.extend(['\\', character]),
        }
    }
}

/// Any character but the line ends that Java knows.
const DOT: &str = "[^\\n\\r\\x{85}\\x{2028}\\x{2029}]";

/// Greatest length in bytes of a regular expression.
const MAX_PATTERN_LENGTH: usize = 4096;

/// Greatest size in bytes of a compiled regular expression, and of each of its caches.
const MAX_COMPILED_SIZE: usize = 512 * 1024;

const MAX_NESTING: u32 = 50;

#[cfg(test)]
mod tests {
    use super::{PatternError, compile};

    #[test]
    fn rewrites_what_java_means_differently() {
        for (pattern, text, found) in [
            ("a.c", "a\rc", false),
            ("a.c", "a-c", true),
            ("[.]", "a", false),
            ("\\d", "٣", false),
            ("^\\w+$", "é", false),
            ("\\Qa.c\\E", "abc", false),
            ("\\Qa.c", "a.c", true),
            ("[\\d.]", ".", true),
            ("\\.", "a", false),
            ("[a-c&&[b]]", "b", true),
        ] {
            assert_eq!(compile(pattern).unwrap().is_match(text), found, "{pattern} on {text}");
        }
    }

    #[test]
    fn names_what_it_does_not_support() {
        for pattern in ["(a)\\1", "(?=a)", "(?<!a)b", "a++", "a{2}+", "\\Z"] {
            assert!(matches!(compile(pattern), Err(PatternError::Unsupported(_))), "{pattern}");
        }
        for pattern in ["(", "[a", "a{99999}{99999}", "\\"] {
            assert!(matches!(compile(pattern), Err(PatternError::Malformed(_))), "{pattern}");
        }
    }
}
