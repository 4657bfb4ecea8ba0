//! Events of handles, compared with the oracle, which receives the same events by ids.

use enlist_engine::{ContactChange, ConversationChange, Engine, FieldHandle, TypedEvent, TypedValue};
use enlist_model::{ContactId, Event, EventBody, Instant, Json, Label, SegmentId, Value};
use enlist_sim::{Emitted, EngineSubject, Profile, Subject, simulate};

/// An engine that receives every event by handles for which there are handles.
#[derive(Default)]
struct ByHandles {
    inner: EngineSubject,
    typed: usize,
}

impl Subject for ByHandles {
    fn apply(&mut self, event: &Event) -> Result<Vec<Emitted>, String> {
        let Some(typed) = typed(event, self.inner.engine_mut()) else { return self.inner.apply(event) };
        self.typed += 1;
        self.inner.apply_typed(&typed)
    }

    fn memberships(&self) -> Vec<(SegmentId, Vec<ContactId>)> {
        self.inner.memberships()
    }

    fn contact_count(&self) -> usize {
        self.inner.contact_count()
    }

    fn now(&self) -> Option<Instant> {
        self.inner.now()
    }

    fn verify(&self) -> Result<(), String> {
        // Otherwise a converter that gives up on every event would pass.
        if self.now().is_some() && self.inner.engine().event_count() > 300 && self.typed < 30 {
            return Err(format!("only {} events came by handles", self.typed));
        }
        self.inner.verify()
    }
}

/// The event by handles; `None` if it names something that has none, or a value of the wrong kind.
fn typed(event: &Event, engine: &mut Engine) -> Option<TypedEvent> {
    match &event.body {
        EventBody::ContactSaved { contact, set, add_labels, remove_labels } => {
            let mut change = ContactChange::of(engine.contact_handle(contact.as_str()).ok()?);
            for (key, json) in set {
                let (field, value) = typed_value(key, json, engine)?;
                change = change.set(field, value);
            }
            let mut handle = |label: &Label| engine.label_handle(&label.shown).ok();
            for label in remove_labels {
                change = change.remove_label(handle(label)?);
            }
            for label in add_labels {
                change = change.add_label(handle(label)?);
            }
            Some(change.at(event.at))
        }
        EventBody::ConversationSaved { conversation, contact, set } => {
            if engine.conversation_owner(conversation.as_str())? != contact {
                return None;
            }
            let mut change = ConversationChange::of(engine.conversation_handle(conversation.as_str()).ok()?);
            for (key, json) in set {
                let (field, value) = typed_value(key, json, engine)?;
                change = change.set(field, value);
            }
            Some(change.at(event.at))
        }
        EventBody::Activity { contact, conversation } => {
            let conversation = match conversation {
                Some(conversation) => Some(engine.conversation_handle(conversation.as_str()).ok()?),
                None => None,
            };
            let contact = engine.contact_handle(contact.as_str()).ok()?;
            Some(TypedEvent::activity(event.at, contact, conversation))
        }
        EventBody::ContactDeleted { .. }
        | EventBody::ContactMerged { .. }
        | EventBody::ConversationDeleted { .. }
        | EventBody::WorkspaceConfigured { .. }
        | EventBody::FieldDefined { .. }
        | EventBody::FieldDeleted { .. }
        | EventBody::SegmentSaved { .. }
        | EventBody::SegmentDeleted { .. }
        | EventBody::Tick => None,
    }
}

fn typed_value(key: &str, json: &Json, engine: &mut Engine) -> Option<(FieldHandle, TypedValue)> {
    let kind = engine.definitions().field(key)?.kind;
    let field = engine.field_handle(key).ok()?;
    let value = Value::read_within(kind, json, &engine.definitions().limits()).ok()?;
    let typed = match &value {
        // An option that the field no longer accepts has no handle.
        Some(Value::Select(option)) => match engine.option_handle(field, option) {
            Ok(handle) => handle.into(),
            Err(_) => value.into(),
        },
        _ => value.into(),
    };
    Some((field, typed))
}

#[test]
fn an_event_of_handles_does_what_the_same_event_of_ids_does() {
    for seed in 0..25 {
        if let Err(failure) = simulate(seed, Profile::default(), 500, ByHandles::default) {
            panic!("{failure}");
        }
    }
}
