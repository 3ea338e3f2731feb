//! Nodes and the four types of XPath's values.

use roxmltree::Node;

use super::ast::{Axis, Test};

/// A node of a document. Attributes are nodes of XPath, but not of the parser.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'d> {
    Node(Node<'d, 'd>),
    /// An attribute, by its element and its index there.
    Attribute(Node<'d, 'd>, usize),
}

/// A value of XPath.
#[derive(Debug, Clone)]
pub(super) enum Object<'d> {
    /// Nodes in document order, each once.
    Nodes(Vec<Item<'d>>),
    Boolean(bool),
    Number(f64),
    Text(String),
}

impl<'d> Item<'d> {
    /// Orders items as the document does, an element before its attributes before its children.
    pub(super) fn key(&self) -> (u32, usize) {
        match self {
            Self::Node(node) => (node.id().get(), 0),
            Self::Attribute(element, index) => (element.id().get(), index + 1),
        }
    }

    /// The nodes of an axis, in document order.
    pub(super) fn along(self, axis: Axis) -> Box<dyn Iterator<Item = Self> + 'd> {
        match (axis, self) {
            (Axis::Itself, _) | (Axis::DescendantOrSelf, Self::Attribute(..)) => {
                Box::new(std::iter::once(self))
            }
            (Axis::Parent, Self::Attribute(element, _)) => {
                Box::new(std::iter::once(Self::Node(element)))
            }
            (Axis::Parent, Self::Node(node)) => Box::new(node.parent().into_iter().map(Self::Node)),
            (Axis::Child, Self::Node(node)) => Box::new(node.children().map(Self::Node)),
            (Axis::Descendant, Self::Node(node)) => {
                Box::new(node.descendants().skip(1).map(Self::Node))
            }
            (Axis::DescendantOrSelf, Self::Node(node)) => {
                Box::new(node.descendants().map(Self::Node))
            }
            (Axis::Attribute, Self::Node(node)) => {
                let count = node.attributes().len();
                Box::new((0..count).map(move |index| Self::Attribute(node, index)))
            }
            (_, Self::Attribute(..)) => Box::new(std::iter::empty()),
        }
    }

    pub(super) fn passes(&self, test: &Test) -> bool {
        let is_attribute = matches!(self, Self::Attribute(..));
        let node = match self {
            Self::Node(node) | Self::Attribute(node, _) => node,
        };
        match test {
            Test::AnyNode => true,
            Test::AnyName => is_attribute || node.is_element(),
            Test::Name(name) => self.expanded_name() == Some((None, name)),
            Test::Text => !is_attribute && node.is_text(),
            Test::Comment => !is_attribute && node.is_comment(),
            Test::Instruction => !is_attribute && node.is_pi(),
        }
    }

    /// The namespace and local name of an element or attribute.
    pub(super) fn expanded_name(&self) -> Option<(Option<&'d str>, &'d str)> {
        match self {
            Self::Node(node) if node.is_element() => {
                Some((node.tag_name().namespace(), node.tag_name().name()))
            }
            Self::Node(_) => None,
            Self::Attribute(element, index) => {
                let attribute = element.attributes().nth(*index)?;
                Some((attribute.namespace(), attribute.name()))
            }
        }
    }

    /// The local name behind the prefix that the document uses, if any.
    pub(super) fn qualified_name(&self) -> String {
        let Some((namespace, name)) = self.expanded_name() else { return String::new() };
        let (Self::Node(node) | Self::Attribute(node, _)) = self;
        match namespace.and_then(|uri| node.lookup_prefix(uri)) {
            Some(prefix) if !prefix.is_empty() => format!("{prefix}:{name}"),
            _ => name.to_owned(),
        }
    }

    /// The text of a node; that of an element or document is all text in it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Attribute(element, index) => {
                element.attributes().nth(*index).map_or("", |found| found.value()).to_owned()
            }
            Self::Node(node) if node.is_element() || node.is_root() => {
                node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
            }
            Self::Node(node) => {
                let instruction = node.pi().and_then(|instruction| instruction.value);
                node.text().or(instruction).unwrap_or("").to_owned()
            }
        }
    }
}

impl Object<'_> {
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Nodes(nodes) => !nodes.is_empty(),
            Self::Boolean(value) => *value,
            Self::Number(value) => *value != 0.0 && !value.is_nan(),
            Self::Text(text) => !text.is_empty(),
        }
    }
}

/// Reads a number as XPath does; NaN for what is none.
pub(super) fn number_of(text: &str) -> f64 {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    if plain { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

/// Writes a number as XPath does.
pub(super) fn text_of(number: f64) -> String {
    match number {
        0.0 => "0".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => number.to_string(),
    }
}
