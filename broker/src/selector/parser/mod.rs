//! Makes expressions from tokens, one function for each level of precedence.

mod cursor;
mod predicate;

use super::ast::{Comparison, EqualityTest, Expression, equality_problem};
use super::function::{Call, CallError};
use super::lexer::{Keyword, Placed, Token, tokenize};
use super::number::Operator;
use super::xpath::{XPath, XPathError};
use super::{MAX_DEPTH, SelectorError, Value};

/// Reads a text from the byte `from` to its end as a condition.
pub(super) fn parse(text: &str, from: usize) -> Result<Expression, SelectorError> {
    let mut parser = Parser { text, tokens: tokenize(text, from)?, at: 0, depth: 0 };
    let expression = parser.disjunction()?;
    if *parser.peek() != Token::End {
        return Err(parser.unexpected("an operator or the end of the selector"));
    }
    parser.condition(expression, 0)
}

/// Reads tokens from left to right; `at` and every `begin` are indices of tokens.
struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Placed<'t>>,
    at: usize,
    depth: usize,
}

type Parsed = Result<Expression, SelectorError>;

impl Parser<'_> {
    fn disjunction(&mut self) -> Parsed {
        self.junction(Keyword::Or, Expression::Or, Self::conjunction)
    }

    fn conjunction(&mut self) -> Parsed {
        self.junction(Keyword::And, Expression::And, Self::equality)
    }

    /// Reads operands joined by `keyword`; one alone stays what it is, even if no condition.
    fn junction(
        &mut self,
        keyword: Keyword,
        join: fn(Vec<Expression>) -> Expression,
        operand: fn(&mut Self) -> Parsed,
    ) -> Parsed {
        let begin = self.at;
        let first = operand(self)?;
        if *self.peek() != Token::Keyword(keyword) {
            return Ok(first);
        }
        let mut operands = vec![self.condition(first, begin)?];
        while self.eat_keyword(keyword) {
            let begin = self.at;
            let next = operand(self)?;
            operands.push(self.condition(next, begin)?);
        }
        Ok(join(operands))
    }

    fn equality(&mut self) -> Parsed {
        let begin = self.at;
        let first = self.comparison()?;
        let mut tests = Vec::new();
        loop {
            // Later in the chain the left operand is the result of a test, never a literal.
            let left = tests.is_empty().then_some(&first);
            let Some(test) = self.equality_test(left, begin)? else { break };
            tests.push(test);
        }
        if tests.is_empty() {
            return Ok(first);
        }
        Ok(Expression::Equality { first: Box::new(first), tests })
    }

    fn equality_test(
        &mut self,
        left: Option<&Expression>,
        begin: usize,
    ) -> Result<Option<EqualityTest>, SelectorError> {
        if self.eat_keyword(Keyword::Is) {
            let negated = self.eat_keyword(Keyword::Not);
            self.expect(&Token::Keyword(Keyword::Null), "NULL or NOT NULL after IS")?;
            return Ok(Some(if negated { EqualityTest::IsNotNull } else { EqualityTest::IsNull }));
        }
        let test = match self.peek() {
            Token::Symbol("=") => EqualityTest::Equal,
            Token::Symbol("<>") => EqualityTest::NotEqual,
            _ => return Ok(None),
        };
        self.at += 1;
        let right = self.comparison()?;
        match equality_problem(left, &right) {
            Some(problem) => Err(self.meaningless(begin, problem)),
            None => Ok(Some(test(right))),
        }
    }

    fn comparison(&mut self) -> Parsed {
        let begin = self.at;
        let mut left = self.sum()?;
        loop {
            let comparison = match self.peek() {
                Token::Symbol("<") => Comparison::Less,
                Token::Symbol("<=") => Comparison::LessOrEqual,
                Token::Symbol(">") => Comparison::Greater,
                Token::Symbol(">=") => Comparison::GreaterOrEqual,
                Token::Keyword(Keyword::Not | Keyword::Like | Keyword::Between | Keyword::In) => {
                    left = self.predicate(left, begin)?;
                    continue;
                }
                _ => return Ok(left),
            };
            self.at += 1;
            let (left_operand, right) = (self.ordered(left, begin)?, self.ordered_sum()?);
            left = Expression::Compare {
                left: Box::new(left_operand),
                comparison,
                right: Box::new(right),
            };
        }
    }

    fn sum(&mut self) -> Parsed {
        self.arithmetic(&[("+", Operator::Add), ("-", Operator::Subtract)], Self::product)
    }

    fn product(&mut self) -> Parsed {
        let operators =
            [("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)];
        self.arithmetic(&operators, Self::unary)
    }

    fn arithmetic(
        &mut self,
        operators: &[(&'static str, Operator)],
        operand: fn(&mut Self) -> Parsed,
    ) -> Parsed {
        let first = operand(self)?;
        let mut rest = Vec::new();
        while let Some(&(_, operator)) = operators.iter().find(|(text, _)| self.eat_symbol(text)) {
            rest.push((operator, operand(self)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Expression::Arithmetic { first: Box::new(first), rest })
    }

    fn unary(&mut self) -> Parsed {
        let begin = self.at;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let offset = self.offset(begin);
            return Err(SelectorError::TooDeep { offset, limit: MAX_DEPTH });
        }
        let expression = if self.eat_symbol("+") {
            self.unary()
        } else if self.eat_symbol("-") {
            self.unary().map(negate)
        } else if self.eat_keyword(Keyword::Not) {
            let begin = self.at;
            let operand = self.unary()?;
            Ok(Expression::Not(Box::new(self.condition(operand, begin)?)))
        } else {
            self.primary()
        };
        self.depth -= 1;
        expression
    }

    fn primary(&mut self) -> Parsed {
        let begin = self.at;
        let token = self.peek().clone();
        self.at += 1;
        let value = match token {
            Token::Int(value) => Value::Int(value),
            Token::Long(value) => Value::Long(value),
            Token::Double(value) => Value::Double(value),
            Token::Decimal(digits) => Value::Decimal(digits.to_owned().into()),
            Token::String(text) => Value::String(text.into_owned().into()),
            Token::Keyword(Keyword::True) => Value::Boolean(true),
            Token::Keyword(Keyword::False) => Value::Boolean(false),
            Token::Keyword(Keyword::Null) => return Ok(Expression::Literal(None)),
            Token::Keyword(Keyword::Xpath) => return self.xpath(),
            Token::Keyword(Keyword::Xquery) => {
                return Err(self.unsupported(begin, "XQUERY is".to_owned()));
            }
            Token::Name(name) if self.eat_symbol("(") => return self.call(name, begin),
            Token::Name(name) => return Ok(Expression::Property(name.into())),
            Token::Symbol("(") => {
                let inner = self.disjunction()?;
                self.expect(&Token::Symbol(")"), "an operator or )")?;
                return Ok(inner);
            }
            _ => {
                self.at -= 1;
                return Err(self.unexpected("a value, a property or ("));
            }
        };
        Ok(Expression::Literal(Some(value)))
    }

    fn call(&mut self, name: &str, begin: usize) -> Parsed {
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.unary()?);
            if !self.eat_symbol(",") {
                break;
            }
        }
        self.expect(&Token::Symbol(")"), ", or ) after an argument")?;
        match Call::new(name, arguments, Expression::literal_text) {
            Ok(call) => Ok(Expression::Call(Box::new(call))),
            Err(CallError::Invalid(problem)) => Err(SelectorError::Function {
                offset: self.offset(begin),
                name: name.to_owned(),
                problem,
            }),
            Err(CallError::Unsupported(feature)) => Err(self.unsupported(begin, feature)),
        }
    }

    fn xpath(&mut self) -> Parsed {
        let begin = self.at;
        let text = self.string("a string after XPATH")?;
        match XPath::parse(&text) {
            Ok(xpath) => Ok(Expression::XPath(Box::new(xpath))),
            Err(XPathError::Malformed(problem)) => {
                Err(SelectorError::Malformed { offset: self.offset(begin), problem })
            }
            Err(XPathError::Unsupported(feature)) => Err(self.unsupported(begin, feature)),
        }
    }

    fn ordered_sum(&mut self) -> Parsed {
        let begin = self.at;
        let operand = self.sum()?;
        self.ordered(operand, begin)
    }

    fn ordered(&self, operand: Expression, begin: usize) -> Parsed {
        match operand.order_problem() {
            Some(problem) => Err(self.meaningless(begin, problem)),
            None => Ok(operand),
        }
    }

    fn condition(&self, expression: Expression, begin: usize) -> Parsed {
        let condition = expression.into_condition();
        condition.ok_or_else(|| self.meaningless(begin, "a value stands where a condition must"))
    }
}

/// Puts a sign before an operand.
///
/// Digits just above the range of a long become a long with it, so that the smallest long can be
/// written down; even with parentheses in between, as in ActiveMQ.
fn negate(operand: Expression) -> Expression {
    match operand {
        Expression::Literal(Some(value @ Value::Decimal(_))) => Expression::Literal(value.negate()),
        other => Expression::Negate(Box::new(other)),
    }
}
