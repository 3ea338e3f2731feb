//! Reads from the code which options there are, which of them something is done with, and which of the
//! rows of the URI's tables set one.

use std::{collections::BTreeSet, path::Path};

use syn::{
    Attribute, Expr, ExprAssign, ExprField, ExprStruct, FieldPat, Ident, Item, Macro, Member,
    Token, braced,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    visit::{self, Visit},
};

use crate::sources::sources;

/// Fields of all structures of options below a folder, as `Structure.field`.
pub(crate) fn declared(folder: &Path) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (path, code) in sources(folder) {
        let file = syn::parse_file(&code).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for item in &file.items {
            let Item::Macro(item) = item else { continue };
            if item.mac.path.segments.last().is_some_and(|name| name.ident == "options") {
                found.extend(structure(&item.mac));
            }
        }
    }
    found
}

fn structure(declaration: &Macro) -> Vec<(String, String)> {
    let Structure { name, fields } = declaration.parse_body().unwrap();
    fields.into_iter().map(|field| (name.to_string(), field.0.to_string())).collect()
}

/// `pub struct Name { field: Type = default, }`
struct Structure {
    name: Ident,
    fields: Punctuated<Field, Token![,]>,
}

struct Field(Ident);

impl Parse for Structure {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        input.parse::<syn::Visibility>()?;
        input.parse::<Token![struct]>()?;
        let name = input.parse()?;
        let content;
        braced!(content in input);
        Ok(Self { name, fields: content.parse_terminated(Field::parse, Token![,])? })
    }
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        input.parse::<syn::Type>()?;
        input.parse::<Token![=]>()?;
        input.parse::<Expr>()?;
        Ok(Self(name))
    }
}

/// Names of fields that some code looks at. Setting one is not looking at it, nor is merging it with that
/// of another structure (`a.x = a.x.or(b.x)`).
pub(crate) fn looked_at(code: &str) -> BTreeSet<String> {
    let mut reader = Reader::default();
    reader.visit_file(&syn::parse_file(code).unwrap());
    reader.seen
}

#[derive(Default)]
struct Reader {
    seen: BTreeSet<String>,
    /// What is being merged.
    target: Option<String>,
}

impl Visit<'_> for Reader {
    fn visit_expr_assign(&mut self, assignment: &ExprAssign) {
        let before = self.target.take();
        self.target = owner_and_field(&assignment.left).and_then(|left| {
            let mut right = Owned { wanted: left.clone(), found: false };
            right.visit_expr(&assignment.right);
            right.found.then_some(left.1)
        });
        self.visit_expr(&assignment.right);
        self.target = before;
    }

    fn visit_expr_field(&mut self, field: &ExprField) {
        if let Member::Named(name) = &field.member
            && self.target.as_ref() != Some(&name.to_string())
        {
            self.seen.insert(name.to_string());
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_field_pat(&mut self, field: &FieldPat) {
        if let Member::Named(name) = &field.member {
            self.seen.insert(name.to_string());
        }
        visit::visit_field_pat(self, field);
    }
}

/// `owner.field`.
fn owner_and_field(expression: &Expr) -> Option<(String, String)> {
    let Expr::Field(ExprField { base, member: Member::Named(field), .. }) = expression else {
        return None;
    };
    match &**base {
        Expr::Path(owner) => Some((owner.path.get_ident()?.to_string(), field.to_string())),
        _ => None,
    }
}

/// Whether a field of an owner occurs.
struct Owned {
    wanted: (String, String),
    found: bool,
}

impl Visit<'_> for Owned {
    fn visit_expr_field(&mut self, field: &ExprField) {
        self.found |= owner_and_field(&Expr::Field(field.clone())).as_ref() == Some(&self.wanted);
        visit::visit_expr_field(self, field);
    }
}

/// Rows of the URI's tables whose closure sets nothing, by the name of the option.
pub(crate) fn idle_rows(code: &str) -> Vec<String> {
    let mut rows = Rows::default();
    rows.visit_file(&syn::parse_file(code).unwrap());
    rows.idle
}

/// How many rows there are that have a closure.
pub(crate) fn rows(code: &str) -> usize {
    let mut rows = Rows::default();
    rows.visit_file(&syn::parse_file(code).unwrap());
    rows.count
}

#[derive(Default)]
struct Rows {
    idle: Vec<String>,
    count: usize,
}

impl Visit<'_> for Rows {
    fn visit_expr_struct(&mut self, row: &ExprStruct) {
        if row.path.segments.last().is_none_or(|name| name.ident != "Row") {
            return;
        }
        let field = |wanted: &str| {
            let mut fields = row.fields.iter();
            let named = |member: &Member| matches!(member, Member::Named(name) if name == wanted);
            fields.find(|field| named(&field.member)).map(|field| &field.expr)
        };
        let mut closures = Closures::default();
        closures.visit_expr(field("kind").unwrap());
        if closures.count > 0 {
            self.count += 1;
            if closures.sets == 0 {
                self.idle.push(field("name").map(text).unwrap_or_default());
            }
        }
    }
}

fn text(literal: &Expr) -> String {
    match literal {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => text.value(),
        _ => String::new(),
    }
}

#[derive(Default)]
struct Closures {
    count: usize,
    sets: usize,
}

impl Visit<'_> for Closures {
    fn visit_expr_closure(&mut self, closure: &syn::ExprClosure) {
        self.count += 1;
        visit::visit_expr_closure(self, closure);
    }

    fn visit_expr_assign(&mut self, assignment: &ExprAssign) {
        self.sets += 1;
        visit::visit_expr_assign(self, assignment);
    }
}
