//! Files that are written by hand or by others are as they are said to be.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

#[test]
fn every_file_of_others_has_the_digest_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vendor");
    let table = fs::read_to_string(folder.join("VENDORED.md")).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows: Vec<Vec<&str>> =
        rows.map(|row| row.split(" | ").collect()).filter(|row: &Vec<_>| row[0] != "file").collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let digest = Sha256::digest(fs::read(folder.join(row[0])).unwrap());
        let listed =
            (0..row[4].len()).step_by(2).map(|at| u8::from_str_radix(&row[4][at..at + 2], 16).unwrap());
        assert_eq!(digest.to_vec(), listed.collect::<Vec<_>>(), "{}", row[0]);
    }
}

#[test]
fn the_script_of_our_own_is_short() {
    let script = include_str!("../../assets/console.js");
    assert!(script.lines().count() <= 200, "{}", script.lines().count());
}

/// The Rust of a page that shows how a host nests the console.
fn nesting(page: &str) -> Option<&str> {
    let (_, code) = page.split_once("use enlist::Enlist;\nuse enlist_console::")?;
    code.split("```").next()
}

#[test]
fn the_readme_of_the_project_has_the_lines_that_are_compiled_here() {
    let Ok(readme) = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")) else {
        return;
    };
    let code = nesting(include_str!("../../README.md")).unwrap();
    let shown: String =
        code.lines().filter(|line| !line.starts_with("# ")).map(|line| line.to_owned() + "\n").collect();
    assert_eq!(nesting(&readme), Some(shown.as_str()));
}
