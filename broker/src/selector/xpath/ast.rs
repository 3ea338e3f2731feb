//! The expressions of XPath.

use super::function::Function;

/// An expression of any type.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    Number(f64),
    Text(String),
    Negate(Box<Self>),
    /// Operands with the operators before all but the first, from left to right.
    Chain(Box<Self>, Vec<(Operator, Self)>),
    Call(Function, Vec<Self>),
    Path(Start, Vec<Step>),
}

/// Where a path begins.
#[derive(Debug, Clone)]
pub(super) enum Start {
    Root,
    Context,
    /// The nodes of an expression, filtered.
    Nodes(Box<Expr>, Vec<Expr>),
}

/// A step of a path; each predicate filters what the ones before left.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) predicates: Vec<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Child,
    Attribute,
    Itself,
    Parent,
    Descendant,
    DescendantOrSelf,
}

/// Which nodes of an axis a step takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// Elements or attributes of a name, in no namespace.
    Name(String),
    /// Elements or attributes of any name.
    AnyName,
    AnyNode,
    Text,
    Comment,
    Instruction,
}

/// The binary operators, tightest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Union,
}
