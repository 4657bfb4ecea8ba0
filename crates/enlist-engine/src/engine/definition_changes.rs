//! Changes of definitions: settings, fields and segments, and the memberships that depend on them.

use enlist_model::{Cause, DayWindow, FieldDefinition, Instant, Notice, NoticeOutcome, Predicate};
use roaring::RoaringBitmap;

use crate::calendar::Calendar;
use crate::check::SavedSegment;
use crate::conditions::ConditionChanges;
use crate::engine::{Engine, RuleScan, Sink};
use crate::facts::ContactAge;
use crate::ids::{ConditionNo, ContactNo, FieldNo, SegmentNo};

impl Engine {
    /// `workspace_configured`: evaluates again what depends on days or weeks.
    pub(super) fn configure(&mut self, calendar: Calendar, now: Instant, cause: Cause, out: &mut dyn Sink) {
        let zone_changes = calendar.zone_name() != self.calendar.zone_name();
        let weeks_change = calendar.week_start() != self.calendar.week_start();
        self.calendar = calendar;
        self.dirty.invalidate();
        // `today` of the new calendar, before anything is evaluated with it.
        self.set_now(now);
        if zone_changes {
            // Another zone puts instants on other days. Other weeks change the windows, not the days.
            for field in self.deadlines.fields() {
                self.recount_deadlines(field);
            }
        }
        let touched = self.conditions.touching(|_, predicate| match predicate {
            Predicate::Day(DayWindow::ThisWeek) => zone_changes || weeks_change,
            Predicate::Day(_) => zone_changes,
            Predicate::HasValue
            | Predicate::TextEquals(_)
            | Predicate::TextContains(_)
            | Predicate::TextStartsWith(_)
            | Predicate::TextEndsWith(_)
            | Predicate::Number(..)
            | Predicate::Boolean(_)
            | Predicate::OptionEquals(_)
            | Predicate::ContainsAny(_)
            | Predicate::ContainsAll(_)
            | Predicate::Labels(_) => false,
        });
        self.recheck_all(&touched, now, cause, out);
    }

    /// `field_defined`: a new default changes the value of every contact without one.
    pub(super) fn define_field(
        &mut self,
        definition: FieldDefinition,
        now: Instant,
        cause: Cause,
        out: &mut dyn Sink,
    ) {
        let known = self.definitions.find_field(definition.key.as_str());
        let default_before = known.and_then(|no| self.definitions.field(no).default);
        let default = definition.default;
        let no = self.definitions.put_field(definition);
        self.handles.note_definitions(&self.definitions);
        self.dirty.invalidate();
        if default != default_before {
            let touched = self.conditions.touching(|field, _| field == no);
            self.recheck_all(&touched, now, cause, out);
        }
    }

    /// `field_deleted`: no rule uses the field, so no membership changes.
    pub(super) fn delete_field(&mut self, field: FieldNo) {
        self.note_holders(|each| each == field);
        self.facts.forget_field(field);
        self.definitions.remove_field(field);
        self.handles.note_definitions(&self.definitions);
        self.dirty.invalidate();
    }

    /// Evaluates conditions again for every contact.
    fn recheck_all(&mut self, conditions: &[ConditionNo], now: Instant, cause: Cause, out: &mut dyn Sink) {
        if conditions.is_empty() {
            return;
        }
        for contact in self.living() {
            self.recheck(contact, conditions);
        }
        self.publish(None, now, cause, out);
    }

    /// `segment_saved`: evaluates the rule and its new conditions for every contact, as far as the scan has not, then the segments
    /// that refer to this one.
    pub(super) fn save_segment(
        &mut self,
        saved: SavedSegment,
        scan: Option<RuleScan>,
        now: Instant,
        out: &mut dyn Sink,
    ) {
        let SavedSegment { edited, id, name, rule } = saved;
        let segment = edited.unwrap_or(self.definitions.next_segment());
        let against = edited.map(|_| id.clone());
        // A scan of another rule, or one that a definition or date has overtaken, would give wrong members.
        let fits = |scan: &RuleScan| self.is_current(scan) && scan.rule == rule && scan.against == against;
        let mut scan = scan.filter(fits).unwrap_or_else(|| self.scan_of(rule, against));
        self.complete(&mut scan);
        if let Some(numbers) = scan.filling.numbers() {
            // The new conditions get the numbers whose bits are written.
            self.conditions.free_reserved(numbers);
        }
        let RuleScan { rule, members, entered, left, .. } = scan;
        let mut changes = ConditionChanges::default();
        let compiled = self.conditions.acquire(segment, &rule, &self.definitions, &mut changes);
        // The new rule is acquired before the old one is released, so that conditions in both survive with
        // their bits.
        if edited.is_some() {
            let before = self.definitions.compiled_rule(segment).clone();
            self.conditions.release(segment, &before, &mut changes);
        }
        self.put_in_index(&changes);
        // The index was the last to look up the lost conditions. From here on their numbers are free.
        self.forget(&changes);
        self.definitions.put_segment(segment, id, name.into(), rule, compiled);
        self.dirty.invalidate();
        self.membership.add_segment(segment);
        self.membership.put(segment, members);
        // The segments that refer to this one change with its members, and report notices of their own.
        if let Some(condition) = self.conditions.member_of(segment) {
            for contact in &entered | &left {
                self.settling.flipped.clear(self.truths.width());
                self.settling.flipped.push(condition);
                self.settle_and_write(ContactNo(contact), ContactAge::Existing);
            }
        }
        if edited.is_some() {
            self.publish_rebuilt(segment, (entered, left), now, out);
        } else {
            self.publish_new_segment(segment, entered, now, out);
        }
        self.publish_referring(now, out);
    }

    /// `segment_deleted`: no other segment refers to it, so only its own members leave.
    pub(super) fn delete_segment(&mut self, segment: SegmentNo, now: Instant, out: &mut dyn Sink) {
        let compiled = self.definitions.compiled_rule(segment).clone();
        let order = self.definitions.order(segment);
        let Some(removed) = self.definitions.remove_segment(segment) else { return };
        self.dirty.invalidate();
        let mut changes = ConditionChanges::default();
        self.conditions.release(segment, &compiled, &mut changes);
        self.put_in_index(&changes);
        self.forget(&changes);
        let left = self.membership.drop_segment(segment);
        let notice = Notice { at: now, segment: removed.id.clone(), outcome: NoticeOutcome::Dropped };
        out.notice(order, notice, RoaringBitmap::new(), left);
    }

    /// Forgets conditions that nothing uses any longer, and the candidates that are not those that they were.
    fn forget(&mut self, changes: &ConditionChanges) {
        changes.touched.iter().for_each(|condition| self.settling.candidates.forget(*condition));
        self.conditions.forget(&changes.lost);
    }

    /// Adds new conditions to the index and removes those that nothing uses any longer.
    pub(super) fn put_in_index(&mut self, changes: &ConditionChanges) {
        for no in &changes.lost {
            if let Some((field, predicate)) = self.conditions.get(*no).condition.on_field() {
                self.index.remove(field, predicate, *no);
                if predicate.moves_with_today() {
                    self.deadlines.remove_window(field, *no);
                }
            }
        }
        let mut fields_to_count = Vec::new();
        for no in &changes.gained {
            if let Some((field, predicate)) = self.conditions.get(*no).condition.on_field() {
                let kind = self.definitions.field(field).kind;
                self.index.insert(field, kind, predicate, *no);
                if let Predicate::Day(window) = predicate
                    && window.moves()
                    && self.deadlines.add_window(field, *window, *no)
                {
                    fields_to_count.push(field);
                }
            }
        }
        for field in fields_to_count {
            self.recount_deadlines(field);
        }
        self.truths.reserve_conditions(ConditionNo::room(changes.gained.iter().copied()));
    }

    /// All contacts in order of creation.
    pub(super) fn living(&self) -> Vec<ContactNo> {
        self.facts.contacts.iter().map(|(no, _)| no).collect()
    }
}
