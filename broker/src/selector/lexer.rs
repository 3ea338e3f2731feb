//! Cuts the text of a selector into tokens.
//!
//! Where several readings fit, the longest wins, as in ActiveMQ's generated scanner: `5AND` is the
//! number 5 and the word AND, `08` is 0 and 8, and `--` begins a comment only if its line ends.

use std::borrow::Cow;
use std::fmt;

use super::SelectorError;

/// A word that cannot name a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    Not,
    And,
    Or,
    Between,
    Like,
    Escape,
    In,
    Is,
    True,
    False,
    Null,
    Xpath,
    Xquery,
}

/// The meaning of a token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'t> {
    Keyword(Keyword),
    Name(&'t str),
    Int(i32),
    Long(i64),
    /// Digits of a whole number above the range of a long.
    Decimal(&'t str),
    Double(f64),
    String(Cow<'t, str>),
    /// One of `= <> < <= > >= + - * / % ( ) ,`.
    Symbol(&'static str),
    End,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyword(keyword) => {
                let name = KEYWORDS.iter().find(|(_, known)| known == keyword);
                f.write_str(name.map_or("a keyword", |(name, _)| name))
            }
            Self::Name(name) => write!(f, "name {name}"),
            Self::Int(_) | Self::Long(_) | Self::Decimal(_) | Self::Double(_) => {
                f.write_str("a number")
            }
            Self::String(_) => f.write_str("a string"),
            Self::Symbol(symbol) => f.write_str(symbol),
            Self::End => f.write_str("the end"),
        }
    }
}

/// A token and the byte offset at which it begins.
pub(super) type Placed<'t> = (Token<'t>, usize);

/// Cuts `text` from the byte `from` on into tokens; the last one is always [`Token::End`].
pub(super) fn tokenize(text: &str, from: usize) -> Result<Vec<Placed<'_>>, SelectorError> {
    let mut lexer = Lexer { text, at: from };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let begin = lexer.at;
        let token = lexer.token()?;
        let done = token == Token::End;
        tokens.push((token, begin));
        if done {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Moves on by `length` bytes and returns them.
    fn take(&mut self, length: usize) -> &'t str {
        let taken = self.rest().get(..length).unwrap_or("");
        self.at += taken.len();
        taken
    }

    fn malformed(&self, problem: &'static str) -> SelectorError {
        SelectorError::Malformed { offset: offset_in(self.text, self.at), problem }
    }

    fn skip_blanks(&mut self) -> Result<(), SelectorError> {
        loop {
            let rest = self.rest();
            if let Some(comment) = rest.strip_prefix("/*") {
                let end = comment.find("*/");
                let end = end.ok_or_else(|| self.malformed("comment is not closed with */"))?;
                self.at += end + 4;
            } else if let Some(end) = line_comment(rest) {
                self.at += end;
            } else if rest.starts_with(BLANKS) {
                self.at += 1;
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Token<'t>, SelectorError> {
        let rest = self.rest();
        let Some(first) = rest.bytes().next() else { return Ok(Token::End) };
        match first {
            b'\'' => self.string(),
            b'0'..=b'9' => self.number(),
            b'.' if rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => self.number(),
            _ if is_name_byte(first) => Ok(self.word()),
            _ => self.symbol(),
        }
    }

    fn string(&mut self) -> Result<Token<'t>, SelectorError> {
        let rest = self.rest();
        let mut from = 1;
        loop {
            let quote = rest.get(from..).and_then(|tail| tail.find('\''));
            let quote = quote.ok_or_else(|| self.malformed("string is not closed with '"))?;
            from += quote + 1;
            if rest.as_bytes().get(from) != Some(&b'\'') {
                break;
            }
            from += 1;
        }
        let quoted = self.take(from);
        let inner = quoted.get(1..from - 1).unwrap_or("");
        Ok(Token::String(if inner.contains('\'') {
            inner.replace("''", "'").into()
        } else {
            inner.into()
        }))
    }

    fn word(&mut self) -> Token<'t> {
        let rest = self.rest();
        let length = rest.bytes().take_while(|&byte| is_name_byte(byte) || byte.is_ascii_digit());
        let word = self.take(length.count());
        let keyword = KEYWORDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name));
        keyword.map_or(Token::Name(word), |&(_, keyword)| Token::Keyword(keyword))
    }

    fn symbol(&mut self) -> Result<Token<'t>, SelectorError> {
        let rest = self.rest();
        let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
        let symbol = symbol.ok_or_else(|| self.malformed("character has no meaning here"))?;
        self.at += symbol.len();
        Ok(Token::Symbol(symbol))
    }

    fn number(&mut self) -> Result<Token<'t>, SelectorError> {
        let rest = self.rest();
        if let Some(length) = float_length(rest) {
            let parsed = rest.get(..length).and_then(|digits| digits.parse().ok());
            let value = parsed.ok_or_else(|| self.malformed("number cannot be read"))?;
            self.at += length;
            return Ok(Token::Double(value));
        }
        if !rest.starts_with('0') {
            return Ok(self.decimal());
        }
        let hex = rest.get(1..).and_then(|tail| tail.strip_prefix(['x', 'X']));
        let hex_digits = hex.map_or(0, |digits| count(digits, |byte| byte.is_ascii_hexdigit()));
        if hex_digits > 0 {
            return self.radix(16, 2, hex_digits + 2);
        }
        self.radix(8, 0, count(rest, |byte| matches!(byte, b'0'..=b'7')))
    }

    fn decimal(&mut self) -> Token<'t> {
        let digits = self.take(count(self.rest(), |byte| byte.is_ascii_digit()));
        if self.rest().starts_with(['l', 'L']) {
            self.at += 1;
        }
        match digits.parse::<i64>() {
            Ok(value) => whole(value),
            Err(_) => Token::Decimal(digits),
        }
    }

    fn radix(
        &mut self,
        radix: u32,
        prefix: usize,
        length: usize,
    ) -> Result<Token<'t>, SelectorError> {
        let digits = self.rest().get(prefix..length).unwrap_or("");
        let value = i64::from_str_radix(digits, radix);
        let value = value.map_err(|_| self.malformed("number is outside the range of a long"))?;
        self.at += length;
        Ok(whole(value))
    }
}

/// A whole number has the narrowest type it fits, whatever its suffix says: `1L` is an int.
fn whole(value: i64) -> Token<'static> {
    i32::try_from(value).map_or(Token::Long(value), Token::Int)
}

/// Length of a line comment including its line end; without one, `--` is two minus signs.
fn line_comment(rest: &str) -> Option<usize> {
    let comment = rest.strip_prefix("--")?;
    comment.find(['\n', '\r']).map(|end| end + 3)
}

/// Length of the number at the start of `rest` if it has a point or an exponent.
fn float_length(rest: &str) -> Option<usize> {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let mut length = count(rest, is_digit);
    let point = rest.as_bytes().get(length) == Some(&b'.');
    if point {
        length += 1;
        length += count(rest.get(length..)?, is_digit);
    }
    let exponent = rest.get(length..)?.strip_prefix(['e', 'E']);
    let unsigned = exponent.map(|tail| tail.strip_prefix(['+', '-']).unwrap_or(tail));
    let digits = unsigned.map_or(0, |tail| count(tail, is_digit));
    match (exponent, unsigned) {
        (Some(tail), Some(unsigned)) if digits > 0 => {
            Some(length + 1 + (tail.len() - unsigned.len()) + digits)
        }
        _ => point.then_some(length),
    }
}

/// Counts the characters before a byte of `text`.
pub(super) fn offset_in(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, |before| before.chars().count())
}

fn count(text: &str, accepts: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|&byte| accepts(byte)).count()
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$')
}

const BLANKS: [char; 5] = [' ', '\t', '\n', '\r', '\u{c}'];

/// Longer symbols stand before their own beginnings.
const SYMBOLS: [&str; 14] =
    ["<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", ","];

const KEYWORDS: [(&str, Keyword); 13] = [
    ("NOT", Keyword::Not),
    ("AND", Keyword::And),
    ("OR", Keyword::Or),
    ("BETWEEN", Keyword::Between),
    ("LIKE", Keyword::Like),
    ("ESCAPE", Keyword::Escape),
    ("IN", Keyword::In),
    ("IS", Keyword::Is),
    ("TRUE", Keyword::True),
    ("FALSE", Keyword::False),
    ("NULL", Keyword::Null),
    ("XPATH", Keyword::Xpath),
    ("XQUERY", Keyword::Xquery),
];
