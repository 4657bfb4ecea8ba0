//! Enlist keeps segment memberships up to date, in memory, inside your service.
//!
//! A CRM, a messaging inbox or a marketing product stores contacts, and its users define segments of them by rules. Send Enlist
//! each change as an event. It keeps the members, counts and pages of every segment current, sends subscribers every entry and
//! exit with its cause, and changes date-based memberships when a day begins, without an event.
//!
//! The main type is [`Enlist`]: it owns the threads, the clock, and the workspaces, one per tenant. A [`Workspace`] is a handle
//! that threads share: write to it, read it, subscribe to it.
//!
//! ```
//! use enlist::{Enlist, Kind, Published, SubscribeOptions};
//!
//! let enlist = Enlist::new()?;
//! let workspace = enlist.create_workspace("acme")?;
//! workspace.set_time_zone("Europe/Lisbon")?;
//! workspace.define_field("plan", Kind::Select)?;
//!
//! let rule = r#"{"match": "all", "conditions": [
//!     {"field": "plan", "operator": "equals", "value": "pro"},
//!     {"field": "created_at", "operator": "is_in_last_7_days"}]}"#;
//! let segment = workspace.segment("new-pro")?;
//! segment.save("Pro, new this week", rule)?;
//!
//! let mut subscription = workspace.subscribe(SubscribeOptions::all());
//! workspace.contact("ada").set("plan", "pro").add_label("vip").save()?;
//! assert_eq!(segment.count()?, 1);
//!
//! let Some(Published::Transition(entered)) = subscription.next() else { panic!("ada entered") };
//! assert_eq!((entered.segment().as_str(), entered.contact().as_str()), ("new-pro", "ada"));
//!
//! // In eight days ada leaves without any event. An audience keeps the members as they are now.
//! for batch in segment.freeze()?.batches(1_000) {
//!     assert_eq!(batch[0].as_str(), "ada");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to | see |
//! |---|---|
//! | create workspaces | [`Enlist::create_workspace_with`], [`WorkspaceSettings`], [`Enlist::restore_workspace`]; [`Enlist::import_workspace`] for a bulk load |
//! | write a workspace as events | [`Workspace::export`] |
//! | write | [`Workspace::contact`], [`Workspace::conversation`], [`Workspace::define_field`], [`Segment::save`]; [`Workspace::apply`] for a [`Batch`] of [events](Event), [`Workspace::apply_event`] for one |
//! | ask whether an event would be refused | [`Workspace::check`], [`View::check`] |
//! | write without waiting | [`Workspace::submit`], [`Workspace::try_submit`], [`Workspace::submit_when_room`], [`Workspace::submit_advance`], [`Workspace::submit_rebuild`], [`Enlist::submit_tick`], [`Ticket`] |
//! | read | [`Workspace::count`], [`Workspace::page`], [`Workspace::explain`]; [`Workspace::read`] for several questions at one [`Revision`] |
//! | try a rule | [`Segment::preview`], [`Workspace::matching`], [`Workspace::explain_rule`] |
//! | list contacts | [`View::everyone`], [`View::select`], [`ContactSet`], [`View::page_of`], [`View::contact`] |
//! | offer labels and options | [`View::labels`], [`View::options_of`] |
//! | find out why a call is refused | [`Error`], [`RuleProblem`], [`ValueProblem`] |
//! | receive changes | [`Workspace::subscribe`], [`Subscription`], [`Published`] |
//! | fix a set of members | [`Segment::freeze`], [`View::freeze`], [`Audience`] |
//! | read the past | [`View::counts_by_hour`], [`View::counts_by_day`], [`Workspace::recent_transitions`], [`Workspace::recently_published`] |
//! | control time in a test | [`TestClock`], [`EnlistBuilder::manual_time`] |
//! | monitor | [`Workspace::stats`], the features `tracing` and `metrics` |
//! | care for a store | [`Enlist::checkpoint`], [`Enlist::backup`], [`Enlist::verify`], [`Enlist::erase`] |
//! | shut down | [`Enlist::shutdown`] |
//!
//! The [`guide`] has one page each on [rules](guide::rules), [time](guide::time), [subscriptions](guide::subscriptions),
//! [your database](guide::database), [partitions](guide::partitions) and [tuning](guide::tuning). The crate `enlist-tokio` has the async API.

// With this lint, a new variant does not compile until every match handles it.
#![warn(clippy::wildcard_enum_match_arm)]

mod batch;
mod contact_set;
mod cursor;
mod drivers;
mod error;
pub mod guide;
mod handles;
mod hashing;
mod inbox;
mod opening;
mod partition;
mod progress;
mod publish;
mod randomness;
mod reference_order;
mod registry;
mod revision;
mod sequencer;
mod serialization;
mod settings;
mod store;
#[cfg(test)]
mod tests;
mod threads;

pub use batch::{Batch, OnRefusal, Receipt};
pub use contact_set::ContactSet;
pub use cursor::Cursor;
pub use error::{Error, RefusedEvent};
pub use handles::audience::Audience;
pub use handles::consumer::{Consumer, ConsumerOptions, ConsumerStatus, WhenFull};
pub use handles::contact::{ContactDraft, ConversationDraft};
pub use handles::enlist::Enlist;
pub use handles::enlist_builder::EnlistBuilder;
pub use handles::export::{ExportError, Exported};
pub use handles::import::{ImportError, ImportPhase, ImportProgress, Imported};
pub use handles::opening::Opening;
pub use handles::page::{Page, PageRequest, PageStart};
pub use handles::published::{Cause, Published, PublishedNotice, PublishedTransition};
pub use handles::segment::{Preview, Segment};
pub use handles::stored::InUse;
pub use handles::submission::Submission;
pub use handles::subscription::{SubscribeOptions, Subscription};
pub use handles::verification::{Verified, VerifyPhase, VerifyProgress};
pub use handles::view::View;
pub use handles::workspace::Workspace;
pub use inbox::ticket::Ticket;
pub use progress::open_report::{ChangedWorkspace, Damage, OpenReport};
pub use progress::{OpeningProgress, OpeningStage, WorkspaceProgress};
pub use publish::mailbox::{End, Gap, Overflow};
pub use revision::{Incarnation, Revision, Sequence, TagError};
pub use sequencer::history::{DayCount, HourCount};
pub use sequencer::stats::{MemoryUsage, Stats};
pub use settings::{HistorySettings, WorkspaceLimits, WorkspaceSettings};
pub use threads::clock::{Alarm, Clock, TestClock, WallClock};

pub use enlist_engine::{
    ContactDump, ConversationDump, Difference, Dump, Error as EngineError, ExplainedNode, Explanation,
    PageOrder, Seen, Segment as SegmentDefinition, SegmentDump, SegmentSet, StoredContact,
    StoredConversation,
};
pub use enlist_model as model;
pub use enlist_model::chrono;
pub use enlist_model::limits::ContentLimits;
pub use enlist_model::{
    Change, ContactCondition, ContactId, ConversationId, ErrorClass, Event, EventBody, EventBuilder, Instant,
    Json, Kind, ProblemCode, Rule, RuleProblem, SegmentId, UncheckedRule, ValueProblem, WeekStart,
    WorkspaceId,
};
pub use enlist_store::{Durability, Error as StoreError, SourcePosition, Versions};

/// The package's README is compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
