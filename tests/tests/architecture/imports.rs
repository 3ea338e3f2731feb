//! Reads from the code who names whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use syn::{Attribute, Item, ItemUse, UseTree, visit::Visit};

use crate::sources::sources;

/// A module by its names, from the root of its crate; the root itself has none.
pub(crate) type Module = Vec<String>;

/// Every module of a crate, and those that it names.
pub(crate) type Uses = BTreeMap<Module, BTreeSet<Module>>;

/// Which modules of a crate name which, each file for itself.
pub(crate) fn uses(source: &Path) -> Uses {
    let files: Vec<_> = sources(source).into_iter().collect();
    let modules: BTreeSet<Module> =
        files.iter().map(|(path, _)| module(path.strip_prefix(source).unwrap())).collect();
    let exports = exports(source);
    let named = files.iter().map(|(path, code)| {
        let module = module(path.strip_prefix(source).unwrap());
        let paths = paths(code).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let named = paths.iter().filter_map(|path| resolve(path, &module, &modules, &exports));
        let others = named.filter(|other| *other != module).collect();
        (module, others)
    });
    named.collect()
}

/// `a/b.rs` and `a/b/mod.rs` are the module `a::b`; a program in `bin` is a root of its own.
pub(crate) fn module(file: &Path) -> Module {
    let names = file.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.map(|name| name.trim_end_matches(".rs").to_owned()).collect();
    names.pop_if(|last| last == "mod");
    match names.first().map(String::as_str) {
        Some("lib" | "main") => Vec::new(),
        _ => names,
    }
}

/// The module that a path leads to: the longest one that is a beginning of it.
fn resolve(
    path: &[String],
    module: &Module,
    modules: &BTreeSet<Module>,
    exports: &BTreeMap<String, Module>,
) -> Option<Module> {
    let up = path.iter().take_while(|name| matches!(name.as_str(), "super" | "self")).count();
    let supers = path.iter().take(up).filter(|name| *name == "super").count();
    let base: Module = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "super" | "self" => module[..module.len().checked_sub(supers)?].to_vec(),
        child if modules.contains(&[&module[..], &[child.to_owned()]].concat()) => module.clone(),
        _ => return None,
    };
    let rest = path.iter().skip(if up > 0 { up } else { usize::from(path[0] == "crate") });
    let whole: Module = base.into_iter().chain(rest.cloned()).collect();
    let lengths = (0..=whole.len()).rev();
    let found = lengths.map(|length| whole[..length].to_vec()).find(|it| modules.contains(it))?;
    match whole.get(found.len()).and_then(|name| exports.get(name)) {
        Some(owner) if found.is_empty() => Some(owner.clone()),
        _ => Some(found),
    }
}

/// Types that `lib.rs` exports, and their modules.
fn exports(source: &Path) -> BTreeMap<String, Module> {
    let library = std::fs::read_to_string(source.join("lib.rs")).unwrap();
    let paths = paths(&library).unwrap();
    let exported = paths.into_iter().filter(|path| path[0] == "self" && path.len() > 2);
    exported.map(|path| (path[path.len() - 1].clone(), path[1..2].to_vec())).collect()
}

/// Every path in a file that may lead to a module of the crate.
fn paths(code: &str) -> syn::Result<Vec<Vec<String>>> {
    let mut reader = Reader::default();
    reader.visit_file(&syn::parse_file(code)?);
    Ok(reader.paths)
}

#[derive(Default)]
struct Reader {
    paths: Vec<Vec<String>>,
}

impl<'a> Visit<'a> for Reader {
    fn visit_item(&mut self, item: &'a Item) {
        if !attributes(item).iter().any(is_for_tests) {
            syn::visit::visit_item(self, item);
        }
    }

    /// `pub(super)` uses nothing.
    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        self.flatten(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        self.paths.push(path.segments.iter().map(|it| it.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    /// What stands in a call of a macro is not parsed, but its paths are found.
    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.visit_path(&call.path);
        let text = call.tokens.to_string().replace(' ', "");
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let paths = words.filter(|word| word.starts_with("crate::") || word.starts_with("super::"));
        self.paths.extend(paths.map(|path| path.split("::").map(str::to_owned).collect()));
    }
}

impl Reader {
    fn flatten(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.flatten(&path.tree, &with(path.ident.to_string())),
            UseTree::Name(name) => self.paths.push(with(name.ident.to_string())),
            UseTree::Rename(name) => self.paths.push(with(name.ident.to_string())),
            UseTree::Glob(_) => self.paths.push(before.to_vec()),
            UseTree::Group(group) => group.items.iter().for_each(|it| self.flatten(it, before)),
        }
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => &[],
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let mut test = false;
    if attribute.path().is_ident("cfg") {
        // Anything but a plain `test` is code that may run.
        drop(attribute.parse_nested_meta(|meta| {
            test |= meta.path.is_ident("test");
            Ok(())
        }));
    }
    test
}

#[test]
fn every_way_to_name_a_module_is_found() {
    let code = "use crate::{a::{b, c as d}, e::*}; pub use super::x::Y;
        pub(super) fn f() -> crate::g::H { m!(crate::i::j(), super::super::k) }
        #[cfg(test)] mod tests { use crate::never::Seen; }";
    let found: BTreeSet<_> = paths(code).unwrap().into_iter().map(|it| it.join("::")).collect();
    let expected = [
        "crate::a::b",
        "crate::a::c",
        "crate::e",
        "super::x::Y",
        "crate::g::H",
        "crate::i::j",
        "super::super::k",
    ];
    for path in expected {
        assert!(found.contains(path), "{path} is not among {found:?}");
    }
    assert!(!found.contains("crate::never::Seen") && !found.contains("super"));
}

#[test]
fn paths_lead_to_the_modules_that_hold_what_they_name() {
    let names = |path: &str| -> Vec<String> { path.split("::").map(str::to_owned).collect() };
    let modules: BTreeSet<_> = ["a", "a::b", "c"].map(names).into_iter().chain([vec![]]).collect();
    let exports = BTreeMap::from([("Thing".to_owned(), names("c"))]);
    let lead = |path: &str, from: &str| resolve(&names(path), &names(from), &modules, &exports);
    assert_eq!(lead("crate::a::b::Thing", "c"), Some(names("a::b")));
    assert_eq!(lead("super::Thing", "a::b"), Some(names("a")));
    assert_eq!(lead("crate::Thing", "a"), Some(names("c")));
    assert_eq!(lead("b::Thing", "a"), Some(names("a::b")));
    assert_eq!(lead("std::fmt", "a"), None);
}
