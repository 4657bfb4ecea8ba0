//! Runs the scenarios under `tests/scenarios`, one file for each feature.
//!
//! | a line | says |
//! |---|---|
//! | `# …` | a remark |
//! | `at 2026-11-23T10:00:00Z` | the instant of the events that follow |
//! | `{"type": …}` | an event; its outputs follow, all of them |
//! | `> c1 entered vip` | a transition; before it its instant, where it is another than the event's |
//! | `> vip built, 3 members` | a notice |
//! | `! unknown field` | instead: the event is refused, and the message holds these words |
//! | `advance 2026-11-24T00:00:00Z` | time passes; its outputs follow |
//! | `members vip: c1 c2` | the members of a segment, in order of creation |

use std::path::Path;

use enlist_model::Instant;

use crate::script::{Script, shown};

#[test]
fn every_scenario_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 12, "{} scenarios", files.len());
    for file in files {
        run(&file);
    }
}

fn run(file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let mut script = Script::new();
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())).peekable();
    while let Some((number, line)) = lines.next() {
        let place = format!("{name}:{number}: {line}");
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(at) = line.strip_prefix("at ") {
            at.clone_into(&mut script.at);
        } else if let Some(expected) = line.strip_prefix("members ") {
            let (segment, members) = expected.split_once(':').expect("members SEGMENT: ids");
            assert_eq!(script.members(segment), members.split_whitespace().collect::<Vec<_>>(), "{place}");
        } else {
            let mut expected = Vec::new();
            while let Some((_, next)) =
                lines.next_if(|(_, next)| next.starts_with('>') || next.starts_with('!'))
            {
                expected.push(next.to_owned());
            }
            assert_eq!(outcome(&mut script, line, expected.first()), expected, "{place}");
        }
        script.engine.verify().unwrap_or_else(|difference| panic!("{place}\n{difference}"));
    }
}

/// The outputs of a line, as the file would write them.
fn outcome(script: &mut Script, line: &str, expected: Option<&String>) -> Vec<String> {
    let (outputs, at) = if let Some(to) = line.strip_prefix("advance ") {
        (script.advance(to), to.to_owned())
    } else {
        let before = script.engine.dump();
        match script.try_apply(line) {
            Ok(outputs) => (outputs, script.at.clone()),
            Err(error) => {
                assert_eq!(script.engine.dump(), before, "a refused event changes nothing: {line}");
                let message = error.to_string();
                let words = expected.and_then(|expected| expected.strip_prefix("! "));
                return vec![match words {
                    Some(words) if message.contains(words) => format!("! {words}"),
                    _ => format!("! {message}"),
                }];
            }
        }
    };
    let at = Instant::parse(&at).expect("an instant");
    outputs.iter().map(|output| format!("> {}", shown(output, at))).collect()
}
