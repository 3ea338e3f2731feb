//! Makes expressions from the text of an XPath.

use super::XPathError;
use super::ast::{Axis, Expr, Operator, Start, Step, Test};
use super::function::Function;
use super::scanner::Scanner;

/// Reads a whole XPath.
pub(super) fn parse(text: &str) -> Result<Expr, XPathError> {
    let mut parser = Parser { scanner: Scanner::new(text), depth: 0 };
    let expr = parser.expr()?;
    if parser.scanner.at_end() {
        Ok(expr)
    } else {
        Err(XPathError::Malformed("XPath goes on where it should end"))
    }
}

struct Parser<'x> {
    scanner: Scanner<'x>,
    depth: usize,
}

type Parsed = Result<Expr, XPathError>;

impl Parser<'_> {
    fn expr(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(XPathError::Malformed("XPath is nested too deeply"));
        }
        let expr = self.chain(0);
        self.depth -= 1;
        expr
    }

    /// Reads a chain of operators of one level, the loosest being 0.
    fn chain(&mut self, level: usize) -> Parsed {
        let Some(operators) = LEVELS.get(level) else { return self.union() };
        let first = self.chain(level + 1)?;
        let mut rest = Vec::new();
        while let Some(operator) = self.operator(operators) {
            rest.push((operator, self.chain(level + 1)?));
        }
        Ok(if rest.is_empty() { first } else { Expr::Chain(Box::new(first), rest) })
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        operators.iter().find(|(text, _)| self.scanner.eat(text)).map(|&(_, operator)| operator)
    }

    fn union(&mut self) -> Parsed {
        let mut negations = 0;
        while self.scanner.eat("-") {
            negations += 1;
        }
        let first = self.path()?;
        let mut rest = Vec::new();
        while self.scanner.eat("|") {
            rest.push((Operator::Union, self.path()?));
        }
        if rest.iter().any(|(_, path)| !path.is_nodes()) || (!rest.is_empty() && !first.is_nodes())
        {
            return Err(XPathError::Malformed("operands of | in XPath must be paths"));
        }
        let union = if rest.is_empty() { first } else { Expr::Chain(Box::new(first), rest) };
        // Two signs make a number of it all the same.
        Ok((0..(2 - negations % 2).min(negations)).fold(union, |e, _| Expr::Negate(Box::new(e))))
    }

    fn path(&mut self) -> Parsed {
        if self.scanner.eat("//") {
            let mut steps = vec![any_depth()];
            self.steps(&mut steps)?;
            return Ok(Expr::Path(Start::Root, steps));
        }
        if self.scanner.eat("/") {
            let mut steps = Vec::new();
            if self.begins_step() {
                self.steps(&mut steps)?;
            }
            return Ok(Expr::Path(Start::Root, steps));
        }
        let Some(primary) = self.primary()? else {
            let mut steps = Vec::new();
            self.steps(&mut steps)?;
            return Ok(Expr::Path(Start::Context, steps));
        };
        self.filtered(primary)
    }

    /// Reads predicates and steps behind an expression that is no path by itself.
    fn filtered(&mut self, primary: Expr) -> Parsed {
        let predicates = self.predicates()?;
        let mut steps = Vec::new();
        if self.scanner.eat("//") {
            steps.push(any_depth());
            self.steps(&mut steps)?;
        } else if self.scanner.eat("/") {
            self.steps(&mut steps)?;
        }
        if predicates.is_empty() && steps.is_empty() {
            return Ok(primary);
        }
        if !primary.is_nodes() {
            return Err(XPathError::Malformed("only nodes have predicates and steps in XPath"));
        }
        Ok(Expr::Path(Start::Nodes(Box::new(primary), predicates), steps))
    }

    /// Reads a number, string, function call or parentheses; `None` if a step comes instead.
    fn primary(&mut self) -> Result<Option<Expr>, XPathError> {
        if let Some(number) = self.scanner.number() {
            return Ok(Some(Expr::Number(number)));
        }
        if let Some(text) = self.scanner.text()? {
            return Ok(Some(Expr::Text(text.to_owned())));
        }
        if self.scanner.starts_with("$") {
            return Err(XPathError::Unsupported("variables in XPath are".to_owned()));
        }
        if self.scanner.eat("(") {
            let inner = self.expr()?;
            self.scanner.expect(")", "expected ) in XPath")?;
            return Ok(Some(inner));
        }
        let mut ahead = self.scanner;
        match ahead.name() {
            Some(name) if ahead.eat("(") && node_type(name).is_none() => {
                self.scanner = ahead;
                self.call(name).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn call(&mut self, name: &str) -> Parsed {
        let mut arguments = Vec::new();
        if !self.scanner.eat(")") {
            loop {
                arguments.push(self.expr()?);
                if !self.scanner.eat(",") {
                    break;
                }
            }
            self.scanner.expect(")", "expected , or ) in XPath")?;
        }
        let function = Function::from_name(name)
            .ok_or_else(|| XPathError::Unsupported(format!("function {name}() in XPath is")))?;
        function.check(arguments.len(), arguments.iter().all(Expr::is_nodes))?;
        Ok(Expr::Call(function, arguments))
    }

    fn steps(&mut self, steps: &mut Vec<Step>) -> Result<(), XPathError> {
        loop {
            steps.push(self.step()?);
            if self.scanner.eat("//") {
                steps.push(any_depth());
            } else if !self.scanner.eat("/") {
                return Ok(());
            }
        }
    }

    fn begins_step(&self) -> bool {
        let mut ahead = self.scanner;
        ahead.starts_with("*")
            || ahead.starts_with("@")
            || ahead.starts_with(".")
            || ahead.name().is_some()
    }

    fn step(&mut self) -> Result<Step, XPathError> {
        for (text, axis) in [("..", Axis::Parent), (".", Axis::Itself)] {
            if self.scanner.eat(text) {
                return Ok(Step { axis, test: Test::AnyNode, predicates: Vec::new() });
            }
        }
        let axis = if self.scanner.eat("@") { Axis::Attribute } else { self.axis()? };
        let test = self.test()?;
        Ok(Step { axis, test, predicates: self.predicates()? })
    }

    fn axis(&mut self) -> Result<Axis, XPathError> {
        let mut ahead = self.scanner;
        let Some(name) = ahead.name().filter(|_| ahead.eat("::")) else { return Ok(Axis::Child) };
        self.scanner = ahead;
        AXES.iter()
            .find(|(known, _)| *known == name)
            .map(|&(_, axis)| axis)
            .ok_or_else(|| XPathError::Unsupported(format!("axis {name} in XPath is")))
    }

    fn test(&mut self) -> Result<Test, XPathError> {
        if self.scanner.eat("*") {
            return Ok(Test::AnyName);
        }
        let name = self.scanner.name();
        let name = name.ok_or(XPathError::Malformed("expected a name, * or . in XPath"))?;
        if self.scanner.starts_with(":") {
            return Err(XPathError::Unsupported("namespace prefixes in XPath are".to_owned()));
        }
        if self.scanner.eat("(") {
            let test =
                node_type(name).ok_or(XPathError::Malformed("no such node type in XPath"))?;
            self.scanner.expect(")", "expected ) after a node type in XPath")?;
            return Ok(test);
        }
        Ok(Test::Name(name.to_owned()))
    }

    fn predicates(&mut self) -> Result<Vec<Expr>, XPathError> {
        let mut predicates = Vec::new();
        while self.scanner.eat("[") {
            predicates.push(self.expr()?);
            self.scanner.expect("]", "expected ] in XPath")?;
        }
        Ok(predicates)
    }
}

impl Expr {
    /// Whether the expression gives nodes.
    pub(super) fn is_nodes(&self) -> bool {
        match self {
            Self::Path(..) => true,
            Self::Chain(_, rest) => matches!(rest.first(), Some((Operator::Union, _))),
            _ => false,
        }
    }
}

/// What `//` stands for.
fn any_depth() -> Step {
    Step { axis: Axis::DescendantOrSelf, test: Test::AnyNode, predicates: Vec::new() }
}

fn node_type(name: &str) -> Option<Test> {
    Some(match name {
        "node" => Test::AnyNode,
        "text" => Test::Text,
        "comment" => Test::Comment,
        "processing-instruction" => Test::Instruction,
        _ => return None,
    })
}

/// The operators of each level, loosest first; longer texts stand before their beginnings.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual)],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("div", Operator::Divide), ("mod", Operator::Modulo)],
];

const AXES: [(&str, Axis); 6] = [
    ("child", Axis::Child),
    ("attribute", Axis::Attribute),
    ("self", Axis::Itself),
    ("parent", Axis::Parent),
    ("descendant", Axis::Descendant),
    ("descendant-or-self", Axis::DescendantOrSelf),
];

const MAX_DEPTH: usize = 24;
