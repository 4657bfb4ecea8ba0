//! Other products' words, and the words of the contract that they stand for: one table for each place where a name may
//! be unknown.
//!
//! It does not know which names a place accepts. A word may stand for several names: the first that the place accepts
//! is meant. A word that stands for no name has no counterpart in the contract, so there is no suggestion for it.

use std::borrow::Cow;

/// A word of another product, and the names that it may stand for, separated by blanks.
pub(crate) type ForeignWord = (Cow<'static, str>, &'static str);

/// Words that stand for the same names: words, names.
type Row = (&'static str, &'static str);

/// Operators on fields.
pub(crate) fn operators() -> Vec<ForeignWord> {
    flattened(OPERATORS)
}

/// Operators on segments.
pub(crate) fn segment_operators() -> Vec<ForeignWord> {
    flattened(SEGMENT_OPERATORS)
}

/// Kinds of field.
pub(crate) fn kinds() -> Vec<ForeignWord> {
    flattened(KINDS)
}

/// Members of events, groups and conditions.
pub(crate) fn members() -> Vec<ForeignWord> {
    flattened(MEMBERS)
}

/// Values of the setting `week_start`.
pub(crate) fn week_starts() -> Vec<ForeignWord> {
    flattened(WEEK_STARTS)
}

/// Types of event.
pub(crate) fn event_types() -> Vec<ForeignWord> {
    let mut words = flattened(EVENT_TYPES);
    for (subjects, actions, name) in EVENT_TYPE_WORDS {
        for subject in subjects.split(' ') {
            for action in actions.past.split(' ') {
                words.push((format!("{subject}_{action}").into(), name));
            }
            for action in actions.imperative.split(' ') {
                words.push((format!("{subject}_{action}").into(), name));
                words.push((format!("{action}_{subject}").into(), name));
            }
        }
    }
    words
}

fn flattened(rows: &[Row]) -> Vec<ForeignWord> {
    let words = |(words, names): &Row| {
        let names = *names;
        words.split(' ').map(move |word| (Cow::Borrowed(word), names)).collect::<Vec<_>>()
    };
    rows.iter().flat_map(words).collect()
}

const OPERATORS: &[Row] = &[
    ("eq = == === is equal equals equal_to is_equal_to equals_to is_exactly exactly on is_on", "equals is"),
    (
        "ne neq != <> !== is_not not_equal not_equals not_equal_to is_not_equal_to does_not_equal isnt not_on is_not_on",
        "not_equals is_not",
    ),
    (
        "contains contain includes include like has is_like substring icontains",
        "contains contains_any has_label",
    ),
    (
        "does_not_contain not_contains not_contain doesnt_contain does_not_include not_includes excludes exclude \
         not_like is_not_like does_not_have not_has",
        "does_not_contain does_not_contain_any does_not_have_label",
    ),
    ("begins_with starts_with start_with begin_with startswith prefix has_prefix", "starts_with"),
    ("ends_with end_with endswith suffix has_suffix", "ends_with"),
    (
        "gt > greater_than greater is_greater_than larger_than bigger_than above is_above over after is_after later_than \
         is_later_than newer_than",
        "greater_than is_after",
    ),
    (
        "lt < less_than less is_less_than smaller_than fewer_than below is_below under before is_before earlier_than \
         is_earlier_than",
        "less_than is_before",
    ),
    (
        "gte ge >= at_least is_at_least greater_or_equal greater_than_or_equal_to is_greater_than_or_equal_to min",
        "greater_than_or_equal",
    ),
    (
        "lte le <= at_most is_at_most less_or_equal less_than_or_equal_to is_less_than_or_equal_to max",
        "less_than_or_equal",
    ),
    ("more_than is_more_than", "greater_than is_more_than_n_days_ago"),
    ("more_than_n_days_ago older_than is_older_than over_n_days_ago", "is_more_than_n_days_ago"),
    (
        "set is_set exists exist present is_present has_value has_any_value known is_known not_empty is_not_empty \
         not_null is_not_null not_blank is_not_blank isset",
        "is_not_empty has_any_label",
    ),
    (
        "unset is_unset not_set is_not_set not_exists does_not_exist not_present is_not_present has_no_value unknown \
         is_unknown empty is_empty null is_null blank is_blank missing is_missing",
        "is_empty has_no_labels",
    ),
    ("today", "is_today"),
    ("yesterday", "is_yesterday"),
    ("this_week is_current_week current_week in_this_week", "is_this_week"),
    ("this_month is_current_month current_month in_this_month", "is_this_month"),
    ("last_month is_previous_month previous_month in_last_month", "is_last_month"),
    ("last_7_days in_last_7_days past_7_days in_past_7_days is_in_past_7_days", "is_in_last_7_days"),
    (
        "last_n_days in_last_n_days past_n_days in_past_n_days is_in_past_n_days within_last_n_days in_the_last \
         in_last is_in_last within_last is_within_last less_than_n_days_ago",
        "is_in_last_n_days",
    ),
    (
        "next_n_days in_next_n_days within_next_n_days in_the_next in_next is_in_next within_next is_within_next",
        "is_in_next_n_days",
    ),
    ("true yes checked is_checked is_yes", "is_true"),
    ("false unchecked is_unchecked is_no", "is_false"),
    (
        "in any_of is_any_of one_of is_one_of contains_any_of includes_any includes_any_of has_any_of",
        "contains_any",
    ),
    ("all_of is_all_of contains_all_of includes_all includes_all_of has_all has_all_of", "contains_all"),
    (
        "not_in none_of is_none_of is_not_any_of not_one_of contains_none contains_none_of excludes_any",
        "does_not_contain_any",
    ),
    ("has_tag has_the_label is_labelled is_labeled tagged_with with_label", "has_label"),
    ("has_not_label not_has_label without_label does_not_have_tag", "does_not_have_label"),
    ("has_any has_labels has_any_tag tagged is_tagged", "has_any_label"),
    ("has_no_tags untagged is_untagged has_none without_labels", "has_no_labels"),
    (
        "is_tomorrow tomorrow is_next_week next_week is_last_week last_week is_previous_week is_next_month next_month \
         is_this_quarter is_last_quarter is_next_quarter is_this_year is_last_year is_next_year this_year last_year \
         next_year on_or_after is_on_or_after on_or_before is_on_or_before since until between is_between regex \
         matches_regex changed has_changed",
        "",
    ),
];

const SEGMENT_OPERATORS: &[Row] = &[
    ("member member_of is_member_of in is_in in_segment is_in_segment belongs_to", "is_member"),
    (
        "not_member not_member_of is_not_member_of not_in is_not_in not_in_segment is_not_in_segment does_not_belong_to",
        "is_not_member",
    ),
];

const KINDS: &[Row] = &[
    ("string str varchar char textarea long_text short_text single_line multi_line url email", "text"),
    ("tel telephone phone_number mobile", "phone"),
    ("int integer bigint float double decimal numeric real money currency amount", "number"),
    ("datetime date_time timestamp timestamptz time day instant", "date"),
    ("bool checkbox flag toggle", "boolean"),
    ("enum enumeration dropdown drop_down choice option radio picklist single_select", "select"),
    (
        "multi_enum multi_choice multi_option multi_picklist multi_checkbox checkboxes array list options set_of_options",
        "multi_select",
    ),
];

const MEMBERS: &[Row] = &[
    ("event event_type event_name", "type"),
    ("timestamp time ts when date datetime occurred_at happened_at", "at"),
    ("timezone tz zone", "time_zone"),
    ("first_day_of_week week_starts_on start_of_week first_weekday", "week_start"),
    ("id", "contact conversation segment field"),
    ("contact_id user user_id customer customer_id person person_id lead profile", "contact"),
    ("conversation_id thread thread_id ticket ticket_id chat", "conversation"),
    ("segment_id audience list", "segment"),
    ("target to into_contact target_contact survivor", "into"),
    ("key attribute property column custom_field field_key", "field"),
    ("data_type field_type datatype", "kind"),
    ("choices enum allowed_values possible_values", "options value"),
    ("default_value", "default"),
    ("title display_name", "name"),
    ("filter filters query definition criteria", "rule conditions"),
    ("rules children nodes clauses", "rule conditions"),
    ("attributes properties fields traits custom_fields custom_attributes data", "set"),
    ("add_tags tags_to_add labels_to_add", "add_labels"),
    ("remove_tags delete_labels delete_tags tags_to_remove labels_to_remove", "remove_labels"),
    ("op comparator comparison predicate", "operator"),
    ("combinator conjunction logic logical_operator operator", "match"),
    ("val operand", "value"),
];

const WEEK_STARTS: &[Row] = &[
    ("mon iso", "monday"),
    ("sun", "sunday"),
    ("sat", "saturday"),
    ("tuesday wednesday thursday friday tue wed thu fri", ""),
];

/// The words of an action: `created` follows its subject, `create` precedes or follows it.
struct Actions {
    past: &'static str,
    imperative: &'static str,
}

const SAVE: Actions = Actions {
    past: "saved created updated upserted changed modified edited added inserted imported",
    imperative: "save create update upsert change modify edit add insert import set",
};
const DELETE: Actions = Actions {
    past: "deleted removed destroyed erased purged",
    imperative: "delete remove destroy erase purge",
};
const MERGE: Actions = Actions { past: "merged", imperative: "merge" };

const CONTACT: &str = "contact contacts user customer person lead profile subscriber";
const CONVERSATION: &str = "conversation conversations thread ticket chat";
const SEGMENT: &str = "segment segments audience";
const FIELD: &str = "field fields attribute property custom_field";
const WORKSPACE: &str = "workspace account settings";

const EVENT_TYPE_WORDS: &[(&str, Actions, &str)] = &[
    (WORKSPACE, SAVE, "workspace_configured"),
    (WORKSPACE, DELETE, ""),
    (FIELD, SAVE, "field_defined"),
    (FIELD, DELETE, "field_deleted"),
    (SEGMENT, SAVE, "segment_saved"),
    (SEGMENT, DELETE, "segment_deleted"),
    (CONTACT, SAVE, "contact_saved"),
    (CONTACT, DELETE, "contact_deleted"),
    (CONTACT, MERGE, "contact_merged"),
    (CONVERSATION, SAVE, "conversation_saved"),
    (CONVERSATION, DELETE, "conversation_deleted"),
];

const EVENT_TYPES: &[Row] = &[
    ("define_field", "field_defined"),
    ("configure_workspace", "workspace_configured"),
    ("conversation_opened conversation_started", "conversation_saved"),
    ("contact_active contact_seen contact_activity activity_recorded last_seen seen active", "activity"),
    ("clock time time_passed heartbeat timer", "tick"),
    // Other products have events for these changes of state. The contract has none.
    (
        "contact_selected contact_archived contact_blocked contact_restored contact_undeleted conversation_closed \
         conversation_assigned conversation_moved",
        "",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::event_type::EventType;
    use crate::kind::Kind;
    use crate::operator::Operator;
    use crate::suggestion::sense::{destroys, excludes, is_negated};
    use crate::time::day::WeekStart;

    /// Every table with the names that its place can accept.
    fn tables() -> Vec<(Vec<ForeignWord>, Vec<&'static str>)> {
        let of_events = EventType::ALL.iter().flat_map(|event_type| event_type.member_names());
        let in_rules = ["match", "conditions", "field", "operator", "value"];
        vec![
            (operators(), Operator::ALL.iter().map(|operator| operator.name()).collect()),
            (segment_operators(), vec!["is_member", "is_not_member"]),
            (kinds(), Kind::DEFINABLE.map(Kind::name).to_vec()),
            (members(), of_events.chain(in_rules).collect()),
            (week_starts(), WeekStart::ALL.map(|(_, name)| name).to_vec()),
            (event_types(), EventType::ALL.iter().map(|event_type| event_type.name()).collect()),
        ]
    }

    #[test]
    fn every_word_is_in_its_table_once_and_stands_for_names_that_exist() {
        for (words, names) in tables() {
            let mut seen = BTreeSet::new();
            for (word, meant) in words {
                assert!(!word.is_empty() && !word.contains(' '), "{word}");
                assert!(seen.insert(word.clone()), "{word} is there twice");
                for name in meant.split(' ').filter(|name| !name.is_empty()) {
                    assert!(names.contains(&name), "{word} → {name}");
                }
            }
        }
    }

    #[test]
    fn no_word_stands_for_a_name_of_the_opposite_sense() {
        let says_no = |name: &str| is_negated(name) || ["is_empty", "is_false"].contains(&name);
        // "Not empty" is negated twice.
        let has_a_value =
            |word: &str| ["not_empty", "not_null", "not_blank"].iter().any(|end| word.ends_with(end));
        for (words, _) in tables() {
            for (word, meant) in words {
                for name in meant.split(' ').filter(|name| !name.is_empty()) {
                    assert!(!excludes(&word, name), "{word} → {name}");
                    assert_eq!(destroys(&word), destroys(name), "{word} → {name}");
                    assert!(!is_negated(&word) || says_no(name) || has_a_value(&word), "{word} → {name}");
                }
            }
        }
    }
}
