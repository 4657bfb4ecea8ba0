//! The stored form of a frame, and conversions both ways.
//!
//! The order of variants and members is the format: a change of it is a new version. It does not know the library that makes bytes
//! of it. Invariant: whatever is read passes the same checks as what is made in Rust.

use std::sync::Arc;

use enlist_model::{Instant, WorkspaceId};

use super::consumer::StoredConsumer;
use super::event::{self, StoredEvent};
use super::settings::StoredSettings;
use super::{
    Anchor, ByteLimit, Creation, Events, Expected, Frame, FrameBody, FrameKind, OnRefusal, Outcome, Source,
    SourcePosition, Step, WorkspaceNumber,
};
use crate::codec::{self, BorrowDecode, Depth, Encode, List};
use crate::error::Error;

/// A frame that borrows its texts.
#[derive(Debug, PartialEq, Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
pub(super) struct StoredFrame<'a> {
    workspace: u64,
    body: StoredBody<'a>,
}

#[derive(Debug, PartialEq, Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
enum StoredBody<'a> {
    Create { id: &'a str, incarnation: u64, cursor_key: [u8; 32], settings: StoredSettings, formed_at: i64 },
    Events(StoredEvents<'a>),
    Advance { step: StoredStep, to: i64 },
    Settings { step: StoredStep, settings: StoredSettings },
    Drop,
    Consumer { consumer: &'a str, record: Option<StoredConsumer> },
    Outcome { revision: u64, refused: List<u32>, next_sequence: u64 },
    Rebuild { step: StoredStep },
}

#[derive(Debug, PartialEq, Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
struct StoredEvents<'a> {
    step: StoredStep,
    first_creation: u64,
    events: List<StoredEvent<'a>>,
    stops: bool,
    expected: StoredExpected,
    sources: List<StoredSource<'a>>,
    /// The estimate of memory, if it exceeded the limit.
    exceeding_bytes: Option<u64>,
}

#[derive(Debug, PartialEq, Encode, BorrowDecode)]
struct StoredStep {
    revision: u64,
    formed_at: i64,
    /// How far the anchor's revision is behind.
    anchor_behind: u64,
    anchor_sequence: u64,
}

#[derive(Debug, PartialEq, Encode, BorrowDecode)]
enum StoredExpected {
    Anything,
    Absent,
    SavedAt { incarnation: u64, revision: u64 },
}

#[derive(Debug, PartialEq, Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
struct StoredSource<'a> {
    name: &'a str,
    /// For each event: how many indices after the one before; how much greater the first number of the position; the second
    /// number, or where the first one is the same, how much greater it is.
    steps: List<(u32, u64, u64)>,
}

/// The kinds of [`StoredBody`], in the order of its variants.
const KINDS: [FrameKind; 8] = [
    FrameKind::Create,
    FrameKind::Events,
    FrameKind::Advance,
    FrameKind::Settings,
    FrameKind::Drop,
    FrameKind::Consumer,
    FrameKind::Outcome,
    FrameKind::Rebuild,
];

/// How every frame begins.
#[derive(BorrowDecode)]
#[bincode(decode_context = "Depth")]
struct Beginning {
    workspace: u64,
    variant: u32,
}

/// The workspace of a frame and its kind.
pub(super) fn kind(bytes: &[u8]) -> Result<(WorkspaceNumber, FrameKind), Error> {
    let Beginning { workspace, variant } = codec::decode_beginning(bytes)?;
    let kind = usize::try_from(variant).ok().and_then(|variant| KINDS.get(variant));
    let kind = kind.ok_or_else(|| Error::malformed(format!("the unknown variant {variant}")))?;
    Ok((WorkspaceNumber(workspace), *kind))
}

pub(crate) fn instant(milliseconds: i64) -> Result<Instant, Error> {
    Instant::from_milliseconds(milliseconds)
        .ok_or_else(|| Error::malformed("an instant outside the years 0001 to 9998"))
}

impl<'a> StoredFrame<'a> {
    pub(super) fn of(frame: &'a Frame) -> Result<Self, Error> {
        let body = match &frame.body {
            FrameBody::Create(creation) => StoredBody::Create {
                id: creation.id.as_str(),
                incarnation: creation.incarnation,
                cursor_key: creation.cursor_key,
                settings: StoredSettings::of(&creation.settings),
                formed_at: creation.formed_at.milliseconds(),
            },
            FrameBody::Events(events) => StoredBody::Events(StoredEvents::of(events)?),
            FrameBody::Advance { step, to } => {
                StoredBody::Advance { step: StoredStep::of(step), to: to.milliseconds() }
            }
            FrameBody::Settings { step, settings } => {
                StoredBody::Settings { step: StoredStep::of(step), settings: StoredSettings::of(settings) }
            }
            FrameBody::Drop => StoredBody::Drop,
            FrameBody::Consumer { consumer, record } => {
                StoredBody::Consumer { consumer, record: record.as_ref().map(StoredConsumer::of) }
            }
            FrameBody::Rebuild { step } => StoredBody::Rebuild { step: StoredStep::of(step) },
            FrameBody::Outcome { revision, outcome } => StoredBody::Outcome {
                revision: *revision,
                refused: List(outcome.refused.clone()),
                next_sequence: outcome.next_sequence,
            },
        };
        Ok(StoredFrame { workspace: frame.workspace.0, body })
    }

    pub(super) fn into_frame(self) -> Result<Frame, Error> {
        let body = match self.body {
            StoredBody::Create { id, incarnation, cursor_key, settings, formed_at } => {
                FrameBody::Create(Box::new(Creation {
                    id: WorkspaceId::new(id).map_err(|error| event::refused(&error))?,
                    incarnation,
                    cursor_key,
                    settings: settings.into_record()?,
                    formed_at: instant(formed_at)?,
                }))
            }
            StoredBody::Events(events) => FrameBody::Events(Box::new(events.into_events()?)),
            StoredBody::Advance { step, to } => {
                FrameBody::Advance { step: step.into_step()?, to: instant(to)? }
            }
            StoredBody::Settings { step, settings } => {
                FrameBody::Settings { step: step.into_step()?, settings: Box::new(settings.into_record()?) }
            }
            StoredBody::Drop => FrameBody::Drop,
            StoredBody::Consumer { consumer, record } => FrameBody::Consumer {
                consumer: consumer.to_owned(),
                record: record.map(StoredConsumer::into_record),
            },
            StoredBody::Outcome { revision, refused, next_sequence } => {
                FrameBody::Outcome { revision, outcome: Outcome { refused: refused.0, next_sequence } }
            }
            StoredBody::Rebuild { step } => FrameBody::Rebuild { step: step.into_step()? },
        };
        Ok(Frame { workspace: WorkspaceNumber(self.workspace), body })
    }
}

impl<'a> StoredEvents<'a> {
    fn of(events: &'a Events) -> Result<Self, Error> {
        Ok(StoredEvents {
            step: StoredStep::of(&events.step),
            first_creation: events.first_creation,
            events: event::stored(&events.events, events.step.formed_at)?,
            stops: match events.on_refusal {
                OnRefusal::Skip => false,
                OnRefusal::Stop => true,
            },
            expected: match events.expected {
                Expected::Anything => StoredExpected::Anything,
                Expected::Absent => StoredExpected::Absent,
                Expected::SavedAt { incarnation, revision } => {
                    StoredExpected::SavedAt { incarnation, revision }
                }
            },
            sources: List(events.sources.iter().map(StoredSource::of).collect()),
            exceeding_bytes: match events.byte_limit {
                ByteLimit::Within => None,
                ByteLimit::Exceeded { bytes } => Some(bytes),
            },
        })
    }

    fn into_events(self) -> Result<Events, Error> {
        let step = self.step.into_step()?;
        let events = event::events(self.events, step.formed_at)?;
        let sources: Vec<Source> =
            self.sources.0.into_iter().map(StoredSource::into_source).collect::<Result<_, _>>()?;
        let within =
            |source: &Source| source.positions().iter().all(|(event, _)| (*event as usize) < events.len());
        if !sources.iter().all(within) {
            return Err(Error::malformed("a position of an event that is not there"));
        }
        Ok(Events {
            step,
            first_creation: self.first_creation,
            events: Arc::new(events),
            on_refusal: if self.stops { OnRefusal::Stop } else { OnRefusal::Skip },
            expected: match self.expected {
                StoredExpected::Anything => Expected::Anything,
                StoredExpected::Absent => Expected::Absent,
                StoredExpected::SavedAt { incarnation, revision } => {
                    Expected::SavedAt { incarnation, revision }
                }
            },
            sources,
            byte_limit: self.exceeding_bytes.map_or(ByteLimit::Within, |bytes| ByteLimit::Exceeded { bytes }),
        })
    }
}

impl StoredStep {
    fn of(step: &Step) -> Self {
        StoredStep {
            revision: step.revision,
            formed_at: step.formed_at.milliseconds(),
            anchor_behind: step.revision.wrapping_sub(step.anchor.revision),
            anchor_sequence: step.anchor.sequence,
        }
    }

    fn into_step(self) -> Result<Step, Error> {
        Ok(Step {
            revision: self.revision,
            formed_at: instant(self.formed_at)?,
            anchor: Anchor {
                revision: self.revision.wrapping_sub(self.anchor_behind),
                sequence: self.anchor_sequence,
            },
        })
    }
}

impl<'a> StoredSource<'a> {
    fn of(source: &'a Source) -> Self {
        let (mut event, mut position) = (0, SourcePosition::default());
        let step = |(next_event, next): &(u32, SourcePosition)| {
            let second = if next.0 == position.0 { next.1 - position.1 } else { next.1 };
            let step = (next_event - event, next.0 - position.0, second);
            (event, position) = (*next_event, *next);
            step
        };
        StoredSource { name: source.name(), steps: List(source.positions().iter().map(step).collect()) }
    }

    fn into_source(self) -> Result<Source, Error> {
        let wrong = || Error::malformed("positions of a source that do not rise");
        let (mut event, mut position) = (0_u32, SourcePosition::default());
        let mut positions = Vec::with_capacity(self.steps.0.len());
        for (events, first, second) in self.steps.0 {
            event = event.checked_add(events).ok_or_else(wrong)?;
            let before = if first == 0 { position.1 } else { 0 };
            let next = position.0.checked_add(first).zip(before.checked_add(second)).ok_or_else(wrong)?;
            position = SourcePosition(next.0, next.1);
            positions.push((event, position));
        }
        Source::new(self.name.to_owned(), positions).ok_or_else(wrong)
    }
}
