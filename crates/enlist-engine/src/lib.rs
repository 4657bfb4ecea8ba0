//! The engine of Enlist: one partition of one workspace, incremental, in memory, deterministic.
//!
//! An [`Engine`] takes [events](enlist_model::Event) and time. It keeps the membership of every segment and reports
//! every contact that enters or leaves one. It has no clock, no thread, no file and no randomness: the same events
//! always give the same [outputs](Output) in the same order. The host passes time in ([`Engine::advance`]) and asks
//! when to call again ([`Engine::next_deadline`]).
//!
//! | to | see |
//! |---|---|
//! | change something | [`Engine::apply`], [`Engine::apply_batch`], [`Engine::advance`], [`Engine::load`] |
//! | change something by handles | [`Engine::apply_typed`], [`Engine::contact_handle`], [`TypedEvent`] |
//! | ask how many and who | [`Engine::count`], [`Engine::page`], [`page_across`], [`Engine::contains`], [`Engine::segments_of`] |
//! | ask what is stored | [`Engine::contact`], [`Engine::labels_in_use`], [`Engine::options_in_use`] |
//! | ask why, and what if | [`Engine::explain`], [`Engine::preview`] |
//! | combine segments | [`Engine::select`], [`Engine::overlap`], [`Engine::bitmap`], [`Engine::everyone`], [`page_of_across`] |
//! | store the contacts that change | [`Engine::note_changes`], [`Engine::begin_saving`], [`Engine::step_saving`], [`Engine::begin_restore`] |
//! | keep and check the state | [`Engine::dump`], [`Engine::restore`], [`Engine::verify`], [`Engine::work`], [`Engine::bytes`] |

// With this lint, a new operator, kind or event type does not compile until every match handles it.
#![warn(clippy::wildcard_enum_match_arm)]

mod backfill;
mod bytes;
mod calendar;
mod check;
mod compiled_rule;
mod conditions;
mod deadlines;
mod definitions;
mod engine;
mod error;
mod evaluator;
mod facts;
mod flips;
mod growth;
mod handles;
mod ids;
mod index;
mod membership;
mod query;
mod seeded_map;
mod seeded_numbers;
mod verify;
mod work;

pub use calendar::time_zone_version;
pub use definitions::Segment;
pub use engine::causes::{Flip, RuleConditions};
pub use engine::{
    BorrowedTransitions, BulkLoad, Bytes, ContactDump, ConversationDump, Dump, Engine, MemberDigest,
    NoticeOutput, Output, PREFETCHED_EVENTS, PreparedTurn, Preview, Restore, RetainedIds, RuleScan, Run,
    Saving, SegmentDump, Sink, Unsaved, apply_across, check_across,
};
pub use error::{Error, Refused, StaleTurn};
pub use handles::typed_event::{ContactChange, ConversationChange, TypedChange, TypedEvent, TypedValue};
pub use handles::{ContactHandle, ConversationHandle, FieldHandle, LabelHandle, OptionHandle};
pub use ids::SegmentOrder;
pub use query::{
    ExplainedNode, Explanation, IdSearch, Page, PageOrder, PagePosition, PageRequest, PageStart, Seen,
    SegmentSet, StoredContact, StoredConversation, page_across, page_of_across,
};
/// The API shows sets of contacts as `roaring::RoaringBitmap`.
pub use roaring;
pub use seeded_map::HashSeed;
pub use verify::Difference;
pub use work::Work;
