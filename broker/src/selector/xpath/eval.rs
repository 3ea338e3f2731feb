//! Evaluation of an XPath over a document, within a number of steps.

use std::cell::Cell;

use roxmltree::Document;

use super::super::EvaluationError;
use super::MAX_STEPS;
use super::ast::{Expr, Operator, Start, Step};
use super::function::Function;
use super::object::{Item, Object, number_of, text_of};

/// Whether an expression is true of the document.
pub(super) fn holds<'d>(expr: &Expr, document: &'d Document<'d>) -> Result<bool, EvaluationError> {
    let root = Item::Node(document.root());
    let steps = Cell::new(0);
    let context = Context { item: root, position: 1, size: 1, root, steps: &steps };
    Ok(context.evaluate(expr)?.is_true())
}

/// What an expression is evaluated over.
#[derive(Clone, Copy)]
struct Context<'s, 'd> {
    item: Item<'d>,
    position: usize,
    size: usize,
    root: Item<'d>,
    steps: &'s Cell<usize>,
}

type Evaluated<'d> = Result<Object<'d>, EvaluationError>;

type Items<'d> = Result<Vec<Item<'d>>, EvaluationError>;

impl<'d> Context<'_, 'd> {
    fn spend(self, count: usize) -> Result<(), EvaluationError> {
        self.steps.set(self.steps.get().saturating_add(count));
        if self.steps.get() > MAX_STEPS {
            return Err(EvaluationError::TooManySteps { limit: MAX_STEPS });
        }
        Ok(())
    }

    fn evaluate(self, expr: &Expr) -> Evaluated<'d> {
        self.spend(1)?;
        Ok(match expr {
            Expr::Number(value) => Object::Number(*value),
            Expr::Text(text) => Object::Text(text.clone()),
            Expr::Negate(operand) => Object::Number(-self.number(operand)?),
            Expr::Chain(first, rest) => return self.chain(first, rest),
            Expr::Call(function, arguments) => return self.call(*function, arguments),
            Expr::Path(start, steps) => Object::Nodes(self.path(start, steps)?),
        })
    }

    fn chain(self, first: &Expr, rest: &[(Operator, Expr)]) -> Evaluated<'d> {
        let mut left = self.evaluate(first)?;
        for (operator, right) in rest {
            left = match operator {
                Operator::Or if left.is_true() => Object::Boolean(true),
                Operator::And if !left.is_true() => Object::Boolean(false),
                Operator::Or | Operator::And => Object::Boolean(self.evaluate(right)?.is_true()),
                _ => self.apply(*operator, left, self.evaluate(right)?)?,
            };
        }
        Ok(left)
    }

    fn apply(self, operator: Operator, left: Object<'d>, right: Object<'d>) -> Evaluated<'d> {
        use Operator::{Add, Divide, Modulo, Multiply, Subtract, Union};
        if operator == Union {
            return Ok(Object::Nodes(union(left, right)));
        }
        if !matches!(operator, Add | Subtract | Multiply | Divide | Modulo) {
            return self.compare(operator, left, right).map(Object::Boolean);
        }
        let (left, right) = (self.number_from(left)?, self.number_from(right)?);
        Ok(Object::Number(match operator {
            Add => left + right,
            Subtract => left - right,
            Multiply => left * right,
            Divide => left / right,
            _ => left % right,
        }))
    }

    /// Compares values: of nodes, it is enough if one fits.
    fn compare(
        self,
        operator: Operator,
        left: Object<'d>,
        right: Object<'d>,
    ) -> Result<bool, EvaluationError> {
        if matches!(left, Object::Boolean(_)) || matches!(right, Object::Boolean(_)) {
            let as_number = |truth: bool| f64::from(u8::from(truth));
            return Ok(compare_numbers(
                operator,
                as_number(left.is_true()),
                as_number(right.is_true()),
            ));
        }
        let (left, right) = (self.atoms(left)?, self.atoms(right)?);
        self.spend(left.len().saturating_mul(right.len()))?;
        Ok(left.iter().any(|left| right.iter().any(|right| compare_atoms(operator, left, right))))
    }

    /// The texts of nodes, or another value by itself.
    fn atoms(self, object: Object<'d>) -> Result<Vec<Object<'d>>, EvaluationError> {
        match object {
            Object::Nodes(nodes) => {
                nodes.into_iter().map(|node| self.text_of(node).map(Object::Text)).collect()
            }
            other => Ok(vec![other]),
        }
    }

    fn path(self, start: &Start, steps: &[Step]) -> Items<'d> {
        let mut items = match start {
            Start::Root => vec![self.root],
            Start::Context => vec![self.item],
            Start::Nodes(expr, predicates) => match self.evaluate(expr)? {
                Object::Nodes(nodes) => self.filter(nodes, predicates)?,
                _ => Vec::new(),
            },
        };
        for step in steps {
            let mut reached = Vec::new();
            for item in items {
                reached.extend(self.step(item, step)?);
            }
            items = in_order(reached);
        }
        Ok(items)
    }

    fn step(self, item: Item<'d>, step: &Step) -> Items<'d> {
        let mut found = Vec::new();
        for item in item.along(step.axis) {
            self.spend(1)?;
            if item.passes(&step.test) {
                found.push(item);
            }
        }
        self.filter(found, &step.predicates)
    }

    fn filter(self, mut items: Vec<Item<'d>>, predicates: &[Expr]) -> Items<'d> {
        for predicate in predicates {
            let size = items.len();
            let mut kept = Vec::new();
            for (index, item) in items.into_iter().enumerate() {
                let position = index + 1;
                let keeps = match (Self { item, position, size, ..self }).evaluate(predicate)? {
                    Object::Number(number) => number == position as f64,
                    other => other.is_true(),
                };
                if keeps {
                    kept.push(item);
                }
            }
            items = kept;
        }
        Ok(items)
    }

    fn call(self, function: Function, arguments: &[Expr]) -> Evaluated<'d> {
        let (first, second) = (arguments.first(), arguments.get(1));
        Ok(match function {
            Function::True => Object::Boolean(true),
            Function::False => Object::Boolean(false),
            Function::Boolean => Object::Boolean(self.argument(first)?.is_true()),
            Function::Not => Object::Boolean(!self.argument(first)?.is_true()),
            Function::Position => Object::Number(self.position as f64),
            Function::Last => Object::Number(self.size as f64),
            Function::Count => Object::Number(self.nodes(first)?.len() as f64),
            Function::Sum => Object::Number(self.sum(first)?),
            Function::Number => Object::Number(self.number_from(self.argument(first)?)?),
            Function::Name => Object::Text(self.first_name(first, Item::qualified_name)?),
            Function::LocalName => Object::Text(self.first_name(first, local_name)?),
            Function::String => Object::Text(self.text(first)?),
            Function::StringLength => Object::Number(self.text(first)?.chars().count() as f64),
            Function::NormalizeSpace => Object::Text(normalize(&self.text(first)?)),
            Function::Contains => Object::Boolean(self.text(first)?.contains(&self.text(second)?)),
            Function::StartsWith => {
                Object::Boolean(self.text(first)?.starts_with(&self.text(second)?))
            }
            Function::Concat => {
                let texts = arguments.iter().map(|argument| self.text(Some(argument)));
                Object::Text(texts.collect::<Result<String, _>>()?)
            }
        })
    }

    /// The value of an argument; the context node stands for a missing one.
    fn argument(self, argument: Option<&Expr>) -> Evaluated<'d> {
        argument.map_or_else(|| Ok(Object::Nodes(vec![self.item])), |expr| self.evaluate(expr))
    }

    fn nodes(self, argument: Option<&Expr>) -> Items<'d> {
        match self.argument(argument)? {
            Object::Nodes(nodes) => Ok(nodes),
            _ => Ok(Vec::new()),
        }
    }

    fn sum(self, argument: Option<&Expr>) -> Result<f64, EvaluationError> {
        let nodes = self.nodes(argument)?.into_iter();
        nodes.map(|node| Ok(number_of(&self.text_of(node)?))).sum()
    }

    fn first_name(
        self,
        argument: Option<&Expr>,
        name: impl Fn(&Item<'d>) -> String,
    ) -> Result<String, EvaluationError> {
        Ok(self.nodes(argument)?.first().map_or_else(String::new, name))
    }

    fn number(self, expr: &Expr) -> Result<f64, EvaluationError> {
        self.number_from(self.evaluate(expr)?)
    }

    fn number_from(self, object: Object<'d>) -> Result<f64, EvaluationError> {
        Ok(match object {
            Object::Number(value) => value,
            Object::Boolean(value) => u8::from(value).into(),
            other => number_of(&self.text_from(other)?),
        })
    }

    fn text(self, argument: Option<&Expr>) -> Result<String, EvaluationError> {
        self.text_from(self.argument(argument)?)
    }

    fn text_from(self, object: Object<'d>) -> Result<String, EvaluationError> {
        match object {
            Object::Nodes(nodes) => nodes.first().map_or(Ok(String::new()), |&n| self.text_of(n)),
            Object::Boolean(value) => Ok(value.to_string()),
            Object::Number(value) => Ok(text_of(value)),
            Object::Text(text) => Ok(text),
        }
    }

    /// The text of a node, paid for by its size.
    fn text_of(self, node: Item<'d>) -> Result<String, EvaluationError> {
        let nodes = match node {
            Item::Node(node) => node.descendants().count(),
            Item::Attribute(..) => 1,
        };
        self.spend(nodes)?;
        let text = node.text();
        self.spend(text.len() / BYTES_PER_STEP)?;
        Ok(text)
    }
}

fn local_name(item: &Item<'_>) -> String {
    item.expanded_name().map_or("", |(_, name)| name).to_owned()
}

fn normalize(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn union<'d>(left: Object<'d>, right: Object<'d>) -> Vec<Item<'d>> {
    let nodes = |object| if let Object::Nodes(nodes) = object { nodes } else { Vec::new() };
    in_order(nodes(left).into_iter().chain(nodes(right)).collect())
}

fn in_order(mut items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    items.sort_unstable_by_key(Item::key);
    items.dedup_by_key(|item| item.key());
    items
}

fn compare_atoms(operator: Operator, left: &Object<'_>, right: &Object<'_>) -> bool {
    let number = |object: &Object<'_>| match object {
        Object::Number(value) => *value,
        Object::Text(text) => number_of(text),
        Object::Boolean(_) | Object::Nodes(_) => f64::NAN,
    };
    match (operator, left, right) {
        (Operator::Equal, Object::Text(left), Object::Text(right)) => left == right,
        (Operator::NotEqual, Object::Text(left), Object::Text(right)) => left != right,
        _ => compare_numbers(operator, number(left), number(right)),
    }
}

fn compare_numbers(operator: Operator, left: f64, right: f64) -> bool {
    match operator {
        Operator::Equal => left == right,
        Operator::NotEqual => left != right,
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        Operator::GreaterOrEqual => left >= right,
        _ => false,
    }
}

/// How much text may be copied for one step.
const BYTES_PER_STEP: usize = 64;
