//! What a workspace publishes, as values: transitions, notices, gaps.
//!
//! The places of flipped conditions are those of the rule that is in force when the value is made; a condition that is not in it any
//! more is shown without its place. Invariant: what is published in one form in the stream has the same form in a page.

use std::collections::BTreeMap;

use enlist::model::NoticeOutcome;
use enlist::{
    Cause, ContactCondition, ContactSet, Gap, Published, PublishedNotice, PublishedTransition, SegmentId,
    Sequence,
};
use enlist_tokio::AsyncWorkspace;
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType};
use utoipa::{PartialSchema, ToSchema};

use crate::answer::response::Document;
use crate::answer::wire::{Open, Tag};
use crate::rule_places::places;

/// How many ids of contacts a notice shows; of more, the client reads the segment again.
const SHOWN: u64 = 1_000;

/// Something that was published.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum PublishedShown {
    Transition(TransitionShown),
    Notice(NoticeShown),
    Gap(GapShown),
}

/// A contact entered or left a segment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TransitionShown {
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) segment: String,
    pub(crate) contact: String,
    /// `entered` or `left`
    pub(crate) change: &'static str,
    /// `{"event": 12}`, `{"settings": 12}` or `"clock"`
    pub(crate) cause: CauseShown,
    /// The conditions that flipped.
    pub(crate) flipped: Vec<Flipped>,
    pub(crate) revision: Tag,
}

/// Why a contact entered or left.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct CauseShown(Cause);

impl PartialSchema for CauseShown {
    fn schema() -> RefOr<Schema> {
        // A word or an object, so it has no type.
        ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
    }
}
impl ToSchema for CauseShown {}

/// A condition that flipped.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Flipped {
    /// Where it is in the segment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
    pub(crate) condition: Open,
    /// Whether it holds now.
    pub(crate) holds: bool,
}

/// A segment was saved or deleted, or one that it refers to was.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NoticeShown {
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) segment: String,
    /// `built`, `rebuilt` or `dropped`
    pub(crate) change: &'static str,
    /// How many contacts are new in it.
    pub(crate) entered: u64,
    /// How many contacts are no more in it.
    pub(crate) left: u64,
    /// These, unless they are too many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entered_contacts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left_contacts: Option<Vec<String>>,
    /// Whether the client must read the segment's members again.
    pub(crate) read_again: bool,
    pub(crate) revision: Tag,
}

/// Something is missing: read the segments again, as of `revision` or later.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GapShown {
    /// The last that is missing.
    pub(crate) id: String,
    /// The first that is missing.
    pub(crate) from: String,
    /// The first that is not missing.
    pub(crate) until: String,
    pub(crate) revision: Tag,
}

/// What is retained of what was published.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Transitions {
    pub(crate) transitions: Vec<PublishedShown>,
    /// The `after` of the next page; `null` if this one is empty.
    pub(crate) next: Option<String>,
}

/// The latest entries and exits of a contact.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ContactTransitions {
    pub(crate) transitions: Vec<TransitionShown>,
}

impl Document for Transitions {}
impl Document for ContactTransitions {}

impl PublishedShown {
    /// Its name as an event of a stream.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            PublishedShown::Transition(_) => "transition",
            PublishedShown::Notice(_) => "notice",
            PublishedShown::Gap(_) => "gap",
        }
    }

    /// The sequence after which a reader goes on.
    pub(crate) fn id(&self) -> &str {
        match self {
            PublishedShown::Transition(TransitionShown { id, .. })
            | PublishedShown::Notice(NoticeShown { id, .. })
            | PublishedShown::Gap(GapShown { id, .. }) => id,
        }
    }
}

impl From<Gap> for GapShown {
    fn from(gap: Gap) -> Self {
        let before = Sequence::new(gap.until.incarnation(), gap.until.number().saturating_sub(1));
        GapShown {
            id: before.to_string(),
            from: gap.from.to_string(),
            until: gap.until.to_string(),
            revision: Tag(gap.revision),
        }
    }
}

/// Makes values of what a workspace publishes.
pub(crate) struct Shower {
    workspace: AsyncWorkspace,
    /// Where the conditions of segments are, of those that were asked for since they were saved last.
    places: BTreeMap<SegmentId, Vec<(ContactCondition, String)>>,
}

impl Shower {
    pub(crate) fn new(workspace: AsyncWorkspace) -> Self {
        Shower { workspace, places: BTreeMap::new() }
    }

    pub(crate) async fn show(&mut self, published: &Published) -> PublishedShown {
        match published {
            Published::Transition(transition) => {
                PublishedShown::Transition(self.transition(transition).await)
            }
            Published::Notice(notice) => PublishedShown::Notice(self.notice(notice).await),
            Published::Gap(gap) => {
                // Segments may have been saved meanwhile.
                self.places.clear();
                PublishedShown::Gap((*gap).into())
            }
        }
    }

    async fn transition(&mut self, transition: &PublishedTransition) -> TransitionShown {
        let flipped = transition.flipped();
        if !flipped.is_empty() {
            self.look_up(transition.segment()).await;
        }
        let places = self.places.get(transition.segment()).map(Vec::as_slice).unwrap_or_default();
        let flipped = flipped.into_iter().map(|(condition, holds)| Flipped {
            pointer: places.iter().find(|(each, _)| each == condition).map(|(_, pointer)| pointer.clone()),
            condition: Open::of(condition),
            holds,
        });
        TransitionShown {
            id: transition.sequence().to_string(),
            at: transition.at().to_string(),
            segment: transition.segment().as_str().to_owned(),
            contact: transition.contact().as_str().to_owned(),
            change: transition.change().name(),
            cause: CauseShown(transition.cause()),
            flipped: flipped.collect(),
            revision: Tag(transition.revision()),
        }
    }

    async fn look_up(&mut self, segment: &SegmentId) {
        if self.places.contains_key(segment) {
            return;
        }
        let sought = segment.clone();
        let found = self.workspace.read(move |view| {
            view.segments().find(|each| *each.id() == sought).map(|segment| places(segment.rule()))
        });
        // Without the workspace there are no places either; the conditions are shown all the same.
        let found = found.await.ok().flatten().unwrap_or_default();
        self.places.insert(segment.clone(), found);
    }

    async fn notice(&mut self, published: &PublishedNotice) -> NoticeShown {
        let notice = published.notice();
        self.places.remove(&notice.segment);
        let (change, entered, left) = match notice.outcome {
            NoticeOutcome::Built { members } => ("built", members, 0),
            NoticeOutcome::Rebuilt { entered, left } => ("rebuilt", entered, left),
            NoticeOutcome::Dropped => ("dropped", 0, 0),
        };
        let (new, gone) = (self.ids(published.entered()).await, self.ids(published.left()).await);
        NoticeShown {
            id: published.sequence().to_string(),
            at: notice.at.to_string(),
            segment: notice.segment.as_str().to_owned(),
            change,
            entered,
            left,
            read_again: new.is_none() || gone.is_none(),
            entered_contacts: new,
            left_contacts: gone,
            revision: Tag(published.revision()),
        }
    }

    /// The ids of contacts, if they are few.
    async fn ids(&self, set: ContactSet) -> Option<Vec<String>> {
        if set.len() > SHOWN {
            return None;
        }
        let ids = self.workspace.read(move |view| view.contact_ids(&set)).await;
        Some(ids.ok()?.ok()?.iter().map(|id| id.as_str().to_owned()).collect())
    }
}
