//! The picture in ARCHITECTURE.md, held against the code.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail like this"
)]

mod imports;
mod maps;
mod methods;
mod options;
mod sources;

use std::{collections::BTreeSet, fs};

use crate::{
    imports::{Module, Uses, uses},
    sources::{root, sources},
};

/// Which crates each crate may use.
const MAY_USE: [(&str, &[&str]); 8] = [
    ("openwire", &[]),
    ("options", &[]),
    ("tls", &["relaismq-options"]),
    ("client", &["relaismq-openwire", "relaismq-options", "relaismq-tls"]),
    ("broker", &["relaismq-openwire", "relaismq-options", "relaismq-tls"]),
    ("programs", &["relaismq", "relaismq-broker"]),
    ("examples", &["relaismq", "relaismq-broker", "relaismq-programs"]),
    ("bindings/python", &["relaismq", "relaismq-broker", "relaismq-openwire", "relaismq-programs"]),
];
const OURS: [&str; 8] = [
    "relaismq",
    "relaismq-openwire",
    "relaismq-options",
    "relaismq-tls",
    "relaismq-broker",
    "relaismq-programs",
    "relaismq-examples",
    "relaismq-tests",
];
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
/// Crates whose modules form no cycle. OpenWire's types are one family that contains itself (a
/// command may hold any command, and the marshal cache holds commands), so its modules do, too.
const ACYCLIC: [&str; 7] =
    ["options", "tls", "client", "broker", "programs", "examples", "bindings/python"];
/// Types that several files of a folder extend, without calling each other in a circle.
const LAYERED: [(&str, &str); 4] = [
    ("broker/src/engine", "Engine"),
    ("client/src/proto", "Client"),
    ("client/src/proto/search", "Search"),
    ("client/src/proto/consumer", "Consumer"),
];
/// A file that is longer tells more than one story.
const MOST_LINES: usize = 400;

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
        let mut lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let known = lines.find(|line| line.contains("store::"));
        assert_eq!(known, None, "{} knows the store", path.display());
    }
    for (path, code) in sources(&root().join("broker/src/store")) {
        assert!(!code.contains("engine::"), "{} knows the engine", path.display());
    }
}

#[test]
fn top_level_modules_form_no_cycle() {
    for folder in ACYCLIC {
        let of_folders = |module: &Module| module.first().cloned().into_iter().collect::<Module>();
        let mut folders = Uses::new();
        for (module, used) in uses(&root().join(folder).join("src")) {
            let folder = of_folders(&module);
            let others = used.iter().map(of_folders).filter(|it| *it != folder && !it.is_empty());
            folders.entry(folder.clone()).or_default().extend(others);
        }
        folders.remove(&Module::new());
        assert_acyclic(folder, &folders);
    }
}

/// The face of a folder (`mod.rs`, `lib.rs`) gathers what is in it and hands it on; whatever names
/// the face means the folder, and folders are looked at above.
#[test]
fn files_form_no_cycle() {
    for folder in MAY_USE.map(|(folder, _)| folder).into_iter().chain(["tests"]) {
        let source = root().join(folder).join("src");
        let is_face = |module: &Module| {
            module.is_empty() || source.join(module.join("/")).join("mod.rs").exists()
        };
        let mut files = uses(&source);
        files.retain(|module, _| !is_face(module));
        files.values_mut().for_each(|used| used.retain(|module| !is_face(module)));
        assert_acyclic(folder, &files);
    }
}

fn assert_acyclic(folder: &str, uses: &Uses) {
    for module in uses.keys() {
        let cycle = way_back(uses, module).unwrap_or_default();
        let names: Vec<_> = cycle.iter().map(|module| module.join("::")).collect();
        assert!(cycle.is_empty(), "{folder}: {} is a cycle", names.join(" -> "));
    }
}

/// A way from a module over others to itself.
fn way_back(uses: &Uses, module: &Module) -> Option<Vec<Module>> {
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

/// Imports do not show who calls whom where many files extend one type.
#[test]
fn methods_form_no_cycle_over_files() {
    for (folder, name) in LAYERED {
        let calls = methods::calls(&root().join(folder), name);
        let arrows: usize = calls.values().map(BTreeSet::len).sum();
        assert!(arrows > 2, "{folder}: {name} is extended in {} files", calls.len());
        assert_acyclic(folder, &calls);
    }
}

/// The engine's folders are layers: neither imports nor methods lead back up.
#[test]
fn rooms_of_the_engine_form_no_cycle() {
    let mut rooms = Uses::new();
    let mut note = |user: &str, used: &str| {
        if user != used {
            rooms.entry(vec![user.to_owned()]).or_default().insert(vec![used.to_owned()]);
        }
    };
    for (file, called) in methods::calls(&root().join("broker/src/engine"), "Engine") {
        let room = |file: &Module| Some(file[0].split_once('/')?.0.to_owned());
        for other in called.iter().filter_map(room) {
            room(&file).iter().for_each(|user| note(user, &other));
        }
    }
    for (module, used) in uses(&root().join("broker/src")) {
        let room = |it: &Module| it.get(1).filter(|_| it[0] == "engine" && it.len() > 2).cloned();
        for other in used.iter().filter(|it| !it.is_empty()).filter_map(room) {
            let user = (!module.is_empty()).then(|| room(&module)).flatten();
            user.iter().for_each(|user| note(user, &other));
        }
    }
    assert!(rooms.len() > 5, "only {} rooms found", rooms.len());
    assert_acyclic("broker/src/engine", &rooms);
}

#[test]
fn the_map_names_every_folder_of_every_crate() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (name, _) in MAY_USE {
        let line = map.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap();
        for entry in fs::read_dir(root().join(name).join("src")).unwrap() {
            let entry = entry.unwrap();
            let folder = format!("`{}`", entry.file_name().to_string_lossy());
            let known = !entry.path().is_dir() || line.contains(&folder);
            assert!(known, "ARCHITECTURE.md does not say what {folder} in {name}/src is for");
        }
    }
}

/// Whoever opens a folder reads what is where.
#[test]
fn a_folders_map_names_its_files() {
    let crates = MAY_USE.into_iter().map(|(folder, _)| root().join(folder));
    let gaps: Vec<_> = crates.flat_map(|folder| maps::gaps(&folder)).collect();
    assert!(gaps.is_empty(), "maps that do not name some of their files: {gaps:?}");
    let code = "//! `a` does this, `b` that.\nmod a;\nmod b;\nmod c;\nmod d;\n#[cfg(test)]\nmod e;";
    assert_eq!(maps::missing(code), ["c", "d"]);
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

/// Options used to be accepted, documented, and looked at by nobody.
#[test]
fn every_option_is_looked_at_by_some_code_and_set_by_its_row() {
    let client = root().join("client/src");
    let declared = options::declared(&client.join("options"));
    assert!(declared.len() > 60, "only {} options found", declared.len());
    let mut looked_at = BTreeSet::new();
    let (mut rows, mut idle) = (0, Vec::new());
    for (path, code) in sources(&client) {
        if path.starts_with(client.join("uri")) {
            rows += options::rows(&code);
            idle.extend(options::idle_rows(&code));
        } else {
            looked_at.extend(options::looked_at(&code));
        }
    }
    let unread: Vec<_> = declared.iter().filter(|(_, field)| !looked_at.contains(field)).collect();
    assert!(unread.is_empty(), "nobody looks at {unread:?}");
    assert!(rows > 60 && idle.is_empty(), "of {rows} rows these set nothing: {idle:?}");
}

#[test]
fn an_option_that_is_only_set_or_handed_on_counts_as_not_looked_at() {
    let code = "fn f(mut a: A, b: A, mut c: C) {
        a.set = 1;
        a.merged = a.merged.or(b.merged);
        c.used = a.used;
        a.seen + 1;
    }";
    let expected = ["seen", "used"].map(str::to_owned);
    assert_eq!(options::looked_at(code), BTreeSet::from(expected));
    let row = "const R: Row = Row { name: \"idle\", kind: Kind::Bool(|_, _| {}) };";
    assert_eq!((options::rows(row), options::idle_rows(row).len()), (1, 1));
}
