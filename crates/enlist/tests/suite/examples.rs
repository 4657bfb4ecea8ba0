//! Every method of the handles has an example, or a link to the one of its type.
//!
//! It reads the sources as text. That the examples compile and hold is tested by running them.

use std::fs;
use std::path::Path;

/// The handles: the file, and how its `impl` begins.
const HANDLES: [(&str, &str); 6] = [
    ("enlist.rs", "impl Enlist {"),
    ("workspace/mod.rs", "impl Workspace {"),
    ("segment.rs", "impl Segment {"),
    ("view.rs", "impl View<'_> {"),
    ("audience.rs", "impl Audience {"),
    ("subscription.rs", "impl Subscription {"),
];

/// Further methods of a handle, whose type has its example elsewhere.
const FURTHER: [(&str, &str); 1] = [("workspace/reading.rs", "impl Workspace {")];

#[test]
fn every_method_of_the_handles_has_an_example() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/handles");
    let (mut methods, mut bare) = (0, Vec::new());
    for (file, begin) in HANDLES.into_iter().chain(FURTHER) {
        let source = fs::read_to_string(folder.join(file)).unwrap();
        let (before, after) = source.split_once(&format!("\n{begin}\n")).unwrap();
        let has_example = before.contains("/// # Examples\n///\n/// ```");
        assert!(has_example || FURTHER.contains(&(file, begin)), "the type of {file} has no example");
        let block = after.split_once("\n}\n").unwrap().0;
        let mut docs = String::new();
        for line in block.lines().map(str::trim) {
            if let Some(doc) = line.strip_prefix("///") {
                docs.push_str(doc);
            } else if line.starts_with("pub fn ") {
                methods += 1;
                if !docs.contains("```") && !docs.contains("[Example](") {
                    bare.push(format!("{file}: {line}"));
                }
                docs.clear();
            } else if !line.starts_with("#[") {
                docs.clear();
            }
        }
    }
    assert!(methods > 80, "only {methods} methods were found");
    assert!(bare.is_empty(), "without an example: {bare:#?}");
}
