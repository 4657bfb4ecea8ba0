//! The values of one contact or conversation, by field; an empty field takes no room.
//!
//! The fields stand apart from the values, so that finding one reads few bytes.

use enlist_model::Value;

use crate::number::FieldNo;

/// How many values' room is made at once. Contacts are many and grow seldom, so room is not doubled.
const GROWTH: usize = 4;

/// Values in order of their fields' numbers, each field once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values {
    fields: Vec<FieldNo>,
    /// Of each field its value, in the same order.
    values: Vec<Value>,
}

/// What a new value replaced.
pub(crate) enum Replaced {
    /// Nothing: it is equal to what is held.
    Nothing,
    /// This value, or emptiness.
    Was(Option<Value>),
}

impl Values {
    pub(crate) fn get(&self, field: FieldNo) -> Option<&Value> {
        self.fields.binary_search(&field).ok().map(|index| &self.values[index])
    }

    /// Puts a value, or empties the field, and hands back what was there.
    pub(crate) fn replace(&mut self, field: FieldNo, value: Option<Value>) -> Replaced {
        match (self.fields.binary_search(&field), value) {
            (Ok(index), Some(value)) if self.values[index] == value => Replaced::Nothing,
            (Ok(index), Some(value)) => {
                Replaced::Was(Some(std::mem::replace(&mut self.values[index], value)))
            }
            (Ok(index), None) => {
                self.fields.remove(index);
                Replaced::Was(Some(self.values.remove(index)))
            }
            (Err(index), Some(value)) => {
                self.insert(index, field, value);
                Replaced::Was(None)
            }
            (Err(_), None) => Replaced::Nothing,
        }
    }

    fn insert(&mut self, index: usize, field: FieldNo, value: Value) {
        if self.values.len() == self.values.capacity() {
            self.values.reserve_exact(GROWTH);
            self.fields.reserve_exact(GROWTH);
        }
        self.fields.insert(index, field);
        self.values.insert(index, value);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (FieldNo, &Value)> {
        self.fields.iter().copied().zip(&self.values)
    }
}
