//! The maps at the heads of folders: `mod.rs` says in its first comment what each of its files is for. The
//! top of a crate is on ARCHITECTURE.md's map.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use syn::Item;

use crate::sources::sources;

/// So few files need no map.
const FEW: usize = 3;

/// Faces of folders with the modules that their maps leave out.
pub(crate) fn gaps(crate_folder: &Path) -> Vec<(PathBuf, Vec<String>)> {
    let faces = sources(&crate_folder.join("src")).into_iter().filter(|(path, _)| {
        matches!(path.file_name().and_then(|name| name.to_str()), Some("mod.rs"))
    });
    faces
        .map(|(path, code)| (path, missing(&code)))
        .filter(|(_, missing)| !missing.is_empty())
        .collect()
}

/// The modules of a folder that its map does not name.
pub(crate) fn missing(code: &str) -> Vec<String> {
    let map = code.lines().take_while(|line| line.starts_with("//!"));
    let letters = |it: char| it.is_alphanumeric() || it == '_';
    let words: BTreeSet<_> = map.flat_map(|line| line.split(|it| !letters(it))).collect();
    let modules = modules(code);
    let unnamed = modules.iter().filter(|name| !words.contains(name.as_str()));
    if modules.len() > FEW { unnamed.cloned().collect() } else { Vec::new() }
}

fn modules(code: &str) -> Vec<String> {
    let items = syn::parse_file(code).unwrap().items.into_iter();
    let modules = items.filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() => Some(module),
        _ => None,
    });
    let lasting = modules.filter(|it| !it.attrs.iter().any(|it| it.path().is_ident("cfg")));
    lasting.map(|module| module.ident.to_string()).collect()
}
