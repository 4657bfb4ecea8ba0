//! Suggestions for unknown names, place by place; never the opposite or a deletion.

use enlist_model::{Definitions, Json};
use enlist_model::{Error, Event, EventType, Kind, Operator, Rule};
use proptest::prelude::*;

use crate::workspace::{Workspace, all_of};

/// A field of each kind.
const FIELDS: [(&str, Kind); 8] = [
    ("website", Kind::Text),
    ("mobile", Kind::Phone),
    ("revenue", Kind::Number),
    ("renewal_date", Kind::Date),
    ("subscribed", Kind::Boolean),
    ("tier", Kind::Select),
    ("conversation.topics", Kind::MultiSelect),
    ("labels", Kind::Label),
];

/// Names that must never be suggested for each other.
const OPPOSITES: [(&str, &str); 21] = [
    ("is_after", "is_before"),
    ("greater_than", "less_than"),
    ("greater_than", "less_than_or_equal"),
    ("greater_than_or_equal", "less_than"),
    ("greater_than_or_equal", "less_than_or_equal"),
    ("is_in_last_n_days", "is_in_next_n_days"),
    ("is_in_last_7_days", "is_in_next_n_days"),
    ("is_more_than_n_days_ago", "is_in_next_n_days"),
    ("is_last_month", "is_this_month"),
    ("is_today", "is_yesterday"),
    ("is_true", "is_false"),
    ("contains_any", "contains_all"),
    ("does_not_contain_any", "does_not_contain_all"),
    ("starts_with", "ends_with"),
    ("has_label", "has_no_labels"),
    ("has_any_label", "does_not_have_label"),
    ("add_labels", "remove_labels"),
    ("contact_saved", "contact_merged"),
    ("monday", "sunday"),
    ("monday", "saturday"),
    ("sunday", "saturday"),
];

/// The one word of other products that two typos make of an operator of the opposite sense (`is_not`). A known word is
/// not misspelled, so it stands for what it says.
const KNOWN_WORD_NEAR_ITS_OPPOSITE: &str = "is_on";

fn is_opposite(one: &str, other: &str) -> bool {
    let negates = |one: &str, other: &str| {
        let positive = Operator::named(one).and_then(Operator::negates);
        positive.is_some_and(|positive| positive.name() == other)
    };
    let is_deletion =
        |name: &str| name.contains("deleted") || name.contains("merged") || name.contains("remove");
    negates(one, other)
        || negates(other, one)
        || OPPOSITES.contains(&(one, other))
        || OPPOSITES.contains(&(other, one))
        || is_deletion(one) != is_deletion(other)
}

fn rule_suggestion(condition: &str) -> Option<String> {
    let json = Json::parse(&all_of(condition)).unwrap();
    match Rule::check(&json, None, &Workspace::sample()) {
        Err(Error::Rule { problems, .. }) => problems[0].suggestion.clone(),
        other => panic!("{condition}: {other:?}"),
    }
}

/// The suggestion for an operator on a field; `None` also if the field has the operator.
fn operator(field: &str, name: &str) -> Option<String> {
    let kind = Workspace::sample().field(field).unwrap().kind;
    let has_it = Operator::named(name).is_some_and(|known| known.kinds().contains(&kind));
    let condition = format!(r#"{{"field":"{field}","operator":{}}}"#, Json::from(name));
    if has_it { None } else { rule_suggestion(&condition) }
}

fn event_suggestion(members: &str) -> Option<String> {
    match Event::parse(&format!(r#"{{"at":"2026-11-23T10:00:00Z",{members}}}"#)) {
        Err(
            Error::EventType { suggestion, .. }
            | Error::UnknownMember { suggestion, .. }
            | Error::Member { suggestion, .. },
        ) => suggestion.map(str::to_owned),
        other => panic!("{members}: {other:?}"),
    }
}

fn event_type(name: &str) -> Option<String> {
    event_suggestion(&format!(r#""type":{}"#, Json::from(name)))
}

fn assert_suggested(place: &str, suggested: impl Fn(&str) -> Option<String>, cases: &[(&str, &str)]) {
    for (words, expected) in cases {
        for word in words.split(' ') {
            assert_eq!(suggested(word).unwrap_or_default(), *expected, "{place}: {word}");
        }
    }
}

#[test]
fn event_types_are_suggested_by_what_other_products_call_them() {
    assert_suggested(
        "event type",
        event_type,
        &[
            (
                "contact_created contact_updated contact_upserted contact.created ContactUpdated create_contact",
                "contact_saved",
            ),
            ("contact_creatd contact_saveed contact_save user_created contacts_imported", "contact_saved"),
            ("contact_removed contact_delete contact_delted delete_contact", "contact_deleted"),
            ("contact_merge contacts_merged contact_mergd", "contact_merged"),
            ("conversation_created conversation_updated conversation_opened", "conversation_saved"),
            ("segment_created segment_updated", "segment_saved"),
            ("field_created field_saved field_updated attribute_created", "field_defined"),
            ("workspace_updated workspace_saved settings_changed", "workspace_configured"),
            ("tik Tick TICK time_passed", "tick"),
            ("contact_seen activty", "activity"),
            // Near to a deletion, but not one.
            ("contact_selected contact_related contact_delayed contact_forged workspace_deleted x", ""),
        ],
    );
}

/// For each field: unknown operators and the suggestion for them.
const OPERATORS: [(&str, &[(&str, &str)]); 7] = [
    (
        "website",
        &[
            ("eq = == is equal equls EQUALS", "equals"),
            ("ne != is_not not_equal", "not_equals"),
            ("set is_set exists has_value isNotEmpty", "is_not_empty"),
            ("unset is_not_set null", "is_empty"),
            ("like includes", "contains"),
            ("not_contains excludes", "does_not_contain"),
            ("begins_with start_with starts_wit startsWith", "starts_with"),
            ("ends_wih", "ends_with"),
            ("after gt in", ""),
        ],
    ),
    (
        "revenue",
        &[
            ("= is", "equals"),
            ("> gt after greater greater_then", "greater_than"),
            (">= gte at_least", "greater_than_or_equal"),
            ("< lt before", "less_than"),
            ("<= lte at_most", "less_than_or_equal"),
            ("contains between", ""),
        ],
    ),
    (
        "renewal_date",
        &[
            ("= eq equals on", "is"),
            ("!= not_equals", "is_not"),
            ("after gt greater_than is_afer isAfter", "is_after"),
            ("before lt less_than is_befor", "is_before"),
            ("set is_set exists", "is_not_empty"),
            ("today", "is_today"),
            ("is_in_last_30_days last_30_days is_in_last_14_day", "is_in_last_n_days"),
            ("last_7_days is_in_last_7_day", "is_in_last_7_days"),
            ("is_in_next_30_days", "is_in_next_n_days"),
            ("older_than more_than", "is_more_than_n_days_ago"),
            // No counterpart; the nearest spelling means another time.
            ("is_next_month next_month is_nxt_month is_next_week is_last_week is_tomorrow is_this_year", ""),
            ("on_or_after gte", ""),
        ],
    ),
    (
        "subscribed",
        &[
            ("true is_tru", "is_true"),
            ("false is_fals", "is_false"),
            ("exists", "is_not_empty"),
            ("is equals", ""),
        ],
    ),
    (
        "tier",
        &[
            ("is eq equal", "equals"),
            ("isnt", "not_equals"),
            ("exists", "is_not_empty"),
            ("in any_of has_label", ""),
        ],
    ),
    (
        "conversation.topics",
        &[
            ("in any_of contains contais_any", "contains_any"),
            ("all_of has_all contais_all", "contains_all"),
            ("not_in none_of does_not_contain", "does_not_contain_any"),
            // A typo of either.
            ("contains_an contains_al contains_alx contains_anl", ""),
        ],
    ),
    (
        "labels",
        &[
            ("contains has has_tag has_lable", "has_label"),
            ("does_not_have not_contains", "does_not_have_label"),
            ("set is_set exists is_not_empty", "has_any_label"),
            ("unset is_empty untagged", "has_no_labels"),
        ],
    ),
];

#[test]
fn operators_are_suggested_by_the_kind_of_their_field() {
    for (field, cases) in OPERATORS {
        assert_suggested(field, |name| operator(field, name), cases);
    }
}

#[test]
fn a_negated_word_never_suggests_the_positive_one_nor_the_reverse() {
    for (field, words) in [
        ("website", "unequals nequals is_unempty isntempty does_starts_with"),
        ("revenue", "unequal unequals"),
        ("subscribed", "untrue is_untrue is_nontrue"),
    ] {
        assert_suggested(field, |word| operator(field, word), &[(words, "")]);
    }
    for (field, word) in [
        ("website", "does_contain"),
        ("conversation.topics", "does_contain_any"),
        ("labels", "does_have_label"),
    ] {
        let suggested = operator(field, word);
        assert!(suggested.as_ref().is_none_or(|name| !name.contains("not")), "{word} → {suggested:?}");
    }
    assert_suggested("event type", event_type, &[("contact_unsave contact_unsaved field_undefined", "")]);
}

#[test]
fn operators_on_segments_are_suggested() {
    let on_segment = |name: &str| rule_suggestion(&format!(r#"{{"segment":"churned","operator":"{name}"}}"#));
    let cases = [
        ("in is_in member_of is_meber IsMember", "is_member"),
        ("not_in is_not_in is_not_memer", "is_not_member"),
        ("equals x", ""),
    ];
    assert_suggested("segment", on_segment, &cases);
}

#[test]
fn kinds_members_and_settings_are_suggested() {
    let kind =
        |name: &str| event_suggestion(&format!(r#""type":"field_defined","field":"f","kind":"{name}""#));
    let cases = [
        ("string str txt Text", "text"),
        ("datetime timestamp dat", "date"),
        ("enum dropdown", "select"),
        ("bool checkbox boolen", "boolean"),
        ("int float nubmer", "number"),
        ("multiselect multi-select array", "multi_select"),
        ("tel", "phone"),
        ("label labels json", ""),
    ];
    assert_suggested("kind", kind, &cases);

    let week_start =
        |name: &str| event_suggestion(&format!(r#""type":"workspace_configured","week_start":"{name}""#));
    let cases =
        [("mon Monday", "monday"), ("sundey sun", "sunday"), ("satuday", "saturday"), ("tuesday sonday", "")];
    assert_suggested("week_start", week_start, &cases);

    let member = |name: &str| event_suggestion(&format!(r#""type":"contact_saved","{name}":1"#));
    let cases = [
        ("contcat contact_id user_id id", "contact"),
        ("attributes properties", "set"),
        ("add_tags add_label addLabels", "add_labels"),
        ("remove_tags remove_label delete_labels", "remove_labels"),
        ("labels tags_x into", ""),
    ];
    assert_suggested("member", member, &cases);
    let member = |name: &str| event_suggestion(&format!(r#""type":"workspace_configured","{name}":1"#));
    assert_suggested("member", member, &[("timezone tz", "time_zone"), ("start_of_week", "week_start")]);
    // A member that the event has already is not suggested.
    assert_eq!(event_suggestion(r#""type":"contact_deleted","contact":"c","contcat":"c""#), None);

    let in_condition =
        |name: &str| rule_suggestion(&format!(r#"{{"field":"tier","operator":"is_empty","{name}":1}}"#));
    assert_suggested("condition", in_condition, &[("val values operand", "value"), ("filed", "")]);
}

/// A name with a typo: a letter inserted, deleted, replaced, or swapped with the next.
fn with_typo(name: &str, at: usize, letter: char, typo: usize) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let at = at % letters.len().max(1);
    match typo {
        0 => letters.insert(at, letter),
        1 if letters.len() > 1 => drop(letters.remove(at)),
        2 if at + 1 < letters.len() => letters.swap(at, at + 1),
        _ if !letters.is_empty() => letters[at] = letter,
        _ => {}
    }
    letters.into_iter().collect()
}

/// One or two typos: position, letter, kind of typo.
fn typos() -> impl Strategy<Value = Vec<(usize, char, usize)>> {
    let letter = prop::sample::select(('a'..='z').chain(['_']).collect::<Vec<_>>());
    prop::collection::vec((0..40_usize, letter, 0..4_usize), 1..=2)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_misspelled_operator_never_suggests_its_opposite(
        (field, kind) in prop::sample::select(&FIELDS[..]), index in any::<prop::sample::Index>(), typos in typos()
    ) {
        let operators: Vec<Operator> = Operator::of_kind(kind).collect();
        let meant = operators[index.index(operators.len())].name();
        let written = typos.iter().fold(meant.to_owned(), |name, (at, letter, typo)| with_typo(&name, *at, *letter, *typo));
        if let Some(suggested) = operator(field, &written) {
            let accepted = operators.iter().any(|operator| operator.name() == suggested);
            prop_assert!(accepted, "{} → {}", written, suggested);
            // A word of two letters with two typos is another word: `is` and `ne`.
            let is_another_word = meant.len() < 4 || written == KNOWN_WORD_NEAR_ITS_OPPOSITE;
            prop_assert!(is_another_word || !is_opposite(meant, &suggested), "{} → {}", written, suggested);
        }
    }

    #[test]
    fn a_misspelled_event_type_never_suggests_a_deletion(
        meant in prop::sample::select(EventType::ALL), typos in typos()
    ) {
        let meant = meant.name();
        let written = typos.iter().fold(meant.to_owned(), |name, (at, letter, typo)| with_typo(&name, *at, *letter, *typo));
        if EventType::named(&written).is_none() && let Some(suggested) = event_type(&written) {
            prop_assert!(EventType::named(&suggested).is_some(), "{} → {}", written, suggested);
            prop_assert!(!is_opposite(meant, &suggested), "{} → {}", written, suggested);
        }
    }
}
