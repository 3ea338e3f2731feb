//! Reads from the code which files call whose methods: `impl` blocks of one type in several files know
//! each other without naming each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use syn::{Expr, ExprMethodCall, ItemImpl, Type, visit::Visit};

use crate::{imports::Uses, sources::sources};

/// The files in a folder that extend a type, and those whose methods of it they call.
pub(crate) fn calls(folder: &Path, name: &str) -> Uses {
    let files: BTreeMap<_, _> = sources(folder)
        .into_iter()
        .map(|(path, code)| {
            let file = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            (vec![file], read(&code, name))
        })
        .filter(|(_, methods)| !methods.own.is_empty())
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

#[derive(Default)]
struct Methods {
    of: String,
    own: BTreeSet<String>,
    called: BTreeSet<String>,
}

impl Visit<'_> for Methods {
    fn visit_item_impl(&mut self, block: &ItemImpl) {
        let Type::Path(path) = &*block.self_ty else { return };
        if block.trait_.is_some() || !path.path.is_ident(&self.of) {
            return;
        }
        syn::visit::visit_item_impl(self, block);
    }

    fn visit_impl_item_fn(&mut self, method: &syn::ImplItemFn) {
        self.own.insert(method.sig.ident.to_string());
        syn::visit::visit_impl_item_fn(self, method);
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        if matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("self")) {
            self.called.insert(call.method.to_string());
        }
        syn::visit::visit_expr_method_call(self, call);
    }
}
