//! A rule that is being built: rows that may be unfinished, each with a key of its own that stays when it moves.
//!
//! It knows no form and no page, and of operators only which operand they take. Invariant: keys are unique; the outermost group has
//! key [`ROOT`].

use enlist::Json;
use enlist::model::{Match, OperandShape};

use super::offer::Offer;

/// The key of a row or group.
pub(crate) type Key = u32;

/// The key of the outermost group.
pub(crate) const ROOT: Key = 1;
/// The field that stands for membership in another segment.
pub(crate) const MEMBERSHIP: &str = "@segment";

/// A rule that is being built.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draft {
    pub(crate) root: Group,
}

/// A group of rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) key: Key,
    pub(crate) matching: Match,
    pub(crate) rows: Vec<Row>,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Row {
    Condition(Condition),
    Group(Group),
    SameConversation(Group),
}

/// A condition; what is empty is not chosen yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Condition {
    pub(crate) key: Key,
    pub(crate) field: String,
    pub(crate) operator: String,
    pub(crate) values: Vec<String>,
}

/// A draft as a rule: its JSON without what is unfinished, and where each row is in it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) json: Json,
    /// Pointers into the rule, with the keys of their rows.
    pub(crate) places: Vec<(String, Key)>,
    /// The rows that are left out.
    pub(crate) unfinished: Vec<Key>,
}

impl Row {
    pub(crate) fn key(&self) -> Key {
        match self {
            Row::Condition(condition) => condition.key,
            Row::Group(group) | Row::SameConversation(group) => group.key,
        }
    }

    fn group_mut(&mut self) -> Option<&mut Group> {
        match self {
            Row::Condition(_) => None,
            Row::Group(group) | Row::SameConversation(group) => Some(group),
        }
    }
}

impl Group {
    /// The group that satisfies `is_wanted`, this one or one within.
    fn find_mut(&mut self, is_wanted: &dyn Fn(&Group) -> bool) -> Option<&mut Group> {
        if is_wanted(self) {
            return Some(self);
        }
        self.rows.iter_mut().filter_map(Row::group_mut).find_map(|group| group.find_mut(is_wanted))
    }

    fn forget_keys(&mut self) {
        self.key = 0;
        for row in &mut self.rows {
            match row {
                Row::Condition(condition) => condition.key = 0,
                Row::Group(group) | Row::SameConversation(group) => group.forget_keys(),
            }
        }
    }

    fn greatest_key(&self) -> Key {
        let within = self.rows.iter().map(|row| match row {
            Row::Condition(condition) => condition.key,
            Row::Group(group) | Row::SameConversation(group) => group.greatest_key(),
        });
        within.fold(self.key, Key::max)
    }
}

impl Draft {
    /// A draft of one row without a field.
    pub(crate) fn empty() -> Self {
        let row = Row::Condition(Condition { key: ROOT + 1, ..Condition::default() });
        Draft { root: Group { key: ROOT, matching: Match::All, rows: vec![row] } }
    }

    /// The draft of a rule that was checked.
    pub(crate) fn of(rule: &Json) -> Option<Self> {
        let mut next = ROOT;
        group_of(rule, &mut next).map(|root| Draft { root })
    }

    /// Adds an empty row to a group, or to a new group within it. Returns the key of the empty row.
    pub(crate) fn add(&mut self, to: Key, wrap: Option<fn(Group) -> Row>) -> Option<Key> {
        let key = self.root.greatest_key() + 1;
        let group = self.root.find_mut(&|group| group.key == to)?;
        match wrap {
            None => {
                group.rows.push(Row::Condition(Condition { key, ..Condition::default() }));
                Some(key)
            }
            Some(wrap) => {
                let row = Row::Condition(Condition { key: key + 1, ..Condition::default() });
                group.rows.push(wrap(Group { key, matching: Match::All, rows: vec![row] }));
                Some(key + 1)
            }
        }
    }

    /// Removes a row. Returns the key of the group that it was in.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Key> {
        let group = self.root.find_mut(&|group| group.rows.iter().any(|row| row.key() == key))?;
        group.rows.retain(|row| row.key() != key);
        Some(group.key)
    }

    /// Takes a suggestion for a member of a condition.
    pub(crate) fn take(&mut self, key: Key, member: &str, suggestion: &str) {
        let holder = self.root.find_mut(&|group| group.rows.iter().any(|row| row.key() == key));
        for row in holder.into_iter().flat_map(|group| &mut group.rows) {
            if let Row::Condition(condition) = row
                && condition.key == key
            {
                match member {
                    "field" => suggestion.clone_into(&mut condition.field),
                    "operator" => suggestion.clone_into(&mut condition.operator),
                    _ => condition.values = vec![suggestion.to_owned()],
                }
            }
        }
    }

    /// Whether another draft has the same rows, whatever their keys.
    pub(crate) fn says_the_same_as(&self, other: &Draft) -> bool {
        let without_keys = |draft: &Draft| {
            let mut draft = draft.clone();
            draft.root.forget_keys();
            draft
        };
        without_keys(self) == without_keys(other)
    }

    /// Moves a row up or down within its group.
    pub(crate) fn shift(&mut self, key: Key, by: isize) {
        let Some(group) = self.root.find_mut(&|group| group.rows.iter().any(|row| row.key() == key)) else {
            return;
        };
        let Some(from) = group.rows.iter().position(|row| row.key() == key) else { return };
        let to = from.saturating_add_signed(by).min(group.rows.len() - 1);
        group.rows.swap(from, to);
    }

    /// The rule so far.
    pub(crate) fn written(&self, offer: &Offer) -> Written {
        let mut written = Written { json: Json::Null, places: Vec::new(), unfinished: Vec::new() };
        let json = write_group(&self.root, "", offer, &mut written);
        written.json = json.unwrap_or(Json::Null);
        written
    }
}

fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.map(|(name, value)| (name.to_owned(), value)).into())
}

fn write_group(group: &Group, pointer: &str, offer: &Offer, written: &mut Written) -> Option<Json> {
    written.places.push((pointer.to_owned(), group.key));
    let mut conditions = Vec::new();
    for row in &group.rows {
        let pointer = format!("{pointer}/conditions/{}", conditions.len());
        let json = match row {
            Row::Condition(condition) => write_condition(condition, &pointer, offer, written),
            Row::Group(group) => write_group(group, &pointer, offer, written),
            Row::SameConversation(group) => {
                let inner = write_group(group, &format!("{pointer}/same_conversation"), offer, written);
                inner.map(|inner| object([("same_conversation", inner)]))
            }
        };
        conditions.extend(json);
    }
    if conditions.is_empty() {
        // An empty group is refused by the check; here it is only unfinished.
        written.places.pop();
        written.unfinished.push(group.key);
        return None;
    }
    Some(object([("match", Json::from(group.matching.name())), ("conditions", Json::List(conditions))]))
}

fn write_condition(
    condition: &Condition,
    pointer: &str,
    offer: &Offer,
    written: &mut Written,
) -> Option<Json> {
    let Condition { key, field, operator, values } = condition;
    let first = values.first().map(|value| value.trim()).filter(|value| !value.is_empty());
    let json = if field == MEMBERSHIP {
        first.map(|segment| {
            object([("segment", Json::from(segment)), ("operator", Json::from(operator.as_str()))])
        })
    } else {
        let members = |value: Option<Json>| {
            let mut members = vec![
                ("field".to_owned(), Json::from(field.as_str())),
                ("operator".to_owned(), Json::from(operator.as_str())),
            ];
            members.extend(value.map(|value| ("value".to_owned(), value)));
            Json::Object(members)
        };
        match offer.operand(field, operator) {
            None => None,
            Some(OperandShape::Nothing) => Some(members(None)),
            Some(OperandShape::Options) => {
                let given = values
                    .iter()
                    .filter(|value| !value.trim().is_empty())
                    .map(|value| Json::from(value.as_str()));
                let given: Vec<Json> = given.collect();
                (!given.is_empty()).then(|| members(Some(Json::List(given))))
            }
            Some(
                OperandShape::Text
                | OperandShape::Phone
                | OperandShape::Number
                | OperandShape::Day
                | OperandShape::DayCount
                | OperandShape::Option
                | OperandShape::Label,
            ) => first.map(|value| members(Some(Json::from(value)))),
        }
    };
    if json.is_some() {
        written.places.push((pointer.to_owned(), *key));
    } else {
        written.unfinished.push(*key);
    }
    json
}

impl Written {
    /// The row that a pointer of a problem is in: that of the longest place that is a whole part of it.
    pub(crate) fn key_at(&self, pointer: &str) -> Key {
        let is_within = |place: &str| {
            pointer.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found =
            self.places.iter().filter(|(place, _)| is_within(place)).max_by_key(|(place, _)| place.len());
        found.map_or(ROOT, |(_, key)| *key)
    }
}

fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    let Json::Object(members) = json else { return None };
    members.iter().find(|(each, _)| each == name).map(|(_, value)| value)
}

fn text_of(json: Option<&Json>) -> String {
    match json {
        Some(Json::Text(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn group_of(json: &Json, next: &mut Key) -> Option<Group> {
    let key = *next;
    *next += 1;
    let matching = Match::named(&text_of(member(json, "match")))?;
    let Some(Json::List(conditions)) = member(json, "conditions") else { return None };
    let rows = conditions.iter().map(|condition| row_of(condition, next)).collect::<Option<_>>()?;
    Some(Group { key, matching, rows })
}

fn row_of(json: &Json, next: &mut Key) -> Option<Row> {
    if let Some(inner) = member(json, "same_conversation") {
        return group_of(inner, next).map(Row::SameConversation);
    }
    if member(json, "conditions").is_some() {
        return group_of(json, next).map(Row::Group);
    }
    let key = *next;
    *next += 1;
    let operator = text_of(member(json, "operator"));
    if let Some(segment) = member(json, "segment") {
        let values = vec![text_of(Some(segment))];
        return Some(Row::Condition(Condition { key, field: MEMBERSHIP.to_owned(), operator, values }));
    }
    let values = match member(json, "value") {
        None => Vec::new(),
        Some(Json::List(values)) => values.iter().map(|value| text_of(Some(value))).collect(),
        Some(value) => vec![text_of(Some(value))],
    };
    Some(Row::Condition(Condition { key, field: text_of(member(json, "field")), operator, values }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str) -> Draft {
        Draft::of(&Json::parse(text).unwrap()).unwrap()
    }

    const RULE: &str = r#"{"match":"all","conditions":[
        {"field":"name","operator":"contains","value":"Ada"},
        {"match":"any","conditions":[{"field":"labels","operator":"has_any_label"},{"segment":"vips","operator":"is_member"}]},
        {"same_conversation":{"match":"all","conditions":[{"field":"conversation.status","operator":"equals","value":"open"}]}}]}"#;

    #[test]
    fn a_rule_and_its_draft_say_the_same() {
        let written = draft(RULE).written(&Offer::built_in());
        assert_eq!(written.json, Json::parse(RULE).unwrap());
        assert!(written.unfinished.is_empty());
    }

    #[test]
    fn a_pointer_leads_to_the_row_that_it_is_in() {
        let written = draft(RULE).written(&Offer::built_in());
        assert_eq!(written.key_at("/conditions/0/value"), 2);
        assert_eq!(written.key_at("/conditions/1"), 3);
        assert_eq!(written.key_at("/conditions/1/conditions/1/segment"), 5);
        assert_eq!(written.key_at("/conditions/2/same_conversation/conditions/0/value"), 7);
        // A place is whole: `/conditions/1` is no part of `/conditions/10`.
        assert_eq!(written.key_at("/conditions/10"), ROOT);
    }

    #[test]
    fn what_is_not_finished_is_left_out_and_the_places_of_the_rest_are_those_of_the_rule() {
        let mut draft = draft(RULE);
        draft.add(ROOT, None);
        let Row::Condition(first) = &mut draft.root.rows[0] else { panic!("a condition") };
        first.values.clear();
        let written = draft.written(&Offer::built_in());
        assert_eq!(written.unfinished, [2, 8]);
        assert_eq!(written.key_at("/conditions/0/conditions/1"), 5);
    }

    #[test]
    fn rows_keep_their_keys_when_they_move() {
        let mut draft = draft(RULE);
        draft.shift(2, 1);
        assert_eq!(draft.root.rows.iter().map(Row::key).collect::<Vec<_>>(), [3, 2, 6]);
        draft.shift(3, -1);
        draft.remove(5);
        draft.add(3, Some(Row::Group));
        assert_eq!(draft.root.rows.iter().map(Row::key).collect::<Vec<_>>(), [3, 2, 6]);
    }
}
