//! A sample workspace for checking rules: fields of every kind, on contacts and on conversations, and two segments.

use std::collections::BTreeMap;

use enlist_model::limits::ContentLimits;
use enlist_model::{Definitions, FieldDefinition, FieldKey, Json, Kind, Rule, SegmentId, ShortText};

pub(crate) struct Workspace {
    fields: BTreeMap<String, FieldDefinition>,
    segments: BTreeMap<String, Rule>,
    limits: ContentLimits,
}

impl Workspace {
    pub(crate) fn sample() -> Self {
        let mut fields: Vec<FieldDefinition> = FieldDefinition::built_in();
        for (key, kind, options) in [
            ("website", Kind::Text, &[] as &[&str]),
            ("mobile", Kind::Phone, &[]),
            ("revenue", Kind::Number, &[]),
            ("renewal_date", Kind::Date, &[]),
            ("subscribed", Kind::Boolean, &[]),
            ("plan", Kind::Select, &["free", "pro", "enterprise"]),
            ("tier", Kind::Select, &[]),
            ("interests", Kind::MultiSelect, &["tennis", "golf", "chess"]),
            ("conversation.priority", Kind::Select, &["low", "normal", "high"]),
            ("conversation.topics", Kind::MultiSelect, &[]),
            ("conversation.waiting_minutes", Kind::Number, &[]),
        ] {
            let mut field = FieldDefinition::new(FieldKey::new(key).unwrap(), kind);
            field.options =
                (!options.is_empty()).then(|| options.iter().map(|option| (*option).into()).collect());
            fields.push(field);
        }
        let fields = fields.into_iter().map(|field| (field.key.as_str().to_owned(), field)).collect();
        let mut workspace = Workspace { fields, segments: BTreeMap::new(), limits: ContentLimits::default() };
        workspace.save("churned", r#"{"match":"all","conditions":[{"field":"plan","operator":"is_empty"}]}"#);
        workspace.save(
            "high-value",
            r#"{"match":"all","conditions":[{"segment":"churned","operator":"is_not_member"}]}"#,
        );
        workspace
    }

    pub(crate) fn with_limits(self, limits: ContentLimits) -> Self {
        Workspace { limits, ..self }
    }

    pub(crate) fn set_options(&mut self, field: &str, options: Vec<ShortText>) {
        self.fields.get_mut(field).unwrap().options = Some(options);
    }

    /// Saves a segment; its rule must be valid.
    pub(crate) fn save(&mut self, segment: &str, rule: &str) {
        let rule = self.check_as(Some(segment), rule).unwrap();
        self.segments.insert(segment.to_owned(), rule);
    }

    /// Saves a segment that refers to others.
    pub(crate) fn save_referring(&mut self, segment: &str, others: &[&str]) {
        self.save(segment, &referring(others));
    }

    pub(crate) fn check(&self, rule: &str) -> Result<Rule, String> {
        self.check_as(None, rule)
    }

    /// Checks a rule that will be saved under an id; the error is its message.
    pub(crate) fn check_as(&self, segment: Option<&str>, rule: &str) -> Result<Rule, String> {
        let segment = segment.map(|id| SegmentId::new(id).unwrap());
        let json = Json::parse(rule).map_err(|error| error.to_string())?;
        Rule::check(&json, segment.as_ref(), self).map_err(|error| error.to_string())
    }
}

/// A rule that refers to segments.
pub(crate) fn referring(segments: &[&str]) -> String {
    let condition = |segment: &&str| format!(r#"{{"segment":"{segment}","operator":"is_member"}}"#);
    let conditions: Vec<String> = segments.iter().map(condition).collect();
    all_of(&conditions.join(","))
}

/// An `all` group of conditions given as JSON.
pub(crate) fn all_of(conditions: &str) -> String {
    format!(r#"{{"match":"all","conditions":[{conditions}]}}"#)
}

impl Definitions for Workspace {
    fn field(&self, key: &str) -> Option<&FieldDefinition> {
        self.fields.get(key)
    }

    fn field_keys(&self) -> Vec<&str> {
        self.fields.keys().map(String::as_str).collect()
    }

    fn segment_rule(&self, segment: &str) -> Option<&Rule> {
        self.segments.get(segment)
    }

    fn segment_ids(&self) -> Vec<&str> {
        self.segments.keys().map(String::as_str).collect()
    }

    fn limits(&self) -> ContentLimits {
        self.limits
    }
}
