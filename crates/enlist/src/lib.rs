//! The front door of Enlist.

mod audience;
mod catalogue;
mod clock;
mod contact;
mod core;
mod delivery;
mod driver;
mod enlist;
mod error;
#[cfg(all(test, not(loom)))]
mod failures;
mod history;
mod ledger;
mod part;
mod pool;
mod publication;
mod published;
mod queue;
mod rebuild;
mod registry;
mod revision;
mod segment;
mod settings;
mod state;
mod stats;
mod submit;
mod subscriber;
mod subscription;
mod sync;
mod ticket;
mod told;
mod trail;
mod turn;
mod view;
mod whole;
mod workspace;

pub use audience::{Audience, ContactSet};
pub use clock::{Alarm, Clock, TestClock, WallClock};
pub use contact::{ContactDraft, ConversationDraft};
pub use core::Receipt;
pub use enlist::{Enlist, EnlistBuilder};
pub use error::{Error, RefusedEvent};
pub use history::{DayCount, HourCount};
pub use published::{Cause, Published, PublishedNotice, PublishedTransition};
pub use revision::{Revision, Sequence};
pub use segment::{Preview, Segment};
pub use settings::{HistorySettings, WorkspaceLimits, WorkspaceSettings};
pub use stats::{BytesOf, Stats};
pub use subscriber::{End, Gap, Overflow};
pub use subscription::{SubscribeOptions, Subscription};
pub use ticket::Ticket;
pub use view::{ContactPassage, View};
pub use workspace::Workspace;

pub use enlist_engine::{
    ContactDump, ConversationDump, Cursor, Difference, Dump, Error as EngineError, ExplainedNode,
    Explanation, Page, PageOrder, PageRequest, PageStart, Seen, Segment as SegmentDefinition, SegmentDump,
    SegmentSet,
};
pub use enlist_model as model;
pub use enlist_model::{
    Change, ContactId, ConversationId, Event, EventBody, EventBuilder, Instant, Json, Kind, Rule, SegmentId,
    WeekStart, WorkspaceId,
};
