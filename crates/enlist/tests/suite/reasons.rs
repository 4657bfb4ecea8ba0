//! The flipped conditions of a published transition are those whose truth differs before and after it.

use std::collections::BTreeMap;

use enlist::{
    Cause, Change, ContactCondition, ContactId, Event, ExplainedNode, Instant, Json, Kind, Published,
    PublishedTransition, SegmentId, SubscribeOptions, View, Workspace,
};
use enlist_sim::{Profile, Workload};

use crate::scene::{at, built, drain, noon, only, rule, save_segment};
use crate::subject::{ENLIST, partitioned};

/// Whether each condition of a rule holds, in the order of the rule.
fn truths(node: &ExplainedNode, found: &mut Vec<bool>) {
    match node {
        ExplainedNode::Group { nodes, .. } => nodes.iter().for_each(|node| truths(node, found)),
        leaf => found.push(leaf.holds()),
    }
}

type Truths = BTreeMap<(SegmentId, ContactId), Vec<bool>>;

/// The truths of every segment and every contact.
fn all_truths(view: View<'_>) -> Truths {
    let contacts: Vec<ContactId> =
        view.dump().unwrap().contacts.into_iter().map(|contact| contact.id).collect();
    let mut all = Truths::new();
    for segment in view.segments() {
        for contact in &contacts {
            let explanation = view.explain(segment.id().as_str(), contact.as_str()).unwrap();
            let mut found = Vec::new();
            truths(&explanation.root, &mut found);
            all.insert((segment.id().clone(), contact.clone()), found);
        }
    }
    all
}

/// How many transitions of each kind were checked.
#[derive(Debug, Default)]
struct Checked {
    of_known: usize,
    of_new: usize,
    of_deleted: usize,
    by_clock: usize,
}

/// Checks a transition against the truths before and after.
fn check(
    view: View<'_>,
    transition: &PublishedTransition,
    before: &Truths,
    after: &Truths,
    tally: &mut Checked,
) {
    let segment = view.segments().find(|segment| segment.id() == transition.segment()).unwrap();
    let conditions = segment.rule().root().conditions();
    let key = (segment.id().clone(), transition.contact().clone());
    let flipped = transition.flipped();
    match (before.get(&key), after.get(&key)) {
        (Some(before), Some(after)) => {
            let truths = conditions.into_iter().zip(before.iter().zip(after));
            let expected: Vec<(&ContactCondition, bool)> = truths
                .filter(|(_, (before, after))| before != after)
                .map(|(condition, (_, after))| (condition, *after))
                .collect();
            assert_eq!(flipped, expected, "{transition:?}");
            tally.of_known += 1;
        }
        (None, Some(after)) => {
            assert_eq!(transition.change(), Change::Entered);
            let now: Vec<(&ContactCondition, bool)> =
                conditions.into_iter().zip(after.iter().copied()).collect();
            assert!(flipped.iter().all(|flip| now.contains(flip)), "{flipped:?} of {now:?}");
            tally.of_new += 1;
        }
        (_, None) => {
            assert_eq!((transition.change(), flipped.len()), (Change::Left, 0), "{transition:?}");
            tally.of_deleted += 1;
        }
    }
    tally.by_clock += usize::from(transition.cause() == Cause::Clock);
}

/// Advances up to an instant, one deadline at a time, and calls `each` after every step.
fn step_by_step(workspace: &Workspace, to: Instant, mut each: impl FnMut()) {
    while let Some(deadline) = workspace.next_deadline().unwrap().filter(|deadline| *deadline <= to) {
        workspace.advance(deadline).unwrap();
        each();
    }
}

#[test]
fn the_flipped_conditions_are_those_that_differ_before_and_after() {
    let mut tally = Checked::default();
    for (seed, partitions) in [(1, 1), (2, 3), (3, 3), (4, 2), (5, 1), (6, 3)] {
        let workspace = partitioned(partitions);
        let mut subscription = workspace.subscribe(SubscribeOptions::all());
        let mut before = Truths::new();
        let mut look = || {
            let after = workspace.read(all_truths);
            for published in drain(&mut subscription) {
                if let Published::Transition(transition) = &published {
                    workspace.read(|view| check(view, transition, &before, &after, &mut tally));
                }
            }
            before = after;
        };
        for event in Workload::script(seed, Profile::default(), 250) {
            step_by_step(&workspace, event.at, &mut look);
            if workspace.apply_event(event).is_ok() {
                look();
            }
        }
        ENLIST.drop_workspace(workspace.id().as_str()).unwrap();
    }
    let Checked { of_known, of_new, of_deleted, by_clock } = tally;
    let all = [of_known, of_new, of_deleted, by_clock];
    assert!(all.iter().all(|checked| *checked > 10), "{tally:?}");
}

/// The transitions of one change as text: the segment, `entered` or `left`, and the flipped conditions.
fn transitions_of(workspace: &Workspace, change: impl FnOnce(&Workspace)) -> Vec<String> {
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    change(workspace);
    let shown = |condition: &ContactCondition| match condition {
        ContactCondition::Field(condition) => {
            format!("{} {}", condition.field.as_str(), condition.operator.name())
        }
        ContactCondition::SameConversation(_) => "same conversation".to_owned(),
        ContactCondition::Segment(condition) => {
            format!("{} {}", condition.segment.as_str(), condition.operator())
        }
    };
    let transitions = drain(&mut subscription).into_iter().filter_map(|item| item.transition().cloned());
    let lines = transitions.map(|transition| {
        let flips: Vec<String> = transition
            .flipped()
            .iter()
            .map(|(condition, holds)| format!("{}{}", if *holds { "" } else { "not " }, shown(condition)))
            .collect();
        format!("{} {}: {}", transition.segment().as_str(), transition.change().name(), flips.join(", "))
    });
    lines.collect()
}

/// A workspace with four segments: a nested rule with negations, a reference to another segment, conditions on a single
/// conversation, and a date.
fn populated() -> Workspace {
    let workspace = partitioned(2);
    workspace.apply_event(built(Event::field_defined(noon(), "plan", Kind::Select))).unwrap();
    save_segment(
        &workspace,
        "keen",
        rule(
            r#"{"match": "all", "conditions": [
                {"field": "plan", "operator": "not_equals", "value": "free"},
                {"match": "any", "conditions": [
                    {"field": "labels", "operator": "has_label", "value": "vip"},
                    {"match": "none", "conditions": [{"field": "name", "operator": "is_empty"}]}]}]}"#,
        ),
    );
    save_segment(
        &workspace,
        "rest",
        rule(r#"{"match": "all", "conditions": [{"segment": "keen", "operator": "is_not_member"}]}"#),
    );
    save_segment(
        &workspace,
        "urgent",
        rule(
            r#"{"match": "all", "conditions": [{"same_conversation": {"match": "all", "conditions": [
                {"field": "conversation.status", "operator": "equals", "value": "open"},
                {"field": "conversation.channel", "operator": "not_equals", "value": "email"}]}}]}"#,
        ),
    );
    save_segment(&workspace, "today", only("created_at", "is_today", "null"));
    workspace
}

fn save(workspace: &Workspace, contact: &str, field: &str, value: impl Into<Json>) {
    workspace.apply_event(crate::scene::saved(contact, field, value)).unwrap();
}

#[test]
fn nested_negated_and_referring_conditions_are_reported_as_flipped() {
    let workspace = populated();
    let published = |change: &dyn Fn(&Workspace)| transitions_of(&workspace, change);
    let set_plan = |plan: &'static str| move |workspace: &Workspace| save(workspace, "c", "plan", plan);
    // A new contact is compared with a contact without any values.
    assert_eq!(published(&set_plan("free")), ["today entered: created_at is_today", "rest entered: "]);
    assert_eq!(published(&|workspace| save(workspace, "c", "name", "Ada")), Vec::<String>::new());
    assert_eq!(
        published(&set_plan("pro")),
        ["keen entered: plan not_equals", "rest left: not keen is_not_member",]
    );
    let rename_and_downgrade = |workspace: &Workspace| {
        let event = Event::contact_saved(noon(), "c").set("plan", "free").set("name", Json::Null);
        workspace.apply_event(built(event)).unwrap();
    };
    assert_eq!(
        published(&rename_and_downgrade),
        ["keen left: not plan not_equals, name is_empty", "rest entered: keen is_not_member",]
    );
    let talk = |status: &'static str, channel: &'static str| {
        move |workspace: &Workspace| {
            let event = Event::conversation_saved(noon(), "talk", "c");
            let event = event.set("conversation.status", status).set("conversation.channel", channel);
            workspace.apply_event(built(event)).unwrap();
        }
    };
    assert_eq!(published(&talk("open", "email")), Vec::<String>::new());
    assert_eq!(published(&talk("open", "chat")), ["urgent entered: same conversation"]);
    assert_eq!(published(&talk("done", "chat")), ["urgent left: not same conversation"]);
    let midnight = |workspace: &Workspace| {
        workspace.advance(at("2026-11-24T00:00:00Z")).unwrap();
    };
    assert_eq!(published(&midnight), ["today left: not created_at is_today"]);
    let delete = |workspace: &Workspace| {
        workspace.contact("c").delete().unwrap();
    };
    assert_eq!(published(&delete), ["rest left: "]);
}

#[test]
fn changes_of_settings_and_defaults_are_causes_with_flipped_conditions() {
    let workspace = partitioned(3);
    let flag = |default: bool| {
        let event = Event::field_defined(noon(), "flag", Kind::Boolean).default_value(default);
        workspace.apply_event(built(event)).unwrap();
    };
    flag(false);
    save_segment(&workspace, "flagged", only("flag", "is_true", "null"));
    save_segment(&workspace, "week", only("created_at", "is_this_week", "null"));
    save_segment(&workspace, "yesterday", only("created_at", "is_yesterday", "null"));
    for contact in ["a", "b", "c"] {
        // The last hour of a Sunday.
        save(&workspace, contact, "created_at", "2026-11-22T23:30:00Z");
    }
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    let mut assert_published = |what: &str, expected: &[(&str, &str, bool)]| {
        let number = workspace.read(|view| view.event_count());
        let items = drain(&mut subscription);
        let transitions: Vec<_> = items.iter().map(|item| item.transition().unwrap()).collect();
        assert_eq!(transitions.len(), expected.len() * 3, "{what}: {transitions:?}");
        for (chunk, (segment, operator, holds)) in transitions.chunks(3).zip(expected) {
            let contacts: Vec<&str> = chunk.iter().map(|transition| transition.contact().as_str()).collect();
            assert_eq!(contacts, ["a", "b", "c"]);
            for transition in chunk {
                assert_eq!(transition.cause(), Cause::Settings(number), "{what}");
                assert_eq!(transition.segment().as_str(), *segment, "{what}");
                assert_eq!(transition.change(), if *holds { Change::Entered } else { Change::Left });
                match transition.flipped()[..] {
                    [(ContactCondition::Field(condition), flip)] => {
                        assert_eq!((condition.operator.name(), flip), (*operator, *holds), "{what}");
                    }
                    ref other => panic!("{what}: {other:?}"),
                }
            }
        }
    };
    flag(true);
    assert_published("the default", &[("flagged", "is_true", true)]);
    workspace.set_week_start(enlist::WeekStart::Sunday).unwrap();
    assert_published("the week", &[("week", "is_this_week", true)]);
    // In Athens that instant is already on Monday.
    workspace.set_time_zone("Europe/Athens").unwrap();
    assert_published("the zone", &[("yesterday", "is_yesterday", false)]);
}

#[test]
fn flipped_conditions_are_read_in_the_rule_at_the_time_of_the_transition() {
    let workspace = partitioned(2);
    let save_rule =
        |operator: &str, value: &str| save_segment(&workspace, "named", only("name", operator, value));
    save_rule("equals", r#""Ada""#);
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    save(&workspace, "c", "name", "Ada");
    save_rule("is_not_empty", "null");
    save(&workspace, "c", "name", Json::Null);
    workspace.segment("named").unwrap().delete().unwrap();
    let operators: Vec<&str> = drain(&mut subscription)
        .iter()
        .filter_map(Published::transition)
        .map(|transition| match transition.flipped()[..] {
            [(ContactCondition::Field(condition), _)] => condition.operator.name(),
            ref other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(operators, ["equals", "is_not_empty"]);
}
