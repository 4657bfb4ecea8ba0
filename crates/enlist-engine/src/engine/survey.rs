//! Long work beside reads: a rule is evaluated for every contact a few blocks at a time, under shared access and with
//! pauses for others, and what it found is previewed, or becomes a segment, in one short step.
//!
//! Whoever changes meanwhile is noted and looked at again at the end; a definition or a day that changes begins the survey
//! anew. What always holds: a survey that is used says what evaluating its rule just then would say.

use std::sync::Arc;

use enlist_model::{Event, Json, Rule, SegmentId};

use crate::backfill::Selection;
use crate::columns::{COLUMN_WORDS, LANES};
use crate::compiled_rule::CompiledRule;
use crate::conditions::{Condition, ConditionChanges, Draft};
use crate::engine::{Engine, Preview, Sink, evaluator};
use crate::error::Error;
use crate::ids::{ConditionNo, ContactNo};
use crate::members::Members;

/// Blocks of 4,096 contacts a step: less than a millisecond.
const STEP_BLOCKS: usize = 4;
/// So many changes are noted; then surveys under way begin anew.
const NOTED_CHANGES: usize = 1 << 20;

/// A rule that is being evaluated for every contact, some at a time.
///
/// [`Engine::survey`] begins it, [`Engine::survey_step`] goes on with it, [`Engine::preview_of`] and
/// [`Engine::apply_surveyed`] use it. A host that keeps the engine behind a lock lets go of the lock between the steps.
#[derive(Debug)]
pub struct Survey {
    json: Json,
    against: Option<SegmentId>,
    rule: Rule,
    draft: Draft,
    /// The members among the blocks that were evaluated.
    members: Members,
    /// The truth of each condition that would be new, block after block.
    gained: Vec<Vec<u64>>,
    blocks: usize,
    /// The changes that were noted before it began.
    first_change: usize,
    epoch: u64,
    /// Tells the engine that changes are to be noted.
    _watching: Arc<()>,
}

/// The contacts that change while somebody surveys.
#[derive(Debug, Default)]
pub(super) struct Watch {
    surveys: Arc<()>,
    changed: Vec<ContactNo>,
    /// Goes up when surveys under way have to begin anew.
    epoch: u64,
}

impl Watch {
    /// A contact changes.
    pub(super) fn note(&mut self, contact: ContactNo) {
        if Arc::strong_count(&self.surveys) == 1 {
            self.changed.clear();
        } else if self.changed.len() < NOTED_CHANGES {
            self.changed.push(contact);
        } else {
            self.begin_anew();
        }
    }

    /// Something changes that is not one contact's.
    pub(super) fn begin_anew(&mut self) {
        self.changed.clear();
        self.epoch += 1;
    }
}

impl Engine {
    /// Begins to evaluate a rule for every contact; with `against`, as an edit of that segment.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`]; [`Error::Model`] with all that is wrong with the rule.
    pub fn survey(&self, rule: &Json, against: Option<&str>) -> Result<Survey, Error> {
        if let Some(segment) = against {
            self.find_segment(segment)?;
        }
        let against = against.map(SegmentId::new).transpose()?;
        let checked = Rule::check(rule, against.as_ref(), &self.definitions)?;
        let draft = self.conditions.draft(&checked, &self.definitions);
        Ok(Survey {
            json: rule.clone(),
            against,
            rule: checked,
            gained: vec![Vec::new(); draft.gained().count()],
            draft,
            members: Members::default(),
            blocks: 0,
            first_change: self.watch.changed.len(),
            epoch: self.watch.epoch,
            _watching: Arc::clone(&self.watch.surveys),
        })
    }

    /// Goes on with a survey for less than a millisecond, as a rule; says whether every contact has been looked at.
    ///
    /// # Errors
    /// What [`survey`](Self::survey) says, if the definitions have changed since and the rule no longer fits them.
    pub fn survey_step(&self, survey: &mut Survey) -> Result<bool, Error> {
        if survey.epoch != self.watch.epoch {
            let against = survey.against.as_ref().map(SegmentId::as_str);
            *survey = self.survey(&survey.json, against)?;
        }
        let Survey { draft, members, gained, blocks, .. } = survey;
        let wanted: Vec<(ConditionNo, &Condition)> = draft.gained().collect();
        let numbers: Vec<ConditionNo> = wanted.iter().map(|(no, _)| *no).collect();
        let find = |no| draft.find(no, &self.conditions);
        let mut selection = Selection::new(self.evaluator(), &draft.compiled, wanted, find);
        for _ in 0..STEP_BLOCKS {
            if *blocks == selection.blocks() {
                return Ok(true);
            }
            selection.evaluate(*blocks, &self.truths, members);
            for (no, columns) in numbers.iter().zip(&mut *gained) {
                columns.extend_from_slice(selection.column(*no));
            }
            *blocks += 1;
        }
        Ok(*blocks == selection.blocks())
    }

    /// The members of a survey's rule as of now. What is left of the survey is done first.
    pub(crate) fn finish_survey(&self, survey: &mut Survey) -> Result<(), Error> {
        while !self.survey_step(survey)? {}
        let evaluator = self.evaluator();
        for contact in self.changed_since(survey) {
            let living = self.facts.contacts.living(contact).is_some();
            if living && evaluator.rule_holds(contact, &survey.rule) {
                survey.members.insert(contact);
            } else {
                survey.members.remove(contact);
            }
        }
        Ok(())
    }

    fn changed_since(&self, survey: &Survey) -> Vec<ContactNo> {
        let mut changed = self.watch.changed[survey.first_change..].to_vec();
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// What a survey's rule would select, and what would change against the segment that it began with, as of now.
    ///
    /// # Errors
    /// What [`survey_step`](Self::survey_step) says.
    pub fn preview_of(&self, mut survey: Survey) -> Result<Preview, Error> {
        self.finish_survey(&mut survey)?;
        let saved = survey.against.map(|segment| self.bitmap(segment.as_str())).transpose()?;
        Ok(Preview::new(survey.members.to_roaring(), saved))
    }

    /// Applies an event as [`apply`](Self::apply) does. If it saves the segment that a survey was made for, with the rule
    /// of the survey, the members are taken from it, which takes a moment where evaluating the rule takes long.
    ///
    /// # Errors
    /// What [`apply`](Self::apply) says.
    pub fn apply_surveyed(&mut self, event: &Event, survey: Survey, out: &mut dyn Sink) -> Result<(), Error> {
        self.apply_with(event, Some(survey), out)
    }

    /// The members of a rule that was acquired, and on the way the truth bits of the conditions that are new with it:
    /// from a survey if it fits, otherwise evaluated now.
    pub(super) fn select_saved(
        &mut self,
        rule: &Rule,
        compiled: &CompiledRule,
        changes: &ConditionChanges,
        survey: Option<Survey>,
    ) -> Members {
        let fits = |survey: &Survey| {
            survey.epoch == self.watch.epoch
                && survey.rule == *rule
                && survey.gained.len() == changes.gained.len()
        };
        if let Some(mut survey) = survey.filter(fits)
            && self.finish_survey(&mut survey).is_ok()
        {
            self.take_over(&mut survey, changes);
            return survey.members;
        }
        let find = |no: ConditionNo| &self.conditions.get(no).condition;
        let wanted = changes.gained.iter().map(|no| (*no, find(*no))).collect();
        let mut members = Members::default();
        let mut selection = Selection::new(evaluator!(self), compiled, wanted, find);
        for block in 0..selection.blocks() {
            selection.evaluate(block, &self.truths, &mut members);
            let columns: Vec<(ConditionNo, &[u64])> =
                changes.gained.iter().map(|no| (*no, selection.column(*no))).collect();
            self.truths.write_columns(block, &columns);
        }
        members
    }

    /// Writes the truths that a survey found. Conditions are gained in the order in which they were drafted.
    fn take_over<'s>(&mut self, survey: &'s mut Survey, changes: &ConditionChanges) {
        let contacts = self.changed_since(survey);
        for (no, column) in changes.gained.iter().zip(&mut survey.gained) {
            for contact in &contacts {
                let living = self.facts.contacts.living(*contact).is_some();
                let holds = living && self.evaluator().holds(*contact, *no);
                let (word, bit) = (contact.index() / LANES, 1 << (contact.index() % LANES));
                column[word] = if holds { column[word] | bit } else { column[word] & !bit };
            }
        }
        for block in 0..survey.blocks {
            let part = |column: &'s Vec<u64>| &column[block * COLUMN_WORDS..][..COLUMN_WORDS];
            let columns: Vec<(ConditionNo, &[u64])> =
                changes.gained.iter().copied().zip(survey.gained.iter().map(part)).collect();
            self.truths.write_columns(block, &columns);
        }
    }
}
