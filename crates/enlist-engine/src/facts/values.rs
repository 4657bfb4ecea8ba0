//! The values of one contact or conversation, by field; an empty field takes no room.

use enlist_model::Value;

use crate::number::FieldNo;

/// Values in order of their fields' numbers, each field once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values(Vec<(FieldNo, Value)>);

/// What a new value replaced.
pub(crate) enum Replaced {
    /// Nothing: it is equal to what is held.
    Nothing,
    /// This value, or emptiness.
    Was(Option<Value>),
}

impl Values {
    pub(crate) fn get(&self, field: FieldNo) -> Option<&Value> {
        self.0.binary_search_by_key(&field, |(no, _)| *no).ok().map(|index| &self.0[index].1)
    }

    /// Puts a value, or empties the field, and hands back what was there.
    pub(crate) fn replace(&mut self, field: FieldNo, value: Option<Value>) -> Replaced {
        match (self.0.binary_search_by_key(&field, |(no, _)| *no), value) {
            (Ok(index), Some(value)) => {
                let held = &mut self.0[index].1;
                if *held == value {
                    Replaced::Nothing
                } else {
                    Replaced::Was(Some(std::mem::replace(held, value)))
                }
            }
            (Ok(index), None) => Replaced::Was(Some(self.0.remove(index).1)),
            (Err(index), Some(value)) => {
                self.0.insert(index, (field, value));
                Replaced::Was(None)
            }
            (Err(_), None) => Replaced::Nothing,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (FieldNo, &Value)> {
        self.0.iter().map(|(field, value)| (*field, value))
    }
}
