//! The limits of rules, lists and values that a host chooses: lower and higher than the contract's, at the limit and one
//! above, over any number of partitions; and what existed before a limit was lowered.

use std::convert::Infallible;

use enlist::{
    ContentLimits, Dump, Enlist, Error, Event, ImportError, Imported, Json, Kind, Receipt, Workspace,
    WorkspaceLimits, WorkspaceSettings,
};

use crate::scene::{built, named, noon, rule, saved};
use crate::subject::{ENLIST, unique, workspace};

/// Something of a size, whose limit has a name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Measured {
    /// A multi-select value of a contact.
    ListValue,
    /// A multi-select value of a conversation.
    ConversationList,
    /// The operand of a condition.
    ListOperand,
    /// The options of a field.
    FieldOptions,
    /// The conditions of a rule.
    Conditions,
    /// The depth of a rule.
    Depth,
    /// A text operand.
    Operand,
    /// A text value.
    Value,
}

impl Measured {
    const ALL: [Measured; 8] = [
        Measured::ListValue,
        Measured::ConversationList,
        Measured::ListOperand,
        Measured::FieldOptions,
        Measured::Conditions,
        Measured::Depth,
        Measured::Operand,
        Measured::Value,
    ];

    /// The name of its limit, and the limit that was chosen.
    fn limit(self, limits: ContentLimits) -> (&'static str, usize) {
        match self {
            Measured::ListValue
            | Measured::ConversationList
            | Measured::ListOperand
            | Measured::FieldOptions => ("list_values", limits.list_values),
            Measured::Conditions => ("conditions", limits.rule_conditions),
            Measured::Depth => ("depth", limits.rule_depth),
            Measured::Operand => ("operand_bytes", limits.operand_bytes),
            Measured::Value => ("value_bytes", limits.value_bytes),
        }
    }

    fn event(self, size: usize) -> Event {
        let list = || Json::List((0..size).map(|number| Json::from(number.to_string())).collect());
        let leaf = r#"{"field": "name", "operator": "is_empty"}"#;
        let saves = |json: &str| built(Event::segment_saved(noon(), "s", "S", rule(json)));
        let all = |conditions: &str| format!(r#"{{"match": "all", "conditions": [{conditions}]}}"#);
        match self {
            Measured::ListValue => saved("a", "tags", list()),
            Measured::ConversationList => {
                built(Event::conversation_saved(noon(), "k", "a").set("conversation.topics", list()))
            }
            Measured::ListOperand => saves(&all(&format!(
                r#"{{"field": "tags", "operator": "contains_any", "value": {}}}"#,
                list()
            ))),
            Measured::FieldOptions => {
                let options = (0..size).map(|number| number.to_string());
                built(Event::field_defined(noon(), "tags", Kind::MultiSelect).options(options))
            }
            Measured::Conditions => saves(&all(&vec![leaf; size].join(", "))),
            Measured::Depth => saves(&(0..size).fold(leaf.to_owned(), |inner, _| all(&inner))),
            Measured::Operand => saves(&all(&format!(
                r#"{{"field": "name", "operator": "contains", "value": "{}"}}"#,
                "x".repeat(size)
            ))),
            Measured::Value => named("a", &"x".repeat(size)),
        }
    }
}

fn settings(partitions: usize, limits: ContentLimits) -> WorkspaceSettings {
    let limits = WorkspaceLimits::default().with_content(limits);
    WorkspaceSettings::default().with_partitions(partitions).with_limits(limits)
}

fn definitions() -> Vec<Event> {
    vec![
        built(Event::field_defined(noon(), "tags", Kind::MultiSelect)),
        built(Event::field_defined(noon(), "conversation.topics", Kind::MultiSelect)),
        named("a", "Ada"),
    ]
}

fn limited(partitions: usize, limits: ContentLimits) -> Workspace {
    let workspace = workspace(settings(partitions, limits));
    assert_eq!(workspace.apply(definitions()).unwrap().applied, 3);
    workspace
}

fn lower() -> ContentLimits {
    ContentLimits::default()
        .with_list_values(3)
        .with_rule_conditions(4)
        .with_rule_depth(2)
        .with_operand_bytes(5)
        .with_value_bytes(6)
}

fn higher() -> ContentLimits {
    ContentLimits::default()
        .with_list_values(1_500)
        .with_rule_conditions(250)
        .with_rule_depth(12)
        .with_operand_bytes(3_000)
        .with_value_bytes(20_000)
}

/// Asserts that an error names a limit.
#[track_caller]
fn names(error: &Error, name: &str, most: usize) {
    assert!(error.to_string().contains(&format!("the limit `{name}` of {most}")), "{error}");
}

#[test]
fn each_limit_accepts_what_is_at_it_and_names_itself_for_one_more() {
    for limits in [ContentLimits::default(), lower(), higher(), ContentLimits::MAXIMA] {
        for partitions in [1, 3] {
            let workspace = limited(partitions, limits);
            for measured in Measured::ALL {
                let (name, most) = measured.limit(limits);
                // Before what is accepted, so that it is refused for itself.
                let error = workspace.apply_event(measured.event(most + 1)).unwrap_err();
                names(&error, name, most);
                let at_limit = workspace.apply(vec![measured.event(most), measured.event(most + 1)]).unwrap();
                assert_eq!((at_limit.applied, at_limit.refused.len()), (1, 1), "{measured:?}: {at_limit:?}");
                names(&at_limit.refused[0].reason, name, most);
            }
            assert!(workspace.read(|view| view.verify()).unwrap().is_empty());
        }
    }
}

#[test]
fn a_segment_is_saved_and_previewed_within_the_same_limits_by_its_handle() {
    for limits in [lower(), higher()] {
        for partitions in [1, 3] {
            let workspace = limited(partitions, limits);
            let segment = workspace.segment("s").unwrap();
            for measured in [Measured::ListOperand, Measured::Conditions, Measured::Depth, Measured::Operand]
            {
                let (name, most) = measured.limit(limits);
                let rule = |size: usize| match measured.event(size).body {
                    enlist::EventBody::SegmentSaved { rule, .. } => rule,
                    other => panic!("{other:?}"),
                };
                segment.preview(rule(most)).unwrap();
                names(&segment.preview(rule(most + 1)).unwrap_err(), name, most);
                segment.save("S", rule(most)).unwrap();
                names(&segment.save("S", rule(most + 1)).unwrap_err(), name, most);
            }
        }
    }
}

#[test]
fn a_limit_above_its_maximum_is_refused_before_anything_is_read() {
    let maxima = ContentLimits::MAXIMA;
    for (limits, message) in [
        (
            maxima.with_list_values(10_001),
            "the limit `list_values` of a workspace is at most 10000, not 10001",
        ),
        (
            maxima.with_rule_conditions(1_001),
            "the limit `conditions` of a workspace is at most 1000, not 1001",
        ),
        (maxima.with_rule_depth(25), "the limit `depth` of a workspace is at most 24, not 25"),
        (
            maxima.with_operand_bytes(usize::MAX),
            "the limit `operand_bytes` of a workspace is at most 4096, not 18446744073709551615",
        ),
        (
            maxima.with_value_bytes(65_537),
            "the limit `value_bytes` of a workspace is at most 65536, not 65537",
        ),
    ] {
        let settings = settings(2, limits);
        let refused = |error: &Error| {
            assert_eq!((error.to_string().as_str(), error.code()), (message, "wrong_limit"));
        };
        refused(&ENLIST.create_workspace_with(&unique(), settings).unwrap_err());
        let dump = dump_of(&limited(1, lower()));
        refused(&ENLIST.restore_workspace(&unique(), settings, dump).unwrap_err());
        let unread = std::iter::from_fn(|| -> Option<Result<Event, Infallible>> { panic!("it is not read") });
        match ENLIST.import_workspace(&unique(), settings, unread) {
            Err(ImportError::Enlist(error)) => refused(&error),
            other => panic!("{other:?}"),
        }
    }
    limited(2, maxima);
}

#[test]
fn a_limit_of_zero_accepts_nothing_of_its_kind() {
    let zero = lower().at_most(ContentLimits::default().with_list_values(0).with_rule_conditions(0));
    let workspace = limited(1, zero);
    for (measured, name) in [(Measured::ListValue, "list_values"), (Measured::Conditions, "conditions")] {
        names(&workspace.apply_event(measured.event(1)).unwrap_err(), name, 0);
    }
}

/// A workspace that holds one of everything at limits.
fn full(partitions: usize, limits: ContentLimits) -> Workspace {
    let workspace = limited(partitions, limits);
    fill(&workspace, limits);
    workspace
}

fn filling(limits: ContentLimits) -> Vec<Event> {
    let each = Measured::ALL.into_iter().enumerate().map(|(number, measured)| {
        let event = measured.event(measured.limit(limits).1);
        match event.body {
            // Each rule in a segment of its own.
            enlist::EventBody::SegmentSaved { rule, .. } => {
                built(Event::segment_saved(noon(), &format!("s{number}"), "S", rule))
            }
            _ => event,
        }
    });
    each.collect()
}

fn fill(workspace: &Workspace, limits: ContentLimits) {
    let Receipt { applied, refused, .. } = workspace.apply(filling(limits)).unwrap();
    assert_eq!((applied, refused.len()), (8, 0), "{refused:?}");
}

fn dump_of(workspace: &Workspace) -> Dump {
    workspace.read(|view| view.dump()).unwrap()
}

fn restored(partitions: usize, limits: ContentLimits, of: &Workspace) -> Workspace {
    ENLIST.restore_workspace(&unique(), settings(partitions, limits), dump_of(of)).unwrap()
}

#[test]
fn a_restore_keeps_what_exceeds_lower_limits_and_bounds_what_comes_after() {
    for before in [ContentLimits::default(), higher(), ContentLimits::MAXIMA] {
        for partitions in [1, 3] {
            let origin = full(2, before);
            let dump = dump_of(&origin);
            let workspace = restored(partitions, lower(), &origin);
            let kept = dump_of(&workspace);
            assert_eq!(
                (&kept.contacts, &kept.segments, &kept.fields),
                (&dump.contacts, &dump.segments, &dump.fields)
            );
            assert!(workspace.read(|view| view.verify()).unwrap().is_empty());
            // What it holds can be changed in other respects, moved, merged and deleted.
            for event in [
                named("a", "Bo"),
                named("b", "Bo"),
                built(Event::conversation_saved(noon(), "k", "b")),
                built(Event::contact_merged(noon(), "b", "a")),
                built(Event::segment_deleted(noon(), "s4")),
            ] {
                workspace.apply_event(event).unwrap();
            }
            // What is written again is bounded, even if it is what was there.
            for event in filling(before) {
                let error = workspace.apply_event(event).unwrap_err();
                assert!(error.to_string().contains("the limit `"), "{error}");
            }
            let facts = filling(lower()).into_iter().filter(|event| !event.body.is_definition());
            assert_eq!(workspace.apply(facts.collect::<Vec<_>>()).unwrap().applied, 3);
            assert!(workspace.read(|view| view.verify()).unwrap().is_empty());
            // A dump of it can be restored again.
            restored(1, lower(), &workspace);
        }
    }
}

#[test]
fn a_restored_workspace_may_have_higher_limits_than_before() {
    for partitions in [1, 3] {
        let workspace = restored(partitions, higher(), &full(1, lower()));
        // The options of before would refuse others.
        let any = Event::field_defined(noon(), "tags", Kind::MultiSelect).any_option();
        workspace.apply_event(built(any)).unwrap();
        fill(&workspace, higher());
    }
}

fn imported(partitions: usize, limits: ContentLimits, events: Vec<Event>) -> Imported {
    let events = events.into_iter().map(Ok::<_, Infallible>);
    ENLIST.import_workspace(&unique(), settings(partitions, limits), events).unwrap()
}

/// Definitions, then what the limits allow, definitions first.
fn script(limits: ContentLimits) -> Vec<Event> {
    let mut events: Vec<Event> = definitions().into_iter().chain(filling(limits)).collect();
    events.sort_by_key(|event| !event.body.is_definition());
    events
}

#[test]
fn an_import_takes_what_the_contract_allows_under_lower_limits_and_what_they_allow_under_higher_ones() {
    for partitions in [1, 3] {
        for (limits, allowed) in [
            (ContentLimits::default(), ContentLimits::default()),
            (lower(), ContentLimits::default()),
            (higher(), higher()),
        ] {
            let Imported { workspace, applied, refused, .. } = imported(partitions, limits, script(allowed));
            assert_eq!((applied, refused.len()), (11, 0), "{refused:?}");
            assert!(workspace.read(|view| view.verify()).unwrap().is_empty());
            // Events that follow are bounded by the limits of the settings.
            for measured in Measured::ALL {
                let (name, most) = measured.limit(limits);
                names(&workspace.apply_event(measured.event(most + 1)).unwrap_err(), name, most);
            }
            let above = script(ContentLimits::MAXIMA);
            let refused = imported(partitions, limits, above).refused;
            assert_eq!(refused.len(), 8);
            for refused in refused {
                assert!(refused.reason.to_string().contains("the limit `"), "{}", refused.reason);
            }
        }
    }
}

#[test]
fn a_rebuilt_partition_has_the_limits_of_its_workspace() {
    for limits in [lower(), higher()] {
        let workspace = full(3, limits);
        for partition in 0..3 {
            workspace.rebuild_partition(partition).unwrap();
        }
        for measured in Measured::ALL {
            let (name, most) = measured.limit(limits);
            names(&workspace.apply_event(measured.event(most + 1)).unwrap_err(), name, most);
        }
        fill(&workspace, limits);
    }
}

#[test]
fn workspaces_of_one_enlist_have_limits_of_their_own() {
    let enlist = Enlist::builder().workers(1).manual_time().build().unwrap();
    let low = enlist.create_workspace_with("low", settings(1, lower())).unwrap();
    let high = enlist.create_workspace_with("high", settings(1, higher())).unwrap();
    let event = named("a", &"x".repeat(20_000));
    names(&low.apply_event(event.clone()).unwrap_err(), "value_bytes", 6);
    high.apply_event(event).unwrap();
}
