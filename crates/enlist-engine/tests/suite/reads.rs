//! Reads: pages, explanations, previews, set algebra.

use enlist_engine::{
    Error, ExplainedNode, Page, PageOrder, PagePosition, PageRequest, PageStart, SegmentSet,
};
use enlist_model::{ContactId, Json, SegmentId};

use crate::script::Script;

/// Contacts c0 to c9 in the segment `all`; scores 3 1 4 1 5 9 2 6 – –, `high` from 4 on, `odd` with a label.
fn workspace() -> Script {
    let mut script = Script::of(&[
        r#"{"type":"field_defined","field":"score","kind":"number"}"#,
        r#"{"type":"field_defined","field":"tags","kind":"multi_select"}"#,
        r#"{"type":"segment_saved","segment":"all","name":"A","rule":{"match":"none","conditions":[{"field":"name","operator":"equals","value":"nobody"}]}}"#,
        r#"{"type":"segment_saved","segment":"high","name":"H","rule":{"match":"all","conditions":[{"field":"score","operator":"greater_than_or_equal","value":4}]}}"#,
        r#"{"type":"segment_saved","segment":"odd","name":"O","rule":{"match":"all","conditions":[{"field":"labels","operator":"has_label","value":"odd"}]}}"#,
    ]);
    for (n, score) in ["3", "1", "4", "1", "5", "9", "2", "6", "null", "null"].iter().enumerate() {
        let labels = if n % 2 == 1 { r#","add_labels":["odd"]"# } else { "" };
        script.apply(&format!(
            r#"{{"type":"contact_saved","contact":"c{n}","set":{{"score":{score}}}{labels}}}"#
        ));
    }
    script
}

fn page(script: &Script, segment: &str, order: &PageOrder, start: PageStart, size: usize) -> Page {
    script
        .engine
        .page(segment, &PageRequest::default().with_order(order.clone()).with_start(start).with_size(size))
        .unwrap()
}

fn ids(page: &Page) -> Vec<&str> {
    page.contacts.iter().map(ContactId::as_str).collect()
}

/// A position from its bytes.
fn read_back(position: &PagePosition) -> PagePosition {
    PagePosition::from_bytes(&position.to_bytes()).unwrap()
}

/// All members page by page, three a page.
fn walk(script: &Script, segment: &str, order: &PageOrder) -> Vec<String> {
    let mut found = Vec::new();
    let mut start = PageStart::Offset(0);
    loop {
        let page = page(script, segment, order, start, 3);
        found.extend(ids(&page).into_iter().map(str::to_owned));
        match page.next {
            Some(position) => start = PageStart::After(read_back(&position)),
            None => return found,
        }
    }
}

fn by_score(descending: bool) -> PageOrder {
    PageOrder::Field { field: "score".into(), descending }
}

#[test]
fn every_order_can_be_walked_page_by_page_and_read_at_any_offset() {
    let script = workspace();
    let orders = [
        (PageOrder::Arrival { descending: false }, "0123456789"),
        (PageOrder::Arrival { descending: true }, "9876543210"),
        (by_score(false), "1360247589"),
        (by_score(true), "5742061389"),
    ];
    for (order, expected) in orders {
        let expected: Vec<String> = expected.chars().map(|n| format!("c{n}")).collect();
        assert_eq!(walk(&script, "all", &order), expected, "{order:?}");
        for offset in 0..12 {
            let page = page(&script, "all", &order, PageStart::Offset(offset), 4);
            let rest = expected.iter().skip(offset as usize).take(4).collect::<Vec<_>>();
            assert_eq!(ids(&page), rest, "{order:?} from {offset}");
            assert_eq!((page.total, page.next.is_some()), (10, offset + 4 < 10));
        }
    }
}

#[test]
fn a_walk_in_order_of_arrival_meets_every_remaining_member_once() {
    for descending in [false, true] {
        let mut script = workspace();
        let order = PageOrder::Arrival { descending };
        let first = page(&script, "all", &order, PageStart::Offset(0), 4);
        let last_shown = ids(&first).last().unwrap().to_string();
        script.apply(&format!(r#"{{"type":"contact_deleted","contact":"{last_shown}"}}"#));
        script.apply(r#"{"type":"contact_deleted","contact":"c0"}"#);
        script.apply(r#"{"type":"contact_saved","contact":"c0"}"#);
        script.apply(r#"{"type":"contact_saved","contact":"late"}"#);
        let rest = page(&script, "all", &order, PageStart::After(first.next.clone().unwrap()), 100);
        let seen = [ids(&first), ids(&rest)].concat();
        for n in 1..10 {
            let id = format!("c{n}");
            assert_eq!(seen.iter().filter(|seen| **seen == id).count(), 1, "{id}, descending: {descending}");
        }
    }
}

#[test]
fn a_sorted_walk_continues_when_its_last_contact_is_deleted() {
    let mut script = workspace();
    let first = page(&script, "all", &by_score(false), PageStart::Offset(0), 4);
    assert_eq!(ids(&first), ["c1", "c3", "c6", "c0"]);
    script.apply(r#"{"type":"contact_deleted","contact":"c0"}"#);
    script.apply(r#"{"type":"contact_saved","contact":"c6","set":{"score":100}}"#);
    let rest = page(&script, "all", &by_score(false), PageStart::After(first.next.clone().unwrap()), 100);
    assert_eq!(ids(&rest), ["c2", "c4", "c7", "c5", "c6", "c8", "c9"]);
}

#[test]
fn calendar_dates_come_before_instants_of_the_day_and_empty_values_last_in_both_directions() {
    let mut script = Script::of(&[
        r#"{"type":"workspace_configured","time_zone":"America/New_York"}"#,
        r#"{"type":"field_defined","field":"on","kind":"date"}"#,
        r#"{"type":"segment_saved","segment":"all","name":"A","rule":{"match":"none","conditions":[{"field":"name","operator":"equals","value":"nobody"}]}}"#,
    ]);
    for (id, on) in [
        ("noon", "2026-11-23T17:00:00Z"),
        ("night", "2026-11-24T04:00:00Z"),
        ("empty", ""),
        ("date", "2026-11-23"),
        ("before", "2026-11-22"),
    ] {
        script.apply(&format!(r#"{{"type":"contact_saved","contact":"{id}","set":{{"on":"{on}"}}}}"#));
    }
    let order = |descending| PageOrder::Field { field: "on".into(), descending };
    assert_eq!(walk(&script, "all", &order(false)), ["before", "date", "noon", "night", "empty"]);
    assert_eq!(walk(&script, "all", &order(true)), ["night", "noon", "date", "before", "empty"]);
}

#[test]
fn positions_and_sort_fields_that_do_not_fit_are_refused() {
    let script = workspace();
    let arrival = PageOrder::Arrival { descending: false };
    let position = page(&script, "all", &arrival, PageStart::Offset(0), 2).next.unwrap();
    let refused = |order: PageOrder, position: PagePosition| {
        script
            .engine
            .page(
                "all",
                &PageRequest::default().with_order(order).with_start(PageStart::After(position)).with_size(1),
            )
            .unwrap_err()
    };
    assert!(
        matches!(refused(by_score(false), position), Error::Cursor { problem } if problem.contains("another order"))
    );
    for text in ["", "zz", "5b5d", "abc", "ÄÄ"] {
        assert!(matches!(PagePosition::from_bytes(text.as_bytes()), Err(Error::Cursor { .. })), "{text}");
    }
    for field in ["tags", "labels", "conversation.status", "colour"] {
        let order = PageOrder::Field { field: field.into(), descending: false };
        let request = PageRequest::default().with_order(order);
        assert!(matches!(script.engine.page("all", &request), Err(Error::SortField { .. })), "{field}");
    }
}

#[test]
fn count_contains_and_segments_of_agree() {
    let script = workspace();
    assert_eq!(script.engine.count("high"), Ok(4));
    assert_eq!(script.engine.contains("high", "c2"), Ok(true));
    assert_eq!(script.engine.contains("high", "c0"), Ok(false));
    let segments: Vec<_> =
        script.engine.segments_of("c5").unwrap().into_iter().map(SegmentId::as_str).collect();
    assert_eq!(segments, ["all", "high", "odd"]);
    assert!(matches!(script.engine.count("nothing"), Err(Error::UnknownSegment { .. })));
    assert!(matches!(script.engine.contains("all", "nobody"), Err(Error::UnknownContact { .. })));
}

#[test]
fn sets_of_segments_are_combined_from_left_to_right() {
    let script = workspace();
    let ids = |set: &SegmentSet| -> Vec<String> {
        let selected = script.engine.select(set).unwrap();
        assert_eq!(script.engine.select_count(set), Ok(selected.len()));
        script.engine.contact_ids(&selected).map(|id| id.as_str().to_owned()).collect()
    };
    assert_eq!(ids(&SegmentSet::of("high").and("odd")), ["c5", "c7"]);
    assert_eq!(ids(&SegmentSet::of("high").or("odd").minus("all")), Vec::<String>::new());
    assert_eq!(ids(&SegmentSet::of("all").minus(SegmentSet::of("high").or("odd"))), ["c0", "c6", "c8"]);
    assert_eq!(script.engine.overlap("high", "odd"), Ok(2));
    assert!(script.engine.select(&SegmentSet::of("high").and("nothing")).is_err());
}

#[test]
fn an_exported_bitmap_is_a_copy_and_its_numbers_keep_their_meaning() {
    let mut script = workspace();
    let frozen = script.engine.bitmap("odd").unwrap();
    script.apply(r#"{"type":"contact_deleted","contact":"c1"}"#);
    script.apply(r#"{"type":"contact_saved","contact":"c1","add_labels":["odd"]}"#);
    script.apply(r#"{"type":"contact_saved","contact":"c3","remove_labels":["odd"]}"#);
    let ids: Vec<_> = script.engine.contact_ids(&frozen).map(ContactId::as_str).collect();
    assert_eq!(ids, ["c3", "c5", "c7", "c9"]);
}

#[test]
fn an_explanation_shows_the_truth_and_the_value_of_every_condition() {
    let mut script = workspace();
    script.apply(
        r#"{"type":"segment_saved","segment":"mix","name":"M","rule":{"match":"all","conditions":[
            {"field":"score","operator":"less_than","value":4},
            {"match":"any","conditions":[{"field":"labels","operator":"has_no_labels"},{"segment":"high","operator":"is_not_member"}]},
            {"field":"conversation.status","operator":"equals","value":"open"},
            {"same_conversation":{"match":"all","conditions":[{"field":"conversation.channel","operator":"is_empty"}]}}]}}"#,
    );
    script.apply(
        r#"{"type":"conversation_saved","conversation":"v1","contact":"c1","set":{"conversation.status":"open","conversation.channel":"mail"}}"#,
    );
    let explanation = script.engine.explain("mix", "c1").unwrap();
    assert!(!explanation.is_member);
    assert_eq!(explanation.root.holds(), explanation.is_member);
    let ExplainedNode::Group { nodes, .. } = &explanation.root else { panic!("a rule is a group") };
    assert_eq!(nodes.iter().map(ExplainedNode::holds).collect::<Vec<_>>(), [true, true, true, false]);
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["rule"]["conditions"][0]["saw"][0]["value"], 1);
    assert_eq!(json["rule"]["conditions"][1]["conditions"][0]["saw"][0]["value"][0], "odd");
    assert_eq!(json["rule"]["conditions"][1]["conditions"][1]["holds"], true);
    assert_eq!(json["rule"]["conditions"][2]["saw"][0]["conversation"], "v1");
    assert_eq!(
        json["rule"]["conditions"][3]["same_conversation"][0][1]["conditions"][0]["saw"][0]["value"],
        "mail"
    );
}

#[test]
fn an_explanation_shows_instants_in_the_workspace_time_zone_and_calendar_dates_unchanged() {
    let script = Script::of(&[
        r#"{"type":"workspace_configured","time_zone":"America/New_York"}"#,
        r#"{"type":"field_defined","field":"signed","kind":"date"}"#,
        r#"{"type":"segment_saved","segment":"s","name":"S","rule":{"match":"all","conditions":[
            {"field":"created_at","operator":"is","value":"2026-11-22"},
            {"field":"signed","operator":"is","value":"2026-11-23"},
            {"field":"conversation.created_at","operator":"is","value":"2026-07-01"}]}}"#,
        // 22 November in New York, 23 November in UTC.
        r#"{"type":"contact_saved","contact":"ada","set":{"created_at":"2026-11-23T04:59:59Z","signed":"2026-11-23"}}"#,
        r#"{"type":"conversation_saved","conversation":"t","contact":"ada","set":{"conversation.created_at":"2026-07-01T12:00:00.5Z"}}"#,
    ]);
    let explanation = script.engine.explain("s", "ada").unwrap();
    assert!(explanation.is_member);
    let ExplainedNode::Group { nodes, .. } = explanation.root else { panic!("a rule is a group") };
    let shown = |node: &ExplainedNode| {
        let ExplainedNode::Condition { saw, .. } = node else { panic!("the rule has conditions only") };
        saw[0].value.clone()
    };
    assert_eq!(
        nodes.iter().map(shown).collect::<Vec<_>>(),
        ["2026-11-22T23:59:59-05:00", "2026-11-23", "2026-07-01T08:00:00.500-04:00"].map(Json::from)
    );
}

#[test]
fn a_preview_says_who_would_enter_and_leave_and_changes_nothing() {
    let script = workspace();
    let before = script.engine.dump();
    let rule = r#"{"match":"all","conditions":[{"field":"score","operator":"greater_than","value":4},{"segment":"all","operator":"is_member"}]}"#;
    let preview = script.engine.preview(&Json::parse(rule).unwrap(), Some("high")).unwrap();
    let ids = |set| script.engine.contact_ids(set).map(ContactId::as_str).collect::<Vec<_>>();
    assert_eq!((preview.count, ids(&preview.members)), (3, vec!["c4", "c5", "c7"]));
    assert_eq!((ids(&preview.enters), ids(&preview.leaves)), (vec![], vec!["c2"]));
    let circular = r#"{"match":"all","conditions":[{"segment":"high","operator":"is_member"}]}"#;
    assert!(script.engine.preview(&Json::parse(circular).unwrap(), Some("high")).is_err());
    assert_eq!(script.engine.preview(&Json::parse(circular).unwrap(), None).unwrap().count, 4);
    assert_eq!(script.engine.dump(), before);
}
