//! The labels and options that handles name. They are kept as long as the engine, because a host may keep a handle as long.
//!
//! Invariant: an option is marked as accepted exactly if the definition of its field accepts it now.

use enlist_model::{Label, ShortText, TextKey};

use crate::bytes;
use crate::definitions::Definitions;
use crate::ids::FieldNo;
use crate::seeded_map::{KeyHasher, SeededMap};

/// An option that a handle names.
#[derive(Debug)]
pub(crate) struct NamedOption {
    pub(crate) field: FieldNo,
    pub(crate) option: ShortText,
    /// Whether the field accepts it, so that an event need not search the field's options.
    pub(crate) is_accepted: bool,
}

/// Labels and options by the places that handles have.
#[derive(Debug)]
pub(crate) struct HandleTable {
    labels: Vec<Label>,
    label_places: SeededMap<TextKey, u32>,
    options: Vec<NamedOption>,
    option_places: SeededMap<(FieldNo, ShortText), u32>,
}

impl HandleTable {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        HandleTable {
            labels: Vec::new(),
            label_places: SeededMap::new(hasher),
            options: Vec::new(),
            option_places: SeededMap::new(hasher),
        }
    }

    /// The place of a label. The spelling is that with which it was first asked for.
    pub(crate) fn place_of_label(&mut self, label: Label) -> u32 {
        if let Some(place) = self.label_places.get(&label.key) {
            return *place;
        }
        let place = self.labels.len() as u32;
        self.label_places.insert(label.key.clone(), place);
        self.labels.push(label);
        place
    }

    /// The place of an option that its field accepts.
    pub(crate) fn place_of_option(&mut self, field: FieldNo, option: &str) -> u32 {
        let option = ShortText::from(option);
        let key = (field, option.clone());
        if let Some(place) = self.option_places.get(&key) {
            return *place;
        }
        let place = self.options.len() as u32;
        self.option_places.insert(key, place);
        self.options.push(NamedOption { field, option, is_accepted: true });
        place
    }

    pub(crate) fn label(&self, place: u32) -> Option<&Label> {
        self.labels.get(place as usize)
    }

    pub(crate) fn option(&self, place: u32) -> Option<&NamedOption> {
        self.options.get(place as usize)
    }

    /// Looks again which options are accepted, after the definition of a field has changed.
    pub(crate) fn note_definitions(&mut self, definitions: &Definitions) {
        for named in &mut self.options {
            named.is_accepted = definitions.has_field(named.field)
                && definitions.field(named.field).takes_option(&named.option);
        }
    }

    /// The memory that it takes, estimated.
    pub(crate) fn bytes(&self) -> usize {
        bytes::list(&self.labels)
            + self.label_places.table_bytes()
            + bytes::list(&self.options)
            + self.option_places.table_bytes()
    }
}
