//! Cases as readable text: an input on one line and, indented below it, the expected output. Blank lines separate
//! cases; lines that start with `#` are comments.
//!
//! `REWRITE=1 cargo test -p enlist-model` writes the actual output instead of comparing it. Read the difference before
//! you commit it.

use std::fmt::Write as _;
use std::path::Path;

/// Runs every case of a file in `tests/suite/` and compares the output with the file.
pub(crate) fn run(file: &str, answer: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite").join(file);
    let expected = std::fs::read_to_string(&path).unwrap();
    let mut found = String::new();
    let mut cases = 0;
    for line in expected.lines().filter(|line| !line.starts_with(' ')) {
        writeln!(found, "{line}").unwrap();
        if !line.is_empty() && !line.starts_with('#') {
            cases += 1;
            for answered in answer(line).lines() {
                writeln!(found, "    {answered}").unwrap();
            }
        }
    }
    assert!(cases > 0, "{file} has no cases");
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(&path, &found).unwrap();
        return;
    }
    for (at, (expected, found)) in expected.lines().zip(found.lines()).enumerate() {
        assert_eq!(found, expected, "{file}, line {}", at + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{file}");
}
