//! The picture in ARCHITECTURE.md, held against the code.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail like this")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Which crates each crate may use.
const MAY_USE: [(&str, &[&str]); 4] = [
    ("openwire", &[]),
    ("client", &["relaismq-openwire"]),
    ("broker", &["relaismq-openwire"]),
    ("examples", &["relaismq", "relaismq-broker"]),
];
const OURS: [&str; 5] =
    ["relaismq", "relaismq-openwire", "relaismq-broker", "relaismq-examples", "relaismq-tests"];
/// Cores without I/O, clocks and threads.
const PURE: [&str; 3] = ["openwire/src", "client/src/proto", "broker/src/engine"];
const IMPURE: [&str; 8] = [
    "tokio::",
    "Instant::now()",
    "SystemTime::now()",
    "std::net",
    "std::thread",
    "std::fs",
    "rand::",
    "std::process",
];
/// Tests beside the code, and the suite that every store has to pass.
const TESTS: [&str; 2] = ["tests", "conformance"];
/// Crates whose modules form no cycle. OpenWire's types are one family that contains itself (a
/// command may hold any command, and the marshal cache holds commands), so its modules do, too.
const ACYCLIC: [&str; 3] = ["client", "broker", "examples"];
/// A file that is longer tells more than one story.
const MOST_LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Sources below a folder that are not tests.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if TESTS.contains(&name.trim_end_matches(".rs")) {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            found.push((path, code.to_owned()));
        }
    }
    found.sort();
    found
}

#[test]
fn crates_use_only_those_below_them() {
    for (folder, allowed) in MAY_USE {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        for ours in OURS {
            let used = manifest.lines().any(|line| {
                line.starts_with(&format!("{ours}.")) || line.starts_with(&format!("{ours} "))
            });
            assert!(!used || allowed.contains(&ours), "{folder}/Cargo.toml must not use {ours}");
        }
    }
}

#[test]
fn cores_are_pure() {
    for folder in PURE {
        for (path, code) in sources(&root().join(folder)) {
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in lines {
                let impure = IMPURE.iter().find(|impure| line.contains(*impure));
                assert!(impure.is_none(), "{} is not pure: {line}", path.display());
            }
        }
    }
}

#[test]
fn engine_and_stores_do_not_see_each_other() {
    for (path, code) in sources(&root().join("broker/src/engine")) {
        for line in code.lines().filter(|line| line.contains("store::")) {
            let only_error =
                line.contains("store::StoreError") || line.trim_start().starts_with("//");
            assert!(only_error, "{}: {line}", path.display());
        }
    }
    for (path, code) in sources(&root().join("broker/src/store")) {
        assert!(!code.contains("engine::"), "{} knows the engine", path.display());
    }
}

#[test]
fn top_level_modules_form_no_cycle() {
    for folder in ACYCLIC {
        let uses = module_uses(&root().join(folder).join("src"));
        for module in uses.keys() {
            let cycle = way_back(&uses, module);
            assert!(cycle.is_none(), "{folder}: {} is a cycle", cycle.unwrap().join(" -> "));
        }
    }
}

/// A way from a module over others to itself.
fn way_back(uses: &BTreeMap<String, BTreeSet<String>>, module: &String) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![module.clone()]];
    while let Some(way) = ways.pop() {
        for used in uses.get(way.last()?).into_iter().flatten() {
            let longer = [&way[..], std::slice::from_ref(used)].concat();
            if used == module {
                return Some(longer);
            }
            if seen.insert(used) {
                ways.push(longer);
            }
        }
    }
    None
}

/// Which top-level modules each one names: with `crate::`, with as many `super::` as lead to the
/// root, or by a type that `lib.rs` exports.
fn module_uses(source: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let exports = exports(source);
    for (path, code) in sources(source) {
        let modules = module_path(path.strip_prefix(source).unwrap());
        let Some(module) = modules.first() else { continue };
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code: String = lines.collect::<Vec<_>>().join("\n");
        let mut names = names_after("crate::", &code);
        names.extend(names_after(&"super::".repeat(modules.len()), &code));
        let owner = |name: String| exports.get(&name).cloned().unwrap_or(name);
        uses.entry(module.clone()).or_default().extend(names.into_iter().map(owner));
    }
    let modules: BTreeSet<String> = uses.keys().cloned().collect();
    for (module, named) in &mut uses {
        named.retain(|name| name != module && modules.contains(name));
    }
    uses
}

/// `a/b.rs` and `a/b/mod.rs` are the module `a::b`; the roots of libraries and programs are none.
fn module_path(file: &Path) -> Vec<String> {
    let names = file.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.map(|name| name.trim_end_matches(".rs").to_owned()).collect();
    names.pop_if(|last| last == "mod");
    match names.first().map(String::as_str) {
        Some("lib" | "main" | "bin") => Vec::new(),
        _ => names,
    }
}

/// Types that `lib.rs` exports, and their modules.
fn exports(source: &Path) -> BTreeMap<String, String> {
    let library = fs::read_to_string(source.join("lib.rs")).unwrap();
    let mut exports = BTreeMap::new();
    for statement in library.split(';') {
        let Some((_, path)) = statement.split_once("pub use self::") else { continue };
        let Some((module, names)) = path.split_once("::") else { continue };
        for name in names.split(|c: char| !c.is_alphanumeric() && c != '_') {
            exports.insert(name.to_owned(), module.to_owned());
        }
    }
    exports
}

fn names_after(prefix: &str, code: &str) -> Vec<String> {
    let found = code.match_indices(prefix);
    found
        .filter(|(at, _)| !code[..*at].ends_with("::"))
        .flat_map(|(at, _)| names_at(&code[at + prefix.len()..]))
        .collect()
}

#[test]
fn the_reader_of_imports_finds_every_way_to_name_a_module() {
    assert_eq!(names_after("crate::", "use crate::{a::{b, c}, d}; crate::e::F"), ["a", "d", "e"]);
    assert_eq!(names_after("super::super::", "use super::super::x; use super::y"), ["x"]);
    assert_eq!(module_path(Path::new("a/b/mod.rs")), ["a", "b"]);
    assert_eq!(module_path(Path::new("a.rs")), ["a"]);
    assert!(module_path(Path::new("bin/producer.rs")).is_empty());
    let client = exports(&root().join("client/src"));
    assert_eq!(client.get("ConnectionBuilder").map(String::as_str), Some("connection"));
}

/// `a::b` names `a`; `{a::b, c}` names `a` and `c`.
fn names_at(text: &str) -> Vec<String> {
    let identifier = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(list) = text.strip_prefix('{') else { return vec![identifier(text)] };
    let (mut names, mut depth, mut item) = (Vec::new(), 0, String::new());
    for character in list.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(identifier(&std::mem::take(&mut item))),
            other if depth == 0 => item.push(other),
            _ => {}
        }
    }
    names.push(identifier(&item));
    names
}

#[test]
fn files_are_short_enough_to_read() {
    for (folder, _) in MAY_USE {
        for (path, code) in sources(&root().join(folder).join("src")) {
            let lines = code.lines().count();
            assert!(lines <= MOST_LINES, "{} has {lines} lines", path.display());
        }
    }
}
