//! The files of others are as VENDORED.md says.

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
    assert_eq!(rows.len(), 6);
    for row in rows {
        let digest = Sha256::digest(fs::read(folder.join(row[0])).unwrap());
        let listed =
            (0..row[4].len()).step_by(2).map(|at| u8::from_str_radix(&row[4][at..at + 2], 16).unwrap());
        assert_eq!(digest.to_vec(), listed.collect::<Vec<_>>(), "{}", row[0]);
    }
}
