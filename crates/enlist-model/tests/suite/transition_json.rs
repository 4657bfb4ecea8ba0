//! Transitions and notices as JSON.

use enlist_model::{Cause, Change, ContactId, Instant, Notice, NoticeOutcome, SegmentId, Transition};

fn at() -> Instant {
    Instant::parse("2026-11-23T00:00:00.5Z").unwrap()
}

#[test]
fn a_transition_is_written_with_its_cause() {
    let mut transition = Transition {
        at: at(),
        segment: SegmentId::new("vip").unwrap(),
        contact: ContactId::new("c\"1").unwrap(),
        change: Change::Entered,
        cause: Cause::Event(7),
    };
    let start = r#"{"at":"2026-11-23T00:00:00.500Z","segment":"vip","contact":"c\"1","change":"#;
    assert_eq!(
        serde_json::to_string(&transition).unwrap(),
        format!(r#"{start}"entered","cause":{{"event":7}}}}"#)
    );
    assert_eq!(
        serde_json::to_string(&transition.with_cause(("line", 12))).unwrap(),
        format!(r#"{start}"entered","cause":{{"line":12}}}}"#)
    );
    (transition.change, transition.cause) = (Change::Left, Cause::Clock);
    for json in [
        serde_json::to_string(&transition).unwrap(),
        serde_json::to_string(&transition.with_cause(("line", 12))).unwrap(),
    ] {
        assert_eq!(json, format!(r#"{start}"left","cause":"clock"}}"#));
    }
}

#[test]
fn a_notice_is_written_with_its_counts() {
    for (outcome, expected) in [
        (NoticeOutcome::Built { members: 3 }, r#""change":"built","members":3"#),
        (NoticeOutcome::Rebuilt { entered: 1, left: 2 }, r#""change":"rebuilt","entered":1,"left":2"#),
        (NoticeOutcome::Dropped, r#""change":"dropped""#),
    ] {
        let notice = Notice { at: at(), segment: SegmentId::new("vip").unwrap(), outcome };
        let expected = format!(r#"{{"at":"2026-11-23T00:00:00.500Z","segment":"vip",{expected}}}"#);
        assert_eq!(serde_json::to_string(&notice).unwrap(), expected);
    }
}
