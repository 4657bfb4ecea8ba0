//! What a definition replaces, kept while the definition is carried out.

use enlist_model::FieldDefinition;

use crate::calendar::Calendar;
use crate::definitions::Segment;
use crate::ids::{FieldNo, SegmentNo};

/// What a definition replaces.
pub(super) enum PreviousDefinition {
    Settings(Calendar),
    /// `None`: the field did not exist.
    Field(FieldNo, Option<FieldDefinition>),
    /// `None`: the segment did not exist.
    Segment(SegmentNo, Option<Segment>),
}
