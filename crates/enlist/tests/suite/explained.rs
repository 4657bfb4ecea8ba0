//! Explanations of rules that are not saved, and the days on which conditions change, agree with the oracle.

use enlist::model::{Condition, Day, Predicate, Scope, Today, Value};
use enlist::{ContactId, Event, EventBody, ExplainedNode, Instant, Kind, Workspace};
use enlist_sim::Oracle;

use crate::scene::{at, only, save_segment, saved};
use crate::stored::beside_the_oracle;
use crate::subject::partitioned;

/// The rules of the saved segments, and those in events.
fn rules(oracle: &Oracle, events: &[Event]) -> Vec<enlist::Json> {
    let saved = oracle.segments().into_iter().map(|(_, _, rule)| rule.to_json());
    let in_events = events.iter().filter_map(|event| {
        if let EventBody::SegmentSaved { rule, .. } = &event.body { Some(rule.clone()) } else { None }
    });
    saved.chain(in_events).collect()
}

#[test]
fn a_rule_that_is_not_saved_is_explained_as_one_that_is() {
    let (mut explained, mut refused) = (0, 0);
    beside_the_oracle(|workspace, oracle, events| {
        workspace.read(|view| {
            for (segment, _, rule) in oracle.segments() {
                for contact in oracle.contacts() {
                    let saved = view.explain(segment.as_str(), contact.as_str()).unwrap();
                    let unsaved = view.explain_rule(rule, contact.as_str()).unwrap();
                    assert_eq!(unsaved, saved.root);
                    assert_eq!(unsaved.holds(), saved.is_member);
                    explained += 1;
                }
            }
            let Some(contact) = oracle.contacts().next() else { return };
            for rule in rules(oracle, events) {
                let checked = enlist::UncheckedRule::from(rule.clone()).check(None, oracle.definitions());
                let explained = view.explain_rule(rule, contact.as_str());
                assert_eq!(explained.is_ok(), checked.is_ok());
                refused += usize::from(checked.is_err());
            }
        });
    });
    assert!(explained > 1_000 && refused > 0, "{explained} {refused}");
}

/// All conditions on fields outside of conversations, with the day on which each changes.
fn conditions(node: &ExplainedNode) -> Vec<(&Condition, Option<Day>)> {
    match node {
        ExplainedNode::Group { nodes, .. } => nodes.iter().flat_map(conditions).collect(),
        ExplainedNode::Condition { condition, changes_on, .. } => vec![(condition, *changes_on)],
        ExplainedNode::SameConversation { .. } | ExplainedNode::Segment { .. } => Vec::new(),
    }
}

/// Whether a condition's predicate holds for a contact on a day.
fn holds(oracle: &Oracle, contact: &ContactId, condition: &Condition, today: Today) -> bool {
    let meets = |value: Option<&Value>| {
        let comparable = value.map(|value| value.comparable(|instant| oracle.zone().day_of(instant)));
        comparable.is_some_and(|comparable| condition.predicate.holds(comparable, today))
    };
    match condition.field.scope() {
        Scope::Contact => meets(oracle.values(contact).unwrap().get(&condition.field)),
        Scope::Conversation => {
            oracle.conversations_of(contact).any(|(_, values)| meets(values.get(&condition.field)))
        }
    }
}

#[test]
fn the_day_on_which_a_condition_changes_is_the_first_on_which_its_truth_differs() {
    const DAYS: i32 = 80;
    let (mut changing, mut constant) = (0, 0);
    beside_the_oracle(|workspace, oracle, _| {
        let Some(day) = oracle.today() else { return };
        workspace.read(|view| {
            assert_eq!(view.today(), Some(day));
            let week_start = view.week_start();
            for (segment, _, _) in oracle.segments() {
                for contact in oracle.contacts() {
                    let explanation = view.explain(segment.as_str(), contact.as_str()).unwrap();
                    for (condition, changes_on) in conditions(&explanation.root) {
                        if !matches!(condition.predicate, Predicate::Day(_)) {
                            assert_eq!(changes_on, None);
                            continue;
                        }
                        let on = |day| holds(oracle, contact, condition, Today { day, week_start });
                        let expected = (1..DAYS).map(|n| day.plus(n)).find(|later| on(*later) != on(day));
                        let near = changes_on.filter(|change| *change < day.plus(DAYS));
                        assert_eq!(near, expected, "{contact} {condition:?} on {day}");
                        changing += usize::from(expected.is_some());
                        constant += usize::from(expected.is_none());
                    }
                }
            }
        });
    });
    assert!(changing > 100 && constant > 100, "{changing} {constant}");
}

/// The day on which the only condition of a segment changes for a contact.
fn only_change(workspace: &Workspace, segment: &str, contact: &str) -> Option<Day> {
    let explanation = workspace.explain(segment, contact).unwrap();
    conditions(&explanation.root)[0].1
}

#[test]
fn a_contact_enters_and_leaves_by_the_clock_on_the_days_that_were_said() {
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        workspace.set_time_zone("America/New_York").unwrap();
        workspace.define_field("renewal", Kind::Date).unwrap();
        save_segment(&workspace, "soon", only("renewal", "is_in_next_n_days", "3"));
        // The clock reads 23 November.
        workspace.apply_event(saved("ada", "renewal", "2026-12-01")).unwrap();
        let mut said = Vec::new();
        while let Some(day) = only_change(&workspace, "soon", "ada") {
            said.push(day.to_string());
            // Noon UTC of a day is on that day in New York, and that of the day before on the day before.
            let noon_of = |day: Day| at(&format!("{day}T12:00:00Z"));
            let before = workspace.contains("soon", "ada").unwrap();
            workspace.advance(noon_of(day.plus(-1))).unwrap();
            assert_eq!(workspace.contains("soon", "ada").unwrap(), before);
            workspace.advance(noon_of(day)).unwrap();
            assert_ne!(workspace.contains("soon", "ada").unwrap(), before);
        }
        assert_eq!(said, ["2026-11-29", "2026-12-02"]);
        let shown = serde_json::to_value(workspace.explain("soon", "ada").unwrap()).unwrap();
        assert_eq!(shown["rule"]["conditions"][0].get("changes_on"), None);
    }
}

#[test]
fn an_instant_is_on_the_day_that_the_workspaces_time_zone_has() {
    beside_the_oracle(|workspace, oracle, _| {
        workspace.read(|view| {
            for hour in 0..400 {
                let at = Instant::from_milliseconds(1_700_000_000_000 + hour * 7 * 3_600_000).unwrap();
                assert_eq!(view.day_of(at), oracle.zone().day_of(at));
            }
        });
    });
    assert_eq!(partitioned(3).read(|view| view.today()), None);
}
