//! The vocabulary of Enlist: ids, kinds and values, the table of operators, fields, rules and their check, events,
//! transitions, errors; and their JSON.
//!
//! A host's web tier can check a rule with this crate alone. It knows no engine.
//!
//! | to | see |
//! |---|---|
//! | check a rule that a user wrote | [`Rule::check`], [`Definitions`] |
//! | show a rule to a person | [`Rule::sentence`] |
//! | know what an operator means | [`Predicate`], [`Operator`] |
//! | read an event | [`Event::parse`] |
//! | make an event in Rust | [`Event::contact_saved`] and the other constructors, [`EventBuilder`] |
//! | bound what rules, lists and values may be | [`limits::ContentLimits`] |
//! | leave out the values of an event that do not fit | [`Event::fitting`] |
//! | read the result | [`Transition`], [`Notice`] |
//! | check rules and events in another language | the directory `schema/`; with the feature `schema`, `Rule` and `Event` are `schemars::JsonSchema` |
//!
//! ```
//! use enlist_model::{Event, Instant};
//!
//! let at = Instant::parse("2026-11-23T10:00:00Z").expect("an instant");
//! let event = Event::contact_saved(at, "c1").set("plan", "pro").add_label("vip").build()?;
//! assert_eq!(Event::parse(&event.to_json().to_string())?, event);
//!
//! let refused = Event::parse(r#"{"type":"contact_saved","at":"2026-11-23T10:00:00Z","contcat":"c1"}"#).unwrap_err();
//! assert!(refused.to_string().contains("(did you mean `contact`?)"));
//! # Ok::<(), enlist_model::Error>(())
//! ```

// A new operator, kind or event type does not compile until every place handles it.
#![warn(clippy::wildcard_enum_match_arm)]

mod error;
mod error_class;
mod event;
mod event_type;
mod field;
mod id;
mod json;
#[cfg(feature = "schema")]
mod json_schema;
mod kind;
pub mod limits;
mod operator;
mod problem;
mod rule;
mod serialization;
mod short_text;
mod suggestion;
mod time;
mod transition;
mod value;

/// The API converts an [`Instant`] from and to `chrono::DateTime<Utc>`.
pub use chrono;
pub use error::Error;
pub use error_class::ErrorClass;
pub use event::builder::EventBuilder;
pub use event::fitting::LeftOut;
pub use event::value_check::{check_typed_value, check_value};
pub use event::{Event, EventBody, Label, Setting, draft};
pub use event_type::EventType;
pub use field::{
    CONVERSATION_CREATED_AT, CONVERSATION_LAST_ACTIVITY_AT, CREATED_AT, FieldDefinition, FieldKey, LABELS,
    LAST_ACTIVITY_AT, NAME, Scope,
};
pub use id::{ContactId, ConversationId, SegmentId, WorkspaceId};
pub use json::{Json, MAX_DEPTH};
pub use kind::Kind;
pub use operator::predicate::{Comparison, DayRange, DayWindow, LabelPredicate, Predicate, named_options};
pub use operator::{OperandShape, Operator};
pub use problem::{ProblemCode, RuleProblem, Unfit, ValueProblem};
pub use rule::defined_fields::DefinedFields;
pub use rule::definitions::Definitions;
pub use rule::unchecked::UncheckedRule;
pub use rule::{Condition, ContactCondition, Group, Match, Node, Rule, SegmentCondition};
pub use short_text::ShortText;
pub use time::date::Date;
pub use time::day::{Day, Today, WeekStart};
pub use time::instant::Instant;
pub use transition::{Cause, Change, Notice, NoticeOutcome, Transition};
pub use value::comparable::{Comparable, LabelSet};
pub use value::number::Number;
pub use value::options::{Options, read_option};
pub use value::packed_text::Text;
pub use value::text::{TextKey, text_digest};
pub use value::{Value, phone_digits};
