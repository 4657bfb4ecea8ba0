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

mod comparable;
mod condition_check;
mod cycle;
mod date;
mod date_problem;
mod day;
mod definitions;
pub mod draft;
mod error;
mod event;
mod event_builder;
mod event_checks;
mod event_reader;
mod event_type;
mod event_writer;
mod field;
mod fitting;
mod foreign_words;
mod id;
mod instant;
mod json;
#[cfg(feature = "schema")]
mod json_schema;
mod kind;
pub mod limits;
mod number;
mod operator;
mod options;
mod predicate;
mod problem;
mod rule;
mod rule_check;
mod rule_problems;
mod sense;
mod sentence;
mod short_text;
mod suggestion;
mod text;
mod transition;
mod value;
mod value_check;

/// The API converts an [`Instant`] from and to `chrono::DateTime<Utc>`.
pub use chrono;
pub use comparable::{Comparable, LabelSet};
pub use date::Date;
pub use day::{Day, Today, WeekStart};
pub use definitions::Definitions;
pub use error::Error;
pub use event::{Event, EventBody, Label, Setting};
pub use event_builder::EventBuilder;
pub use event_type::EventType;
pub use field::{
    CONVERSATION_CREATED_AT, CONVERSATION_LAST_ACTIVITY_AT, CREATED_AT, FieldDefinition, FieldKey, LABELS,
    LAST_ACTIVITY_AT, NAME, Scope,
};
pub use fitting::LeftOut;
pub use id::{ContactId, ConversationId, SegmentId, WorkspaceId};
pub use instant::Instant;
pub use json::{Json, MAX_DEPTH};
pub use kind::Kind;
pub use number::Number;
pub use operator::{OperandShape, Operator};
pub use options::{Options, read_option};
pub use predicate::{Comparison, DayRange, DayWindow, Predicate, named_options};
pub use problem::{ProblemCode, RuleProblem, Unfit, ValueProblem};
pub use rule::{Condition, Group, Match, Node, Rule, SegmentCondition};
pub use short_text::ShortText;
pub use text::TextKey;
pub use transition::{Cause, Change, Notice, NoticeOutcome, Transition};
pub use value::{Text, Value, phone_digits};
pub use value_check::check_value;
