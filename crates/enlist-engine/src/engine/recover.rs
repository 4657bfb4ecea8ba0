//! Recovery after a panic that the host caught: facts and numbers stay, definitions become complete, and everything
//! that is derived is computed again.
//!
//! A panic can interrupt a definition halfway. What the definition replaces is kept until it is complete, so that
//! it can be restored. Invariant: after a recovery, the definitions are those of the source, or the last complete
//! ones.

use crate::check::DefinitionChange;
use crate::engine::Engine;
use crate::engine::previous_definition::PreviousDefinition;

impl Engine {
    /// The definition that a change would replace.
    pub(super) fn previous_definition(&self, change: &DefinitionChange) -> PreviousDefinition {
        let definitions = &self.definitions;
        match change {
            DefinitionChange::Configure(_) => PreviousDefinition::Settings(self.calendar.clone()),
            DefinitionChange::DefineField(definition) => {
                let known = definitions.find_field(definition.key.as_str());
                let previous = known.map(|no| definitions.field(no).clone());
                PreviousDefinition::Field(known.unwrap_or(definitions.next_field()), previous)
            }
            DefinitionChange::DeleteField(no) => {
                PreviousDefinition::Field(*no, Some(definitions.field(*no).clone()))
            }
            DefinitionChange::SaveSegment(saved) => {
                let no = saved.edited.unwrap_or(definitions.next_segment());
                let previous = saved.edited.map(|no| definitions.segment(no).clone());
                PreviousDefinition::Segment(no, previous)
            }
            DefinitionChange::DeleteSegment(no) => {
                PreviousDefinition::Segment(*no, Some(definitions.segment(*no).clone()))
            }
        }
    }

    /// Repairs an engine after a panic that was caught. It keeps its facts and the numbers of its contacts. It
    /// takes the definitions of `source`, a healthy engine of the same workspace. Without one it keeps its own,
    /// except a definition that the panic interrupted. Everything that is derived is computed again.
    ///
    /// Values of fields that are no longer defined are dropped. What an interrupted event had changed in the facts
    /// stays changed.
    pub fn recover(&mut self, source: Option<&Engine>) {
        let interrupted = self.interrupted.take();
        match source {
            Some(source) => {
                // Before the definitions change: pre-images name the fields that go.
                self.note_holders(|field| !source.definitions.has_field(field));
                self.definitions = source.definitions.clone();
                self.calendar = source.calendar.clone();
            }
            None => match interrupted {
                Some(PreviousDefinition::Settings(calendar)) => self.calendar = calendar,
                Some(PreviousDefinition::Field(no, previous)) => self.definitions.restore_field(no, previous),
                Some(PreviousDefinition::Segment(no, previous)) => {
                    self.definitions.restore_segment(no, previous);
                }
                None => {}
            },
        }
        self.handles.note_definitions(&self.definitions);
        self.facts.forget_fields_but(|field| self.definitions.has_field(field));
        if let Some(now) = self.now {
            // The local date of `now` depends on the time zone, which may have changed.
            self.set_now(now);
        }
        self.rebuild();
    }
}
