//! Replays into a store: what an uninterrupted replay says, however often the replay ends, and nothing for another log.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use enlist::Enlist;
use flate2::read::GzDecoder;

use crate::process::example;
use crate::replayed::{DEFINITIONS, Replayed, path, saved};

/// A folder for one test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = path(&format!("stores-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What a replay leaves.
#[derive(Debug, PartialEq)]
struct Left {
    report: String,
    transitions: String,
    members: String,
}

fn arguments(folder: &Path, log: &Path, more: &[&str]) -> Vec<String> {
    let shown = |path: PathBuf| path.display().to_string();
    let mut arguments = vec![
        log.display().to_string(),
        "--json".to_owned(),
        "--transitions".to_owned(),
        shown(folder.join("transitions")),
        "--members".to_owned(),
        shown(folder.join("members")),
    ];
    arguments.extend(more.iter().map(|more| (*more).to_owned()));
    arguments
}

fn store(folder: &Path) -> String {
    folder.join("store").display().to_string()
}

fn run(arguments: &[String]) -> Replayed {
    Replayed::run(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), std::io::empty())
}

fn left(folder: &Path, replayed: &Replayed) -> Left {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    Left { report: replayed.output.clone(), transitions: read("transitions"), members: read("members") }
}

/// What an uninterrupted replay without a store leaves.
fn uninterrupted(folder: &Path, log: &Path, more: &[&str]) -> Left {
    let plain = folder.join("plain");
    std::fs::create_dir_all(&plain).unwrap();
    left(&plain, &run(&arguments(&plain, log, more)))
}

/// A log of contacts that enter and leave, with a day that begins, a blank line, and lines that are bad or refused.
fn log_lines() -> Vec<String> {
    let mut lines: Vec<String> = DEFINITIONS.lines().map(str::to_owned).collect();
    for n in 0..60 {
        lines.push(saved(&format!("c{}", n % 20), if n % 3 == 0 { "free" } else { "pro" }));
    }
    lines.push(String::new());
    lines.push(r#"{"at":"2026-11-25T10:00:00Z","type":"tick"}"#.to_owned());
    for n in 60..90 {
        lines.push(saved(&format!("c{n}"), "pro"));
    }
    lines
}

fn write(file: &Path, lines: &[String]) {
    std::fs::write(file, lines.join("\n") + "\n").unwrap();
}

#[test]
fn a_replay_that_ends_early_is_continued_and_says_what_an_uninterrupted_one_says() {
    let folder = folder("continued");
    let lines = log_lines();
    let log = folder.join("log");
    let store = store(&folder);
    let ends = [(1, "1"), (30, "2"), (30, "1"), (62, "3"), (lines.len(), "1"), (lines.len(), "2")];
    for ((end, partitions), durability) in ends.into_iter().zip(["synced", "buffered"].into_iter().cycle()) {
        write(&log, &lines[..end]);
        let replayed = run(&arguments(
            &folder,
            &log,
            &["--store", &store, "--partitions", partitions, "--durability", durability],
        ));
        assert!(replayed.succeeded, "{}", replayed.errors);
        assert_eq!(left(&folder, &replayed), uninterrupted(&folder, &log, &[]), "up to line {end}");
    }
}

#[test]
fn kept_lines_are_not_read_as_events_again() {
    let folder = folder("unparsed");
    let mut lines = log_lines();
    // Beyond the first 4 KiB, by which a log is known.
    lines.extend((0..200).map(|n| saved(&format!("d{n}"), "pro")));
    let log = folder.join("log");
    write(&log, &lines[..lines.len() - 1]);
    let store = store(&folder);
    assert!(run(&arguments(&folder, &log, &["--store", &store])).succeeded);
    write(&log, &lines);
    let expected = uninterrupted(&folder, &log, &[]);
    let unreadable = lines.len() - 20;
    lines[unreadable] = "this was applied before".to_owned();
    write(&log, &lines);
    let replayed = run(&arguments(&folder, &log, &["--store", &store]));
    assert!(replayed.succeeded, "{}", replayed.errors);
    assert_eq!(left(&folder, &replayed), expected);
}

#[test]
fn a_bad_line_stops_a_replay_again_until_it_is_skipped_or_mended() {
    for is_refused in [false, true] {
        let folder = folder(if is_refused { "refused" } else { "bad" });
        let mut lines = log_lines();
        let bad = if is_refused {
            r#"{"at":"2026-11-23T10:00:00Z","type":"contact_deleted","contact":"nobody"}"#
        } else {
            "no event"
        };
        lines.insert(5, bad.to_owned());
        lines.insert(40, bad.to_owned());
        let log = folder.join("log");
        write(&log, &lines);
        let store = store(&folder);
        for _ in 0..3 {
            let replayed = run(&arguments(&folder, &log, &["--store", &store]));
            assert!(replayed.errors.contains("line 6: "), "{}", replayed.errors);
            assert_eq!(left(&folder, &replayed), uninterrupted(&folder, &log, &[]));
        }
        // The first is mended, the second is skipped.
        lines[5] = saved("mended", "pro");
        write(&log, &lines);
        for _ in 0..2 {
            let replayed = run(&arguments(&folder, &log, &["--store", &store, "--skip-bad"]));
            assert!(replayed.succeeded, "{}", replayed.errors);
            assert_eq!(replayed.json()["rejected"], 1);
            assert_eq!(left(&folder, &replayed), uninterrupted(&folder, &log, &["--skip-bad"]));
        }
    }
}

#[test]
fn another_log_is_refused_and_changes_nothing() {
    let folder = folder("another");
    let mut lines = log_lines();
    let log = folder.join("log");
    let store = store(&folder);
    write(&log, &lines);
    let first = run(&arguments(&folder, &log, &["--store", &store]));
    let before = left(&folder, &first);
    write(&log, &lines[..20]);
    let shorter = run(&arguments(&folder, &log, &["--store", &store]));
    assert!(
        !shorter.succeeded && shorter.errors.contains("is not the one that was replayed"),
        "{}",
        shorter.errors
    );
    lines[3] = saved("somebody", "pro");
    write(&log, &lines);
    let other = run(&arguments(&folder, &log, &["--store", &store]));
    assert!(!other.succeeded && other.errors.contains("line 4 of "), "{}", other.errors);
    write(&log, &log_lines());
    assert_eq!(left(&folder, &run(&arguments(&folder, &log, &["--store", &store]))), before);
}

#[test]
fn a_file_of_transitions_that_does_not_go_with_the_store_is_refused() {
    let folder = folder("transitions");
    let lines = log_lines();
    let (log, file) = (folder.join("log"), folder.join("transitions"));
    let store = store(&folder);
    write(&log, &lines[..30]);
    assert!(run(&arguments(&folder, &log, &["--store", &store])).succeeded);
    let written = std::fs::read(&file).unwrap();
    let refused = || {
        let replayed = run(&arguments(&folder, &log, &["--store", &store]));
        assert!(!replayed.succeeded);
        replayed.errors
    };
    write(&log, &lines);
    std::fs::remove_file(&file).unwrap();
    assert!(refused().contains("it has 0 lines"));
    std::fs::write(&file, &written[..written.len() - 1]).unwrap();
    assert!(refused().contains("when they were synced"));
    // What is behind the synced lines was written by a process that died, and is written again.
    std::fs::write(&file, [&written, &b"{\"torn"[..]].concat()).unwrap();
    let replayed = run(&arguments(&folder, &log, &["--store", &store]));
    assert!(replayed.succeeded, "{}", replayed.errors);
    assert_eq!(left(&folder, &replayed), uninterrupted(&folder, &log, &[]));
}

#[test]
fn transitions_that_are_asked_for_only_now_are_refused_and_those_that_were_left_out_come_later() {
    let folder = folder("only-now");
    let lines = log_lines();
    let log = folder.join("log");
    let (late, early) = (store(&folder), folder.join("early").display().to_string());
    let without = |log: &Path, store: &str| {
        let log = log.display().to_string();
        assert!(run(&[log, "--store".to_owned(), store.to_owned()]).succeeded);
    };
    write(&log, &lines[..30]);
    without(&log, &late);
    let replayed = run(&arguments(&folder, &log, &["--store", &late]));
    assert!(!replayed.succeeded && replayed.errors.contains("were not asked for"), "{}", replayed.errors);

    assert!(run(&arguments(&folder, &log, &["--store", &early])).succeeded);
    write(&log, &lines[..50]);
    without(&log, &early);
    write(&log, &lines);
    let replayed = run(&arguments(&folder, &log, &["--store", &early]));
    assert!(replayed.succeeded, "{}", replayed.errors);
    assert_eq!(left(&folder, &replayed), uninterrupted(&folder, &log, &[]));
}

fn demo_lines() -> Vec<String> {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cdnow.jsonl.gz");
    let mut lines = String::new();
    GzDecoder::new(File::open(log).unwrap()).read_to_string(&mut lines).unwrap();
    lines.lines().map(str::to_owned).collect()
}

/// The last line of its log that a store has.
fn kept_line(store: &Path) -> u64 {
    let enlist = Enlist::builder().manual_time().open(store).unwrap().wait().unwrap();
    let source = enlist.workspace("replay").and_then(|workspace| workspace.source("log"));
    source.map_or(0, |position| position.0)
}

/// Changes a line that is kept, behind those by which a log is known: a store that begins again fails at it.
fn make_unreadable(log: &Path, kept: u64) {
    const BEHIND_THE_FIRST: usize = 100;
    if kept as usize > BEHIND_THE_FIRST {
        let mut lines = demo_lines();
        "this was applied before".clone_into(&mut lines[BEHIND_THE_FIRST]);
        write(log, &lines);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how many kills is chosen in the environment")]
fn a_replay_that_is_killed_again_and_again_says_what_an_uninterrupted_one_says() {
    let kills = std::env::var("ENLIST_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(6);
    let plain = folder("killed-plain");
    let log = plain.join("log");
    write(&log, &demo_lines());
    let expected = uninterrupted(&plain, &log, &[]);
    let mut folder = folder("killed");
    let mut durability = ["synced", "buffered"].into_iter().cycle();
    // Instants that are spread over a replay, early and late ones in turn.
    let mut instants = (1..).map(|n: u64| Duration::from_millis(20 + n * 397 % 1_480));
    let mut done = 0;
    while done < kills {
        let store = store(&folder);
        let more = ["--store", &store, "--durability", durability.next().unwrap()];
        let all = arguments(&folder, &log, &more);
        let mut child =
            example("replay").args(&all).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(instants.next().unwrap());
        let has_ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        done += usize::from(!has_ended);
        if has_ended || done == kills {
            make_unreadable(&log, kept_line(Path::new(&store)));
            let replayed = run(&all);
            write(&log, &demo_lines());
            assert!(replayed.succeeded, "{}", replayed.errors);
            assert!(left(&folder, &replayed) == expected, "after {done} kills");
            std::fs::remove_dir_all(&folder).unwrap();
            folder = self::folder("killed");
        }
    }
}
