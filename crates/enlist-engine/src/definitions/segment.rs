//! A saved segment.
//!
//! It knows its rule, and not its members.

use std::collections::BTreeSet;

use enlist_model::{Rule, SegmentId, ShortText};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::ids::SegmentNo;

/// A saved segment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Segment {
    pub(crate) id: SegmentId,
    pub(crate) name: ShortText,
    pub(crate) rule: Rule,
    /// The segments whose rules refer to this one.
    pub(crate) referred_by: BTreeSet<SegmentNo>,
}

impl Segment {
    /// Its id.
    pub fn id(&self) -> &SegmentId {
        &self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its rule.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }
}

impl Serialize for Segment {
    /// With the members of `segment_saved`: `segment`, `name`, `rule`.
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(3))?;
        map.serialize_entry("segment", &self.id)?;
        map.serialize_entry("name", self.name())?;
        map.serialize_entry("rule", &self.rule)?;
        map.end()
    }
}
