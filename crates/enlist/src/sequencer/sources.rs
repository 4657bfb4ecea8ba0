//! How far the sources of a workspace have been applied: the position of the last event of each.
//!
//! A source that is not sure what was applied sends again; what is there already is passed over. It does not know what a
//! position means to its source. Invariant: the position of a source only rises, and it takes effect with the events up to it.

use std::collections::BTreeMap;

use enlist_store::{Source, SourcePosition};

/// The positions of all sources.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    by_name: BTreeMap<String, SourcePosition>,
}

impl Sources {
    /// All sources and their positions, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, SourcePosition)> {
        self.by_name.iter().map(|(name, position)| (name.as_str(), *position))
    }

    /// The position of the last applied event of a source.
    pub(crate) fn position(&self, source: &str) -> Option<SourcePosition> {
        self.by_name.get(source).copied()
    }

    /// Whether the event at an index of a frame is there already.
    pub(crate) fn has_passed(&self, source: &Source, event: u32) -> bool {
        let Some(reached) = self.position(source.name()) else { return false };
        source.position_of(event).is_some_and(|position| position <= reached)
    }

    /// Notes that the events of a frame before an index have been considered.
    pub(crate) fn note(&mut self, source: &Source, before: u32) {
        let considered = source.positions().iter().rev().find(|(event, _)| *event < before);
        let Some((_, position)) = considered else { return };
        let reached = self.by_name.entry(source.name().to_owned()).or_insert(*position);
        *reached = (*reached).max(*position);
    }
}

impl FromIterator<(String, SourcePosition)> for Sources {
    fn from_iter<T: IntoIterator<Item = (String, SourcePosition)>>(positions: T) -> Self {
        Sources { by_name: positions.into_iter().collect() }
    }
}
