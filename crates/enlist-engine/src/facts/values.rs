//! The values of one contact or conversation, by field; an empty field takes no room.

use enlist_model::Value;

use crate::number::FieldNo;

/// Values in order of their fields' numbers, each field once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values(Vec<(FieldNo, Value)>);

impl Values {
    pub(crate) fn get(&self, field: FieldNo) -> Option<&Value> {
        self.0.binary_search_by_key(&field, |(no, _)| *no).ok().map(|index| &self.0[index].1)
    }

    /// Puts a value, or empties the field, and hands back what was there; `None` if nothing changed.
    pub(crate) fn replace(&mut self, field: FieldNo, value: Option<Value>) -> Option<Option<Value>> {
        match (self.0.binary_search_by_key(&field, |(no, _)| *no), value) {
            (Ok(index), Some(value)) => {
                let held = &mut self.0[index].1;
                (*held != value).then(|| Some(std::mem::replace(held, value)))
            }
            (Ok(index), None) => Some(Some(self.0.remove(index).1)),
            (Err(index), Some(value)) => {
                self.0.insert(index, (field, value));
                Some(None)
            }
            (Err(_), None) => None,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (FieldNo, &Value)> {
        self.0.iter().map(|(field, value)| (*field, value))
    }
}
