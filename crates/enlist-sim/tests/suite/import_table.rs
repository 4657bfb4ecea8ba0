//! Imports inside a crate go up its table of rooms, never down, so that no two rooms import each other.
//!
//! A room is a module at the root of a crate. ARCHITECTURE.md has a table for each crate, under a line
//! `<!-- imports: CRATE -->`: the first cell of a row that has names in backquotes lists rooms, and a room imports only rooms
//! above it or to its left. The scan reads text: `crate::room` and `super::` paths outside comments and outside code that is
//! compiled only for tests. It does not know visibility, or which items are imported.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates that have a table.
const CRATES: [&str; 8] = [
    "enlist-model",
    "enlist-engine",
    "enlist-store",
    "enlist-sim",
    "enlist",
    "enlist-tokio",
    "enlist-http",
    "enlist-console",
];
/// Files that are no room, but the surface of the crate.
const SURFACE: [&str; 3] = ["lib", "main", "bin"];

/// A path to another room, and its line.
#[derive(Debug, PartialEq, Eq)]
struct Import {
    line: usize,
    room: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rooms of a crate's table, from the first to the last.
fn table(architecture: &str, krate: &str) -> Vec<String> {
    let marker = format!("<!-- imports: {krate} -->");
    let (_, after) = architecture.split_once(&marker).unwrap_or_else(|| panic!("no table for {krate}"));
    let rows =
        after.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let first_cell = |row: &'_ str| row.split('|').find(|cell| cell.contains('`')).map(str::to_owned);
    let quoted = |cell: String| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    rows.filter_map(first_cell).flat_map(quoted).collect()
}

/// The text without comments, line by line. Strings are not parsed: one that contains `//` loses its end, which contains no
/// path.
fn without_comments(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned()).collect()
}

/// The lines, where items that are compiled only for tests are blank, and the names of modules declared by such items.
fn without_tests(lines: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut kept, mut test_modules) = (Vec::new(), Vec::new());
    let mut lines = lines.into_iter();
    while let Some(line) = lines.next() {
        let attribute = line.trim_start();
        if !(attribute.starts_with("#[cfg(") && attribute.contains("test") && !attribute.contains("not(test"))
        {
            kept.push(line);
            continue;
        }
        kept.push(String::new());
        let mut depth = 0_usize;
        for line in lines.by_ref() {
            kept.push(String::new());
            if let Some(name) = line.trim().strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
                test_modules.push(name.to_owned());
            }
            let opened = line.matches('{').count();
            depth = (depth + opened).saturating_sub(line.matches('}').count());
            let ends = line.trim_end().ends_with([';', '}', ',']);
            if depth == 0 && ends && !line.trim_start().starts_with("#[") {
                break;
            }
        }
    }
    (kept, test_modules)
}

/// What a file imports from the root of its crate. `depth` is the depth of its module below the root, so that many `super`
/// lead to the root.
fn imports(lines: &[String], depth: usize) -> Vec<Import> {
    let text = lines.join("\n");
    let to_root = ["super::".repeat(depth), "crate::".to_owned()];
    let mut found = Vec::new();
    for prefix in to_root.iter().filter(|prefix| !prefix.is_empty()) {
        for (at, _) in text.match_indices(prefix.as_str()) {
            let before = text[..at].chars().next_back();
            // `my_crate::` is another crate, and of `super::super::` only the beginning counts.
            if before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':') {
                continue;
            }
            let line = text[..at].matches('\n').count() + 1;
            let names = names(&text[at + prefix.len()..]);
            found.extend(names.into_iter().map(|room| Import { line, room }));
        }
    }
    found
}

/// The first names of a path, or of each path in a group in braces.
fn names(path: &str) -> Vec<String> {
    let name = |path: &str| -> String {
        path.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut names, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                names.push(name(&group[start..at]));
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The files of a room or folder, each with the depth of its module.
fn files(path: &Path, depth: usize, found: &mut Vec<(PathBuf, usize)>) {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for entry in entries {
            let is_mod = entry.file_name().is_some_and(|name| name == "mod.rs");
            files(&entry, depth + usize::from(!is_mod), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push((path.to_owned(), depth));
    }
}

/// The rooms of a crate: modules at its root, by name, each with its files.
fn rooms(source: &Path) -> Vec<(String, Vec<(PathBuf, usize)>)> {
    let lib = fs::read_to_string(source.join("lib.rs")).unwrap();
    let (_, test_modules) = without_tests(without_comments(&lib));
    let mut entries: Vec<PathBuf> =
        fs::read_dir(source).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    entries
        .into_iter()
        .map(|path| (name(&path), path))
        .filter(|(name, _)| !SURFACE.contains(&name.as_str()) && !test_modules.contains(name))
        .map(|(name, path)| {
            let mut found = Vec::new();
            files(&path, 1, &mut found);
            (name, found)
        })
        .collect()
}

/// Everything that is wrong with the imports of a crate.
fn problems(krate: &str, table: &[String]) -> Vec<String> {
    let source = root().join("crates").join(krate).join("src");
    let rooms = rooms(&source);
    let names: BTreeSet<&str> = rooms.iter().map(|(name, _)| name.as_str()).collect();
    let place = |room: &str| table.iter().position(|each| each == room);
    let mut problems: Vec<String> = table
        .iter()
        .filter(|room| !names.contains(room.as_str()))
        .map(|room| format!("the table of {krate} names `{room}`, which does not exist"))
        .collect();
    for (room, files) in &rooms {
        let Some(own) = place(room) else {
            problems.push(format!("the table of {krate} does not name `{room}`"));
            continue;
        };
        for (file, depth) in files {
            let (lines, _) = without_tests(without_comments(&fs::read_to_string(file).unwrap()));
            for Import { line, room: imported } in imports(&lines, *depth) {
                let is_allowed = imported == *room || place(&imported).is_some_and(|place| place < own);
                if !is_allowed {
                    let file = file.strip_prefix(&source).unwrap().display();
                    problems.push(format!(
                        "{krate}/src/{file}:{line}: `{room}` imports `{imported}`, which is not above it in the table"
                    ));
                }
            }
        }
    }
    problems
}

#[test]
fn rooms_import_only_rooms_above_them_in_the_table_of_their_crate() {
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let problems: Vec<String> =
        CRATES.iter().flat_map(|krate| problems(krate, &table(&architecture, krate))).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn paths_are_found_alone_and_in_groups_but_not_in_comments_or_tests() {
    let text = r#"
//! See [`crate::comment`].
use crate::alone::{self, Thing};
use crate::{
    first::A,
    second::{B, C},
};
fn f() -> crate::within::Type { other_crate::not_ours(); super::sibling::g() } // crate::comment
#[cfg(test)]
mod loom;
#[cfg(all(test, loom))]
#[path = "elsewhere.rs"]
mod tests {
    use crate::in_tests::X;
}
#[cfg(not(test))]
use crate::shipped;
"#;
    let (lines, test_modules) = without_tests(without_comments(text));
    let found = |depth| -> Vec<(usize, String)> {
        let mut found: Vec<_> =
            imports(&lines, depth).into_iter().map(|each| (each.line, each.room)).collect();
        found.sort();
        found
    };
    let expected = [(3, "alone"), (4, "first"), (4, "second"), (8, "within"), (17, "shipped")];
    let mut expected: Vec<(usize, String)> =
        expected.into_iter().map(|(line, room)| (line, room.to_owned())).collect();
    assert_eq!(found(2), expected);
    // In a room's own file `super` is the root.
    expected.insert(3, (8, "sibling".to_owned()));
    assert_eq!(found(1), expected);
    assert_eq!(test_modules, ["loom"]);
}

#[test]
fn the_table_of_a_crate_is_the_one_under_its_mark() {
    let text = "| `no` |\n<!-- imports: b -->\n\nwords\n\n| room | |\n|---|---|\n| `x` | holds `z` |\n| words | `y` `v` | holds `u` |\n\n| `w` |";
    assert_eq!(table(text, "b"), ["x", "y", "v"]);
}
