//! One event over two partitions: what it takes out of one it puts into the other, and each partition settles its
//! own contact.
//!
//! The steps are those within one partition (check, advance, record, settle), with one check before both are
//! changed. Invariant: either both partitions change or neither does.

use enlist_model::{Cause, Event};
use smallvec::smallvec;

use crate::check::Crossing;
use crate::engine::{Engine, Sink};
use crate::error::Error;
use crate::facts::{ConversationDelta, Delta, NewValues, Recorded};
use crate::ids::{ContactNo, ConversationNo};

/// Applies an event that concerns two partitions of one workspace: `contact_merged` with the contact in `from` and
/// the contact it is merged into in `to`, or `conversation_saved` with the conversation in `from` and its new
/// contact in `to`. An `activity` with the conversation in `from` and the contact in `to` is refused, because the
/// conversation belongs to another contact. Each partition reports its own transitions. Any other event is applied
/// to `to` alone.
///
/// Both partitions must have had the same definitions in the same order.
///
/// # Errors
/// [`Error`] if the event is refused; then nothing has changed in either.
pub fn apply_across(
    event: &Event,
    from: &mut Engine,
    to: &mut Engine,
    (from_out, to_out): (&mut dyn Sink, &mut dyn Sink),
) -> Result<(), Error> {
    let Some(crossing) = Crossing::check(event, from.validator(), to.validator())? else {
        return to.apply(event, to_out);
    };
    // Each partition knows only its own latest instant; the event happens at the later one in both.
    let now = from.advance_to(event.at, from_out).max(to.advance_to(event.at, to_out));
    let cause = Cause::Event(to.count_event());
    // `from` has accepted the event too; its transitions bear the number that `to` counts.
    from.count_event();
    let (leaves, comes) = match crossing {
        Crossing::Merge { contact, into, values } => merge(from, to, contact, into, values),
        Crossing::Move { conversation, contact, values } => transfer(from, to, conversation, contact, values),
    };
    from.settle_recorded(&leaves, now, cause, from_out);
    to.settle_recorded(&comes, now, cause, to_out);
    Ok(())
}

/// Whether [`apply_across`] would accept an event.
///
/// # Errors
/// The same as [`apply_across`].
pub fn check_across(event: &Event, from: &Engine, to: &Engine) -> Result<(), Error> {
    match Crossing::check(event, from.validator(), to.validator())? {
        Some(_) => Ok(()),
        None => to.check(event),
    }
}

fn merge(
    from: &mut Engine,
    to: &mut Engine,
    contact: ContactNo,
    into: ContactNo,
    values: NewValues,
) -> (Recorded, Recorded) {
    // Both, before either changes.
    from.note_deleted(contact);
    to.note_contact(into);
    let deleted = from.facts.take_contact(contact);
    let labels = from.facts.labels_of(&deleted);
    let delta = to.facts.absorb(into, values, &labels, &deleted.conversations);
    (
        Recorded { deleted: Some(deleted), ..Recorded::default() },
        Recorded { deltas: smallvec![delta], deleted: None },
    )
}

fn transfer(
    from: &mut Engine,
    to: &mut Engine,
    conversation: ConversationNo,
    contact: ContactNo,
    set: NewValues,
) -> (Recorded, Recorded) {
    from.note_contact(from.facts.conversations.get(conversation).contact);
    to.note_contact(contact);
    let id = from.facts.conversations.get(conversation).id.clone();
    let leaves = from.facts.take_conversation(conversation);
    let went = leaves.conversations.iter().find_map(|delta| match delta {
        ConversationDelta::Went(values) => Some(values),
        ConversationDelta::Came(_) | ConversationDelta::Changed(..) => None,
    });
    let held = went.into_iter().flatten().map(|(field, value)| (*field, Some(value.clone())));
    let mut comes = Delta::of(contact);
    to.facts.create_conversation(&mut comes, id, held.chain(set).collect());
    (
        Recorded { deltas: smallvec![leaves], deleted: None },
        Recorded { deltas: smallvec![comes], deleted: None },
    )
}
