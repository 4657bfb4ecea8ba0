//! Checks of events that define something: settings, fields, segments.

use std::collections::BTreeSet;

use enlist_model::{FieldDefinition, FieldKey, Json, Kind, Rule, SegmentId, Setting, ShortText, WeekStart};

use crate::check::{DefinitionChange, SavedSegment, Validator};
use crate::error::Error;
use crate::ids::FieldNo;

impl Validator<'_> {
    pub(super) fn configure(
        &self,
        time_zone: Option<&str>,
        week_start: Option<WeekStart>,
    ) -> Result<DefinitionChange, Error> {
        let mut calendar = self.calendar.clone();
        if let Some(name) = time_zone {
            calendar = calendar
                .in_zone(name)
                .ok_or_else(|| Error::UnknownTimeZone { time_zone: shortened(name) })?;
        }
        Ok(DefinitionChange::Configure(calendar.with_weeks_from(week_start.unwrap_or(calendar.week_start()))))
    }

    pub(super) fn define_field(
        &self,
        key: &FieldKey,
        kind: Kind,
        options: &Setting<Vec<ShortText>>,
        default: &Setting<bool>,
    ) -> Result<DefinitionChange, Error> {
        // Before all other checks: a list over the limit is reported as such, whatever else is wrong.
        let options = match options {
            Setting::Keep => Setting::Keep,
            Setting::Remove => Setting::Remove,
            Setting::Set(options) => {
                Setting::Set(FieldDefinition::options_within(options, &self.definitions.limits)?)
            }
        };
        let mut definition = match self.definitions.find_field(key.as_str()) {
            Some(no) => self.definitions.field(no).clone(),
            None => FieldDefinition::new(key.clone(), kind),
        };
        let field = || key.clone();
        if definition.built_in {
            return Err(Error::BuiltInField { field: field() });
        }
        if definition.kind != kind {
            return Err(Error::FieldKind { field: field(), kind: definition.kind, found: kind });
        }
        match options {
            Setting::Keep => {}
            Setting::Remove => definition.options = None,
            Setting::Set(_) if !kind.has_options() => {
                return Err(Error::FieldPart { field: field(), kind, part: "options" });
            }
            Setting::Set(options) => definition.options = Some(options),
        }
        match default {
            Setting::Keep => {}
            Setting::Remove => definition.default = None,
            Setting::Set(_) if kind != Kind::Boolean => {
                return Err(Error::FieldPart { field: field(), kind, part: "default" });
            }
            Setting::Set(default) => definition.default = Some(*default),
        }
        let mut lost = self.definitions.options_in_use(key);
        if let Some(options) = &definition.options {
            // A set: rules may name very many options, and the field may have ten thousand.
            let kept: BTreeSet<&str> = options.iter().map(ShortText::as_str).collect();
            lost.retain(|(option, _)| !kept.contains(option.as_str()));
        } else {
            lost.clear();
        }
        if lost.is_empty() {
            Ok(DefinitionChange::DefineField(definition))
        } else {
            Err(Error::OptionsInUse { field: field(), options: lost })
        }
    }

    pub(super) fn delete_field(&self, key: &str) -> Result<DefinitionChange, Error> {
        let no = self.field(key)?;
        let definition = self.definitions.field(no);
        if definition.built_in {
            return Err(Error::BuiltInField { field: definition.key.clone() });
        }
        let segments = self.definitions.users_of_field(&definition.key);
        if segments.is_empty() {
            Ok(DefinitionChange::DeleteField(no))
        } else {
            Err(Error::FieldInUse { field: definition.key.clone(), segments })
        }
    }

    pub(super) fn save_segment(
        &self,
        id: &SegmentId,
        name: &str,
        rule: &Json,
    ) -> Result<DefinitionChange, Error> {
        let rule = Rule::check(rule, Some(id), self.definitions)?;
        let edited = self.definitions.find_segment(id.as_str());
        Ok(DefinitionChange::SaveSegment(SavedSegment {
            edited,
            id: id.clone(),
            name: name.to_owned(),
            rule,
        }))
    }

    pub(super) fn delete_segment(&self, id: &SegmentId) -> Result<DefinitionChange, Error> {
        let no = self
            .definitions
            .find_segment(id.as_str())
            .ok_or_else(|| Error::UnknownSegment { segment: id.as_str().to_owned() })?;
        let referring = &self.definitions.segment(no).referred_by;
        if referring.is_empty() {
            return Ok(DefinitionChange::DeleteSegment(no));
        }
        let segments = referring.iter().map(|no| self.definitions.segment(*no).id.clone()).collect();
        Err(Error::SegmentInUse { segment: id.clone(), segments })
    }

    fn field(&self, key: &str) -> Result<FieldNo, Error> {
        self.definitions.find_field(key).ok_or_else(|| Error::UnknownField { field: shortened(key) })
    }
}

/// A name as an error shows it, shortened because hosts can send very long ones.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 80;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST).chain(['…']).collect()
}
