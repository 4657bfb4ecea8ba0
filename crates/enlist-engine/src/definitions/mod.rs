//! The definitions of a workspace: its fields and its segments, and which segments refer to which.
//!
//! It knows nothing about contacts. Invariant: references have no cycle, and a segment's rank is greater than the
//! ranks of all segments it refers to. So in the order of (rank, number) every segment comes after those it refers
//! to.

mod segment;

use std::collections::BTreeSet;

use enlist_model::limits::ContentLimits;
use enlist_model::{FieldDefinition, FieldKey, Rule, Scope, SegmentId, ShortText, named_options};

pub use segment::Segment;

use crate::bytes;
use crate::compiled_rule::CompiledRule;
use crate::growth;
use crate::ids::{FieldNo, SegmentNo, SegmentOrder};
use crate::seeded_map::{KeyHasher, SeededMap};
use crate::seeded_numbers::SeededNumbers;

/// The fields and segments of a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Definitions {
    fields: Vec<Option<FieldDefinition>>,
    fields_by_key: SeededNumbers<FieldNo>,
    /// The fields with a default.
    defaults: BTreeSet<(Scope, FieldNo)>,
    segments: Vec<Option<Box<Segment>>>,
    /// The compiled rule of each segment, side by side, because every event reads some of them.
    compiled_rules: Vec<CompiledRule>,
    /// The rank of each segment: 0 if it refers to no other, otherwise one more than the greatest rank among those.
    ranks: Vec<u32>,
    segments_by_id: SeededMap<SegmentId, SegmentNo>,
    /// The segments that hold a contact for which no condition is true: those whose rules consist of negations.
    unconditional: BTreeSet<SegmentNo>,
    pub(crate) built_in: BuiltIn,
    /// The limits of rules, lists and values; none is above its maximum.
    pub(crate) limits: ContentLimits,
}

/// The numbers of the built-in fields that events set by themselves, and of the labels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuiltIn {
    pub(crate) created_at: FieldNo,
    pub(crate) last_activity_at: FieldNo,
    pub(crate) labels: FieldNo,
    pub(crate) conversation_created_at: FieldNo,
    pub(crate) conversation_last_activity_at: FieldNo,
}

impl Definitions {
    /// The built-in fields, and no segments.
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        let fields: Vec<_> = FieldDefinition::built_in().into_iter().map(Some).collect();
        let mut fields_by_key = SeededNumbers::new(hasher);
        for index in 0..fields.len() {
            fields_by_key.insert(FieldNo::at(index), |no| key_of(&fields, no));
        }
        let no = |key: &str| {
            let found = fields_by_key.find(key, |no| key_of(&fields, no) == key);
            found.expect("the model defines its built-in fields")
        };
        let built_in = BuiltIn {
            created_at: no(enlist_model::CREATED_AT),
            last_activity_at: no(enlist_model::LAST_ACTIVITY_AT),
            labels: no(enlist_model::LABELS),
            conversation_created_at: no(enlist_model::CONVERSATION_CREATED_AT),
            conversation_last_activity_at: no(enlist_model::CONVERSATION_LAST_ACTIVITY_AT),
        };
        Definitions {
            fields,
            fields_by_key,
            defaults: BTreeSet::new(),
            segments: Vec::new(),
            compiled_rules: Vec::new(),
            ranks: Vec::new(),
            segments_by_id: SeededMap::new(hasher),
            unconditional: BTreeSet::new(),
            built_in,
            limits: ContentLimits::CONTRACT,
        }
    }

    pub(crate) fn find_field(&self, key: &str) -> Option<FieldNo> {
        self.fields_by_key.find(key, |no| key_of(&self.fields, no) == key)
    }

    /// The number of a field that a checked rule names.
    pub(crate) fn field_no(&self, key: &FieldKey) -> FieldNo {
        self.find_field(key.as_str()).expect("a checked rule names fields that are defined")
    }

    pub(crate) fn field(&self, no: FieldNo) -> &FieldDefinition {
        self.fields[no.index()].as_ref().expect("a field that was looked up is defined")
    }

    /// Whether a number is that of a field that is defined.
    pub(crate) fn has_field(&self, no: FieldNo) -> bool {
        self.fields.get(no.index()).is_some_and(Option::is_some)
    }

    /// All fields, built-in ones first.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (FieldNo, &FieldDefinition)> {
        self.fields
            .iter()
            .enumerate()
            .filter_map(|(index, field)| Some((FieldNo::at(index), field.as_ref()?)))
    }

    /// Defines a field, or replaces its definition by one of the same kind.
    pub(crate) fn put_field(&mut self, definition: FieldDefinition) -> FieldNo {
        let known = self.find_field(definition.key.as_str());
        let no = known.unwrap_or_else(|| {
            growth::push(&mut self.fields, None);
            FieldNo::at(self.fields.len() - 1)
        });
        let default = (definition.key.scope(), no);
        if definition.default.is_some() {
            self.defaults.insert(default);
        } else {
            self.defaults.remove(&default);
        }
        self.fields[no.index()] = Some(definition);
        if known.is_none() {
            self.note_key(no);
        }
        no
    }

    pub(crate) fn remove_field(&mut self, no: FieldNo) {
        if let Some(field) = self.fields[no.index()].take() {
            self.defaults.remove(&(field.key.scope(), no));
            self.fields_by_key.remove(no, field.key.as_str());
        }
    }

    pub(crate) fn find_segment(&self, id: &str) -> Option<SegmentNo> {
        self.segments_by_id.get(id).copied()
    }

    /// The number of a segment that a checked rule names.
    pub(crate) fn segment_no(&self, id: &SegmentId) -> SegmentNo {
        self.find_segment(id.as_str()).expect("a checked rule names segments that are saved")
    }

    pub(crate) fn segment(&self, no: SegmentNo) -> &Segment {
        self.segments[no.index()].as_deref().expect("a segment that was looked up is saved")
    }

    pub(crate) fn compiled_rule(&self, no: SegmentNo) -> &CompiledRule {
        &self.compiled_rules[no.index()]
    }

    pub(crate) fn rank(&self, no: SegmentNo) -> u32 {
        self.ranks[no.index()]
    }

    pub(crate) fn order(&self, no: SegmentNo) -> SegmentOrder {
        SegmentOrder { rank: self.rank(no), number: no.0 }
    }

    /// The number of segment numbers that were given.
    pub(crate) fn segment_numbers(&self) -> usize {
        self.segments.len()
    }

    /// All segments in order of creation.
    pub(crate) fn segments(&self) -> impl Iterator<Item = (SegmentNo, &Segment)> {
        self.segments
            .iter()
            .enumerate()
            .filter_map(|(index, segment)| Some((SegmentNo::at(index), segment.as_deref()?)))
    }

    /// All segments, each after those it refers to.
    pub(crate) fn segments_by_rank(&self) -> Vec<SegmentNo> {
        let mut order: Vec<SegmentOrder> = self.segments().map(|(no, _)| self.order(no)).collect();
        order.sort_unstable();
        order.into_iter().map(SegmentOrder::no).collect()
    }

    /// The segments that hold a contact for which no condition is true.
    pub(crate) fn unconditional(&self) -> &BTreeSet<SegmentNo> {
        &self.unconditional
    }

    /// The boolean fields of a scope that have a default.
    pub(crate) fn fields_with_default(&self, scope: Scope) -> impl Iterator<Item = FieldNo> {
        self.defaults.iter().filter(move |(each, _)| *each == scope).map(|(_, no)| *no)
    }

    /// The number of the next new field.
    pub(crate) fn next_field(&self) -> FieldNo {
        FieldNo::at(self.fields.len())
    }

    /// Restores a field to a previous definition. `None` means that it did not exist, and frees its number.
    pub(crate) fn restore_field(&mut self, no: FieldNo, previous: Option<FieldDefinition>) {
        if no.index() < self.fields.len() {
            self.remove_field(no);
        }
        let Some(definition) = previous else {
            self.fields.truncate(no.index());
            return;
        };
        if definition.default.is_some() {
            self.defaults.insert((definition.key.scope(), no));
        }
        self.fields[no.index()] = Some(definition);
        self.note_key(no);
    }

    fn note_key(&mut self, no: FieldNo) {
        let Definitions { fields, fields_by_key, .. } = self;
        fields_by_key.insert(no, |no| key_of(fields, no));
    }

    /// Restores a segment to a previous definition. `None` means that it did not exist, and frees its number. Its rule
    /// is compiled by [`Engine::rebuild`](crate::Engine::rebuild).
    pub(crate) fn restore_segment(&mut self, no: SegmentNo, previous: Option<Segment>) {
        if let Some(Segment { id, name, rule, .. }) = previous {
            self.put_segment(no, id, name, rule, CompiledRule::nothing());
            return;
        }
        if self.segments.get(no.index()).is_some_and(Option::is_some) {
            self.remove_segment(no);
        }
        self.segments.truncate(no.index());
        self.compiled_rules.truncate(no.index());
        self.ranks.truncate(no.index());
    }

    /// The number of the next new segment.
    pub(crate) fn next_segment(&self) -> SegmentNo {
        SegmentNo::at(self.segments.len())
    }

    /// Adds or replaces a segment, and updates the ranks of those that refer to it.
    pub(crate) fn put_segment(
        &mut self,
        no: SegmentNo,
        id: SegmentId,
        name: ShortText,
        rule: Rule,
        compiled: CompiledRule,
    ) {
        let referred_by = if self.segments.get(no.index()).is_some_and(Option::is_some) {
            self.forget_references(no);
            self.segments[no.index()].take().map(|old| old.referred_by).unwrap_or_default()
        } else {
            let count = self.segments.len().max(no.index() + 1);
            growth::reach(&mut self.segments, count);
            growth::reach(&mut self.compiled_rules, count);
            growth::reach(&mut self.ranks, count);
            self.segments.resize_with(count, || None);
            self.compiled_rules.resize_with(count, CompiledRule::nothing);
            self.ranks.resize(count, 0);
            BTreeSet::new()
        };
        self.segments_by_id.insert(id.clone(), no);
        self.put_compiled_rule(no, compiled);
        for referred in self.referred_by_rule(&rule) {
            self.segment_mut(referred).referred_by.insert(no);
        }
        self.segments[no.index()] = Some(Box::new(Segment { id, name, rule, referred_by }));
        self.mend_ranks(no);
    }

    /// Removes a segment that no other refers to.
    pub(crate) fn remove_segment(&mut self, no: SegmentNo) -> Option<Box<Segment>> {
        self.forget_references(no);
        self.unconditional.remove(&no);
        let segment = self.segments[no.index()].take()?;
        self.compiled_rules[no.index()] = CompiledRule::nothing();
        self.segments_by_id.remove(&segment.id);
        Some(segment)
    }

    fn forget_references(&mut self, no: SegmentNo) {
        for referred in self.referred_by_rule(&self.segment(no).rule) {
            self.segment_mut(referred).referred_by.remove(&no);
        }
    }

    fn referred_by_rule(&self, rule: &Rule) -> BTreeSet<SegmentNo> {
        rule.segments().into_iter().map(|id| self.segment_no(id)).collect()
    }

    /// Replaces the compiled rule of a segment, whose conditions the caller has acquired.
    pub(crate) fn put_compiled_rule(&mut self, no: SegmentNo, compiled: CompiledRule) {
        if compiled.holds(&|_| false) {
            self.unconditional.insert(no);
        } else {
            self.unconditional.remove(&no);
        }
        self.compiled_rules[no.index()] = compiled;
    }

    fn segment_mut(&mut self, no: SegmentNo) -> &mut Segment {
        self.segments[no.index()].as_deref_mut().expect("a segment that was looked up is saved")
    }

    /// Recomputes the rank of a segment, and of those that refer to it as long as ranks change. Every segment that
    /// refers to another had a greater rank before, so in the order of the old ranks each is visited once, after
    /// all it refers to.
    fn mend_ranks(&mut self, changed: SegmentNo) {
        let mut waiting: BTreeSet<SegmentOrder> = BTreeSet::from([self.order(changed)]);
        while let Some(before) = waiting.pop_first() {
            let no = before.no();
            let referred = self.referred_by_rule(&self.segment(no).rule);
            let rank = referred.into_iter().map(|each| self.rank(each) + 1).max().unwrap_or(0);
            if rank != before.rank || no == changed {
                self.ranks[no.index()] = rank;
                waiting.extend(self.segment(no).referred_by.iter().map(|above| self.order(*above)));
            }
        }
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let of_field = |no: usize| {
            let field = self.fields[no].as_ref();
            let options = field.and_then(|field| field.options.as_ref()).map_or(0, |options| {
                bytes::list(options) + bytes::sampled(options.len(), |no| bytes::string(options[no].len()))
            });
            field.map_or(0, |field| bytes::string(field.key.as_str().len())) + options
        };
        let of_segment = |no: usize| {
            let segment = self.segments[no].as_deref().map_or(0, |segment| {
                bytes::room::<Segment>(1)
                    + 2 * bytes::string(segment.id.as_str().len())
                    + bytes::string(segment.name.len())
                    + bytes::rule(&segment.rule)
                    + bytes::tree::<SegmentNo>(segment.referred_by.len())
            });
            segment + self.compiled_rules[no].bytes()
        };
        bytes::list(&self.fields)
            + self.fields_by_key.bytes()
            + (0..self.fields.len()).map(of_field).sum::<usize>()
            + bytes::list(&self.segments)
            + bytes::list(&self.compiled_rules)
            + bytes::list(&self.ranks)
            + bytes::sampled(self.segments.len(), of_segment)
            + self.segments_by_id.table_bytes()
            + bytes::tree::<SegmentNo>(self.unconditional.len())
    }

    /// The ids of the segments whose rules use a field.
    pub(crate) fn users_of_field(&self, key: &FieldKey) -> Vec<SegmentId> {
        let names =
            |segment: &Segment| segment.rule.conditions().iter().any(|condition| condition.field == *key);
        self.segments().filter(|(_, segment)| names(segment)).map(|(_, segment)| segment.id.clone()).collect()
    }

    /// The options of a field that rules name, each with the segment that names it.
    pub(crate) fn options_in_use(&self, key: &FieldKey) -> Vec<(String, SegmentId)> {
        let mut found = Vec::new();
        for (_, segment) in self.segments() {
            for condition in segment.rule.conditions() {
                if condition.field == *key {
                    let options = named_options(&condition.predicate);
                    found.extend(options.into_iter().map(|option| (option.to_owned(), segment.id.clone())));
                }
            }
        }
        found
    }
}

/// The key of a field that is defined.
fn key_of(fields: &[Option<FieldDefinition>], no: FieldNo) -> &str {
    fields[no.index()].as_ref().expect("a field that is found is defined").key.as_str()
}

impl enlist_model::Definitions for Definitions {
    fn field(&self, key: &str) -> Option<&FieldDefinition> {
        self.find_field(key).map(|no| self.field(no))
    }

    fn field_keys(&self) -> Vec<&str> {
        self.fields().map(|(_, field)| field.key.as_str()).collect()
    }

    fn segment_rule(&self, segment: &str) -> Option<&Rule> {
        self.find_segment(segment).map(|no| &self.segment(no).rule)
    }

    fn segment_ids(&self) -> Vec<&str> {
        self.segments().map(|(_, segment)| segment.id.as_str()).collect()
    }

    fn limits(&self) -> ContentLimits {
        self.limits
    }
}
