//! serde for the words of the model, both ways.
//!
//! | type | form |
//! |---|---|
//! | ids, field keys, kinds, operators, instants, days, dates, labels, options, codes | a string |
//! | [`Event`](crate::Event) | an object, as in an event log |
//! | [`Rule`](crate::Rule), [`UncheckedRule`](crate::UncheckedRule) | an object, as in `segment_saved`. A rule is checked before it exists, so only the unchecked one is deserialized |
//! | [`Value`](crate::Value) | as an event sets it. A value is read by the kind of its field, so it is deserialized as [`Json`](crate::Json) |
//! | [`FieldDefinition`](crate::FieldDefinition) | an object with `field`, `kind`, `options`, `default`, `built_in` |
//! | problems | an object of their facts, with the sentence as `message` |
//!
//! It knows no workspace. Invariant: what is deserialized passed the same checks as what is read from text. Text itself
//! is read by [`Json::parse`](crate::Json::parse) alone, which also bounds it and names the column of an error.

mod conversions;
mod definition;
mod objects;
mod strings;
