//! A formed frame as a store keeps it, and back.
//!
//! Only what decides the outcome is kept: not the replies, and not the scans, which save time. It knows no bytes. Invariant: a frame
//! that was read back is executed as it was the first time.

use std::sync::Arc;

use enlist_store::{
    ByteLimit, Events, Expected as StoredExpected, Frame, FrameBody, OnRefusal as StoredOnRefusal, Outcome,
    Step, WorkspaceNumber,
};

use crate::batch::OnRefusal;
use crate::inbox::command::Expected;
use crate::revision::{Incarnation, Revision};
use crate::sequencer::formed::{Content, FormedFrame, Readings};

/// The frame of a workspace, to be kept.
pub(crate) fn frame(workspace: WorkspaceNumber, formed: &FormedFrame) -> Frame {
    let FormedFrame { revision, first_creation, readings, anchor, source, outcome: _, events, content } =
        formed;
    let revision = revision.number();
    // Without an anchor the frame compares with nothing.
    let anchor = anchor.unwrap_or_default();
    let step = Step { revision, formed_at: readings.clock, anchor };
    let of_events = |on_refusal, expected| {
        FrameBody::Events(Box::new(Events {
            step,
            first_creation: *first_creation,
            events: Arc::clone(events),
            on_refusal,
            expected,
            sources: source.iter().cloned().collect(),
            byte_limit: match readings.bytes {
                0 => ByteLimit::Within,
                bytes => ByteLimit::Exceeded { bytes: bytes as u64 },
            },
        }))
    };
    let body = match content {
        Content::Events { on_refusal } => {
            let on_refusal = match on_refusal {
                OnRefusal::Skip => StoredOnRefusal::Skip,
                OnRefusal::Stop => StoredOnRefusal::Stop,
            };
            of_events(on_refusal, StoredExpected::Anything)
        }
        Content::Segment { expected } => {
            let expected = match expected {
                Expected::Anything => StoredExpected::Anything,
                Expected::SavedAt(None) => StoredExpected::Absent,
                Expected::SavedAt(Some(revision)) => StoredExpected::SavedAt {
                    incarnation: revision.incarnation().bits(),
                    revision: revision.number(),
                },
            };
            of_events(StoredOnRefusal::Skip, expected)
        }
        Content::Advance { to } => FrameBody::Advance { step, to: *to },
        Content::Rebuild { .. } => FrameBody::Rebuild { step },
    };
    Frame { workspace, body }
}

/// The formed frame that was kept, for a workspace of this incarnation; `None` if a frame of this kind is not executed.
pub(crate) fn formed(
    body: FrameBody,
    incarnation: Incarnation,
    next_creation: u64,
    outcome: Option<Outcome>,
) -> Option<FormedFrame> {
    let whole = move |step: Step, content| FormedFrame {
        revision: Revision::new(incarnation, step.revision),
        first_creation: next_creation,
        readings: Readings { clock: step.formed_at, bytes: 0 },
        anchor: Some(step.anchor),
        source: None,
        outcome,
        events: Arc::default(),
        content,
    };
    match body {
        FrameBody::Events(kept) => {
            let Events { step, first_creation, events, on_refusal, expected, sources, byte_limit } = *kept;
            let content = match expected {
                StoredExpected::Anything => Content::Events {
                    on_refusal: match on_refusal {
                        StoredOnRefusal::Skip => OnRefusal::Skip,
                        StoredOnRefusal::Stop => OnRefusal::Stop,
                    },
                },
                StoredExpected::Absent => Content::Segment { expected: Expected::SavedAt(None) },
                StoredExpected::SavedAt { incarnation, revision } => {
                    let revision = Revision::new(Incarnation::from_bits(incarnation), revision);
                    Content::Segment { expected: Expected::SavedAt(Some(revision)) }
                }
            };
            let bytes = match byte_limit {
                ByteLimit::Within => 0,
                ByteLimit::Exceeded { bytes } => bytes as usize,
            };
            let source = sources.into_iter().next();
            let clock = step.formed_at;
            let readings = Readings { clock, bytes };
            Some(FormedFrame { first_creation, readings, source, events, ..whole(step, content) })
        }
        FrameBody::Advance { step, to } => Some(whole(step, Content::Advance { to })),
        FrameBody::Rebuild { step } => Some(whole(step, Content::Rebuild { partition: None })),
        FrameBody::Create(_)
        | FrameBody::Settings { .. }
        | FrameBody::Drop
        | FrameBody::Consumer { .. }
        | FrameBody::Outcome { .. } => None,
    }
}
