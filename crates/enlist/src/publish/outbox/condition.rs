//! A condition of a rule as a record, and back.
//!
//! A condition is written as JSON, and how JSON is read depends on the kinds of its fields, so the kinds are written with it. The fields
//! may be deleted by then, and defined again with other kinds. Invariant: a condition that was written and read again tests the same.

use std::collections::BTreeMap;

use enlist_model::limits::ContentLimits;
use enlist_model::{
    Condition, ContactCondition, DefinedFields, Definitions, FieldDefinition, FieldKey, Json, Kind, Rule,
};
use enlist_store::{Error as StoreError, OutboxCondition};

/// The condition as a record.
pub(super) fn written(condition: &ContactCondition) -> OutboxCondition {
    let mut by_field: BTreeMap<&FieldKey, Vec<&Condition>> = BTreeMap::new();
    for each in condition.conditions() {
        by_field.entry(&each.field).or_default().push(each);
    }
    let kinds = by_field.into_iter().map(|(field, conditions)| (field.clone(), kind_of(&conditions)));
    OutboxCondition { kinds: kinds.collect(), json: condition.to_json() }
}

/// The condition of a record.
pub(super) fn read(record: &OutboxCondition) -> Result<ContactCondition, StoreError> {
    let malformed = |what: String| StoreError::Malformed { what };
    let rule = rule_of(record.json.clone(), record.kinds.iter().cloned())
        .map_err(|error| malformed(error.to_string()))?;
    let conditions = rule.root().conditions();
    conditions.first().copied().cloned().ok_or_else(|| malformed("a condition that is none".to_owned()))
}

/// The kind of a field: one with which all conditions on it are read as they are.
fn kind_of(conditions: &[&Condition]) -> Kind {
    let is_read = |kind: &Kind| conditions.iter().all(|condition| is_read_with(condition, *kind));
    // Labels are a built-in field and read as such, whatever is said here.
    Kind::DEFINABLE.into_iter().find(is_read).unwrap_or(Kind::Label)
}

fn is_read_with(condition: &Condition, kind: Kind) -> bool {
    let json = ContactCondition::Field(condition.clone()).to_json();
    let rule = rule_of(json, [(condition.field.clone(), kind)]);
    rule.is_ok_and(|rule| {
        let read = rule.conditions();
        read.first()
            .is_some_and(|read| read.operator == condition.operator && read.predicate == condition.predicate)
    })
}

/// The rule that has one condition, on fields of these kinds.
fn rule_of(
    condition: Json,
    kinds: impl IntoIterator<Item = (FieldKey, Kind)>,
) -> Result<Rule, enlist_model::Error> {
    let rule = Json::Object(vec![
        ("match".to_owned(), Json::from("all")),
        ("conditions".to_owned(), Json::List(vec![condition])),
    ]);
    // The built-in fields have their own kinds.
    let custom = |(_, kind): &(FieldKey, Kind)| *kind != Kind::Label;
    let fields = kinds.into_iter().filter(custom).map(|(key, kind)| FieldDefinition::new(key, kind));
    Rule::check(&rule, None, &Kept::new(fields)?)
}

/// The definitions under which a kept condition is read: its own fields, and any segment.
struct Kept {
    fields: DefinedFields,
    /// What stands for the rule of every segment; nobody looks into it.
    segment_rule: Rule,
}

impl Kept {
    fn new(fields: impl IntoIterator<Item = FieldDefinition>) -> Result<Self, enlist_model::Error> {
        let rule = r#"{"match": "all", "conditions": [{"field": "name", "operator": "is_not_empty"}]}"#;
        let segment_rule = Rule::check(&Json::parse(rule)?, None, &DefinedFields::new([]))?;
        Ok(Kept { fields: DefinedFields::new(fields), segment_rule })
    }
}

impl Definitions for Kept {
    fn field(&self, key: &str) -> Option<&FieldDefinition> {
        self.fields.field(key)
    }

    fn field_keys(&self) -> Vec<&str> {
        self.fields.field_keys()
    }

    fn segment_rule(&self, _segment: &str) -> Option<&Rule> {
        Some(&self.segment_rule)
    }

    fn segment_ids(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The limits may have been higher when the rule was saved.
    fn limits(&self) -> ContentLimits {
        ContentLimits::MAXIMA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(json: &str, kinds: &[(&str, Kind)]) -> ContactCondition {
        let kinds = kinds.iter().map(|(key, kind)| (FieldKey::new(key).unwrap(), *kind));
        let rule = rule_of(Json::parse(json).unwrap(), kinds).unwrap();
        rule.root().conditions()[0].clone()
    }

    #[test]
    fn conditions_of_every_kind_are_read_as_they_were() {
        let cases: [(&str, &[(&str, Kind)]); 12] = [
            (r#"{"field": "plan", "operator": "equals", "value": "pro"}"#, &[("plan", Kind::Select)]),
            (r#"{"field": "note", "operator": "equals", "value": "pro"}"#, &[("note", Kind::Text)]),
            (r#"{"field": "mobile", "operator": "equals", "value": "+1 (2) 3"}"#, &[("mobile", Kind::Phone)]),
            (r#"{"field": "spent", "operator": "greater_than", "value": 1.5}"#, &[("spent", Kind::Number)]),
            (r#"{"field": "spent", "operator": "is_empty"}"#, &[("spent", Kind::Number)]),
            (r#"{"field": "paid", "operator": "is_true"}"#, &[("paid", Kind::Boolean)]),
            (r#"{"field": "at", "operator": "is_in_last_n_days", "value": 7}"#, &[("at", Kind::Date)]),
            (
                r#"{"field": "tags", "operator": "contains_all", "value": ["a", "b"]}"#,
                &[("tags", Kind::MultiSelect)],
            ),
            (r#"{"field": "labels", "operator": "has_label", "value": "vip"}"#, &[]),
            (r#"{"field": "conversation.channel", "operator": "not_equals", "value": "mail"}"#, &[]),
            (r#"{"segment": "vips", "operator": "is_not_member"}"#, &[]),
            (
                r#"{"same_conversation": {"match": "any", "conditions": [
                    {"field": "conversation.status", "operator": "equals", "value": "open"},
                    {"field": "conversation.score", "operator": "is_empty"},
                    {"field": "conversation.score", "operator": "less_than", "value": 3}]}}"#,
                &[("conversation.score", Kind::Number)],
            ),
        ];
        for (json, kinds) in cases {
            let condition = condition(json, kinds);
            assert_eq!(read(&written(&condition)), Ok(condition), "{json}");
        }
    }
}
