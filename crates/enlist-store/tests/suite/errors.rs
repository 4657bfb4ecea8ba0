//! The codes of errors.

use std::path::{Path, PathBuf};

use enlist_store::Error;

#[test]
fn every_error_has_the_code_of_the_table() {
    let file = PathBuf::from("journal.redb");
    let what = String::new();
    let errors = [
        (Error::Store { file: file.clone(), what: what.clone() }, "store_failed"),
        (Error::Damaged { file: file.clone(), what: what.clone() }, "damaged"),
        (Error::Malformed { what: what.clone() }, "malformed"),
        (Error::Locked { path: file.clone() }, "locked"),
        (Error::NotEmpty { path: file }, "not_empty"),
        (Error::Format { found: 2, known: 1 }, "format"),
        (Error::TooLarge { bytes: 2, most: 1 }, "frame_too_large"),
        (Error::Unwritable { what }, "unwritable"),
    ];
    let table = include_str!("../../src/error.rs");
    for (error, code) in errors {
        assert_eq!(error.code(), code);
        assert!(table.contains(&format!("/// | `{code}` |")), "{code} is not in the table");
    }
}

#[test]
fn malformed_bytes_of_a_file_are_its_damage() {
    let malformed = Error::Malformed { what: "it ends too early".to_owned() };
    let damaged = malformed.in_file(Path::new("crm.enlist/journal.redb"));
    assert_eq!(
        damaged.to_string(),
        "crm.enlist/journal.redb is damaged: it ends too early; restore a backup"
    );
    let newer = Error::Format { found: 2, known: 1 };
    assert_eq!(newer.clone().in_file(Path::new("journal.redb")), newer);
}
