//! Reads from the code which files call whose methods: `impl` blocks of one type in several files know
//! each other without naming each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use syn::{
    Expr, ExprCall, ExprMethodCall, FnArg, ItemFn, ItemImpl, Pat, Signature, Type, visit,
    visit::Visit,
};

use crate::{imports::Uses, sources::sources};

/// The files in a folder that extend a type, and those whose methods of it they call.
pub(crate) fn calls(folder: &Path, name: &str) -> Uses {
    let files: BTreeMap<_, _> = sources(folder)
        .into_iter()
        .map(|(path, code)| {
            let file = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            (vec![file], read(&code, name))
        })
        .filter(|(_, methods)| !methods.own.is_empty() || !methods.called.is_empty())
        .collect();
    let owners: BTreeMap<_, _> = files
        .iter()
        .flat_map(|(file, methods)| methods.own.iter().map(move |method| (method, file)))
        .collect();
    let called = |methods: &Methods, file: &Vec<String>| {
        let owners = methods.called.iter().filter_map(|method| owners.get(method));
        owners.filter(|owner| **owner != file).map(|owner| (*owner).clone()).collect()
    };
    files.iter().map(|(file, methods)| (file.clone(), called(methods, file))).collect()
}

fn read(code: &str, name: &str) -> Methods {
    let mut methods = Methods { of: name.to_owned(), ..Methods::default() };
    methods.visit_file(&syn::parse_file(code).unwrap());
    methods
}

/// What a file adds to a type, and what it calls of it. A function that takes a value of the type counts
/// as one of its methods, or a circle could hide behind it.
#[derive(Default)]
struct Methods {
    of: String,
    /// Inside of an `impl` block of the type.
    inside: bool,
    /// Names of values of the type.
    values: BTreeSet<String>,
    own: BTreeSet<String>,
    called: BTreeSet<String>,
}

impl Methods {
    fn is_it(&self, of: &Type) -> bool {
        match of {
            Type::Reference(reference) => self.is_it(&reference.elem),
            Type::Path(path) => {
                path.path.is_ident(&self.of) || self.inside && path.path.is_ident("Self")
            }
            _ => false,
        }
    }

    /// Notes parameters of the type; true if there are any.
    fn takes(&mut self, signature: &Signature) -> bool {
        let before = self.values.len();
        for input in &signature.inputs {
            if let FnArg::Typed(input) = input
                && let Pat::Ident(name) = &*input.pat
                && self.is_it(&input.ty)
            {
                self.values.insert(name.ident.to_string());
            }
        }
        self.values.len() > before
    }

    /// `self`, a parameter, or a variable that is called like the type.
    fn is_value(&self, receiver: &Expr) -> bool {
        let Expr::Path(path) = receiver else { return false };
        let Some(name) = path.path.get_ident().map(ToString::to_string) else { return false };
        (self.inside && name == "self")
            || self.values.contains(&name)
            || name == self.of.to_lowercase()
    }
}

impl Visit<'_> for Methods {
    fn visit_item_impl(&mut self, block: &ItemImpl) {
        let before = self.inside;
        self.inside = block.trait_.is_none() && self.is_it(&block.self_ty);
        visit::visit_item_impl(self, block);
        self.inside = before;
    }

    fn visit_item_fn(&mut self, function: &ItemFn) {
        let before = self.values.clone();
        if self.takes(&function.sig) {
            self.own.insert(function.sig.ident.to_string());
        }
        visit::visit_item_fn(self, function);
        self.values = before;
    }

    fn visit_impl_item_fn(&mut self, method: &syn::ImplItemFn) {
        let before = self.values.clone();
        let takes = self.takes(&method.sig);
        if self.inside || takes {
            self.own.insert(method.sig.ident.to_string());
        }
        visit::visit_impl_item_fn(self, method);
        self.values = before;
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        if self.is_value(&call.receiver) || call.args.iter().any(|it| self.is_value(it)) {
            self.called.insert(call.method.to_string());
        }
        visit::visit_expr_method_call(self, call);
    }

    /// `Type::method(…)`, `Self::method(…)`, and a function that is given a value.
    fn visit_expr_call(&mut self, call: &ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let names: Vec<_> = path.path.segments.iter().map(|it| it.ident.to_string()).collect();
            let of_type = match names.as_slice() {
                [.., owner, _] => *owner == self.of || self.inside && owner == "Self",
                _ => false,
            };
            if of_type || call.args.iter().any(|it| self.is_value(it)) {
                self.called.extend(names.last().cloned());
            }
        }
        visit::visit_expr_call(self, call);
    }
}

#[test]
fn calls_are_found_in_all_their_forms() {
    let code = "impl Engine {
        fn own(&mut self, other: &Engine) { self.a(); other.b(); self.field.never(); }
        fn more() { Self::c(); Engine::d(&x); Other::never(); |engine| engine.e(); }
    }
    fn free(it: &mut Engine) { it.f(); g(it); it.field.never(); }
    impl Handler { fn handle(engine: &mut Engine) {} fn none(&self) { self.never(); } }";
    let methods = read(code, "Engine");
    let names = |all: &BTreeSet<String>| all.iter().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&methods.own), "free handle more own");
    assert_eq!(names(&methods.called), "a b c d e f g");
}
