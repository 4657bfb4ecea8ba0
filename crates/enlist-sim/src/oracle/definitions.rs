//! The oracle's definitions: fields and segments, which segments refer to which, and their order.
//!
//! Invariant: the order lists every segment once, each after those it refers to.

use std::collections::BTreeMap;

use enlist_model::limits::ContentLimits;
use enlist_model::{Condition, FieldDefinition, FieldKey, Rule, SegmentId, Setting};

/// A segment as it was last saved.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) id: SegmentId,
    pub(crate) name: String,
    pub(crate) rule: Rule,
    /// Its position in the order of creation, which edits keep.
    pub(crate) created: u64,
}

/// Fields by key and segments by id.
#[derive(Clone, Debug)]
pub(crate) struct Definitions {
    pub(crate) fields: BTreeMap<FieldKey, FieldDefinition>,
    segments: BTreeMap<SegmentId, Segment>,
    order: Vec<SegmentId>,
    created: u64,
    pub(crate) limits: ContentLimits,
}

impl Definitions {
    pub(crate) fn built_in() -> Self {
        let fields =
            FieldDefinition::built_in().into_iter().map(|field| (field.key.clone(), field)).collect();
        Definitions {
            fields,
            segments: BTreeMap::new(),
            order: Vec::new(),
            created: 0,
            limits: ContentLimits::CONTRACT,
        }
    }

    pub(crate) fn segment(&self, id: &SegmentId) -> Option<&Segment> {
        self.segments.get(id)
    }

    /// Every segment, by rank and then by creation.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &Segment> {
        self.order.iter().filter_map(|id| self.segments.get(id))
    }

    /// Every segment, by creation.
    pub(crate) fn by_creation(&self) -> Vec<&Segment> {
        let mut segments: Vec<&Segment> = self.segments.values().collect();
        segments.sort_by_key(|segment| segment.created);
        segments
    }

    pub(crate) fn save(&mut self, id: &SegmentId, name: &str, rule: Rule) {
        let created = self.segments.get(id).map_or(self.created + 1, |segment| segment.created);
        self.created = self.created.max(created);
        let segment = Segment { id: id.clone(), name: name.to_owned(), rule, created };
        self.segments.insert(id.clone(), segment);
        self.reorder();
    }

    pub(crate) fn delete(&mut self, id: &SegmentId) {
        self.segments.remove(id);
        self.reorder();
    }

    /// Defines a field, or changes its definition.
    pub(crate) fn define(
        &mut self,
        new: FieldDefinition,
        options: &Setting<Vec<enlist_model::ShortText>>,
        default: &Setting<bool>,
    ) {
        let field = self.fields.entry(new.key.clone()).or_insert(new);
        settle(&mut field.options, options);
        settle(&mut field.default, default);
    }

    /// The conditions on a field, each with the segment that has it.
    pub(crate) fn conditions_on(&self, field: &str) -> impl Iterator<Item = (&Segment, &Condition)> {
        self.segments.values().flat_map(move |segment| {
            let conditions = segment.rule.conditions().into_iter();
            conditions
                .filter(move |condition| condition.field.as_str() == field)
                .map(move |condition| (segment, condition))
        })
    }

    /// The segments whose rules refer to one.
    pub(crate) fn referring_to(&self, id: &SegmentId) -> Vec<&SegmentId> {
        self.segments
            .values()
            .filter(|other| other.rule.segments().contains(&id))
            .map(|other| &other.id)
            .collect()
    }

    /// Computes the ranks: 0 for a segment that refers to none, otherwise one more than the greatest rank of those
    /// it refers to.
    fn reorder(&mut self) {
        let mut ranks: BTreeMap<&SegmentId, usize> = BTreeMap::new();
        // Cycles are refused, so every round ranks at least one more segment.
        while ranks.len() < self.segments.len() {
            for segment in
                self.segments.values().filter(|segment| !ranks.contains_key(&segment.id)).collect::<Vec<_>>()
            {
                let below: Option<Vec<usize>> =
                    segment.rule.segments().into_iter().map(|id| ranks.get(id).copied()).collect();
                if let Some(below) = below {
                    ranks.insert(&segment.id, below.into_iter().max().map_or(0, |rank| rank + 1));
                }
            }
        }
        let mut order: Vec<&Segment> = self.segments.values().collect();
        order.sort_by_key(|segment| (ranks.get(&segment.id).copied(), segment.created));
        self.order = order.into_iter().map(|segment| segment.id.clone()).collect();
    }
}

/// Applies a setting to a part of a definition.
fn settle<T: Clone>(part: &mut Option<T>, setting: &Setting<T>) {
    match setting {
        Setting::Keep => {}
        Setting::Remove => *part = None,
        Setting::Set(value) => *part = Some(value.clone()),
    }
}

impl enlist_model::Definitions for Definitions {
    fn field(&self, key: &str) -> Option<&FieldDefinition> {
        self.fields.get(key)
    }

    fn field_keys(&self) -> Vec<&str> {
        self.fields.keys().map(FieldKey::as_str).collect()
    }

    fn segment_rule(&self, segment: &str) -> Option<&Rule> {
        self.segments.get(segment).map(|segment| &segment.rule)
    }

    fn segment_ids(&self) -> Vec<&str> {
        self.segments.keys().map(SegmentId::as_str).collect()
    }

    fn limits(&self) -> ContentLimits {
        self.limits
    }
}
