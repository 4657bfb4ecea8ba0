//! Reads of the facts: what a view shows agrees with the oracle, over any number of partitions.

use std::collections::BTreeMap;

use enlist::model::{FieldKey, TextKey, Value};
use enlist::{ContactId, ConversationId, Event, View, Workspace};
use enlist_sim::{Oracle, Profile, Workload};

use crate::scene::{named, noon};
use crate::subject::{ENLIST, partitioned};

/// Runs workloads in a workspace and in the oracle, and compares the two now and then.
pub(crate) fn beside_the_oracle(mut compare: impl FnMut(&Workspace, &Oracle, &[Event])) {
    for partitions in [1, 3] {
        for seed in 500..508 {
            let workspace = partitioned(partitions);
            let mut oracle = Oracle::new();
            let events = Workload::script(seed, Profile::default(), 400);
            for batch in events.chunks(80) {
                workspace.apply(batch.to_vec()).unwrap();
                for event in batch {
                    let _ = oracle.record(event);
                }
                oracle.evaluate_all();
                compare(&workspace, &oracle, batch);
            }
            ENLIST.drop_workspace(workspace.id().as_str()).unwrap();
        }
    }
}

type Values = BTreeMap<FieldKey, Value>;

fn owned<'a>(values: impl Iterator<Item = (&'a FieldKey, Value)>) -> Values {
    values.map(|(field, value)| (field.clone(), value)).collect()
}

/// Compares a contact; returns how many values, labels and conversations it has.
fn compare_contact(view: View<'_>, oracle: &Oracle, id: &ContactId) -> [usize; 3] {
    let contact = view.contact(id.as_str()).unwrap();
    assert_eq!(contact.id(), id);
    let values = oracle.values(id).unwrap();
    assert_eq!(owned(contact.values()), *values, "{id}");
    for field in oracle.fields() {
        assert_eq!(contact.value(field.key.as_str()).as_ref(), values.get(&field.key), "{id} {field:?}");
    }
    let mut labels: Vec<TextKey> = contact.labels().map(|label| TextKey::of(label).unwrap()).collect();
    assert!(labels.is_sorted());
    labels.sort_unstable();
    assert!(labels.iter().eq(oracle.labels(id)), "{id}");
    let conversations = contact.conversations().map(|each| {
        for (field, value) in each.values() {
            assert_eq!(each.value(field.as_str()), Some(value));
        }
        (each.id().clone(), owned(each.values()))
    });
    let conversations: BTreeMap<ConversationId, Values> = conversations.collect();
    assert!(conversations.iter().eq(oracle.conversations_of(id)), "{id}");
    [values.len(), labels.len(), conversations.len()]
}

#[test]
fn a_contact_is_shown_with_all_that_was_stored_of_it() {
    let mut seen = [0; 3];
    beside_the_oracle(|workspace, oracle, _| {
        workspace.read(|view| {
            let mut creations = Vec::new();
            for id in oracle.contacts() {
                let found = compare_contact(view, oracle, id);
                (0..3).for_each(|part| seen[part] += found[part]);
                creations.push(view.contact(id.as_str()).unwrap().creation());
            }
            assert!(creations.is_sorted_by(|one, two| one < two), "{creations:?}");
            let dumped = view.dump().unwrap().contacts;
            assert!(dumped.iter().all(|each| view.contact(each.id.as_str()).unwrap().to_dump() == *each));
        });
    });
    assert!(seen.iter().all(|part| *part > 300), "{seen:?}");
}

#[test]
fn a_contact_that_is_gone_is_unknown_and_a_default_is_not_a_value() {
    let workspace = partitioned(3);
    let field = Event::field_defined(noon(), "subscribed", enlist::Kind::Boolean).default_value(true);
    workspace.apply_event(field.build().unwrap()).unwrap();
    workspace.apply_event(named("ada", "Ada")).unwrap();
    workspace.read(|view| {
        let ada = view.contact("ada").unwrap();
        assert_eq!((ada.value("subscribed"), ada.value("nothing")), (None, None));
        // A field of conversations is none of contacts.
        assert_eq!(ada.value("conversation.status"), None);
        let shown = serde_json::to_value(ada).unwrap();
        assert_eq!(shown["contact"], "ada");
        assert_eq!(shown["values"]["name"], "Ada");
        assert_eq!(shown["labels"], serde_json::json!([]));
        assert_eq!(shown["conversations"], serde_json::json!([]));
    });
    workspace.contact("ada").delete().unwrap();
    let error = workspace.read(|view| view.contact("ada").unwrap_err());
    assert_eq!(error.code(), "unknown_contact");
}

/// Counts how often each key is met.
fn tally<K: Ord>(met: impl Iterator<Item = K>) -> BTreeMap<K, u64> {
    let mut counts = BTreeMap::new();
    met.for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

#[test]
fn labels_in_use_are_counted_as_the_oracle_has_them() {
    let mut counted = 0;
    beside_the_oracle(|workspace, oracle, _| {
        workspace.read(|view| {
            let labels = view.labels().unwrap();
            let found: BTreeMap<TextKey, u64> =
                labels.iter().map(|each| (TextKey::of(&each.shown).unwrap(), each.count)).collect();
            assert_eq!(found.len(), labels.len());
            assert_eq!(found, tally(oracle.contacts().flat_map(|id| oracle.labels(id).cloned())));
            // As they are shown on contacts.
            for id in oracle.contacts() {
                let contact = view.contact(id.as_str()).unwrap();
                assert!(contact.labels().all(|label| labels.iter().any(|each| &*each.shown == label)));
            }
            counted += labels.len();
        });
    });
    assert!(counted > 100, "{counted}");
}

/// The options in a value.
fn options(value: &Value) -> Vec<String> {
    match value {
        Value::Select(option) => vec![option.to_string()],
        Value::MultiSelect(options) => options.iter().map(str::to_owned).collect(),
        Value::Text(_) | Value::Phone(_) | Value::Number(_) | Value::Date(_) | Value::Boolean(_) => {
            Vec::new()
        }
    }
}

#[test]
fn options_in_use_are_counted_as_the_oracle_has_them() {
    let mut counted = [0; 2];
    beside_the_oracle(|workspace, oracle, _| {
        for field in oracle.fields() {
            let key = field.key.as_str();
            let found = workspace.read(|view| view.options_of(key));
            if !field.kind.has_options() {
                assert_eq!(found.unwrap_err().code(), "field_part", "{field:?}");
                continue;
            }
            let own = oracle.contacts().map(|id| oracle.values(id).unwrap());
            let of_conversations = oracle.contacts().flat_map(|id| oracle.conversations_of(id));
            let values = own.chain(of_conversations.map(|(_, values)| values));
            let expected = tally(values.filter_map(|values| values.get(key)).flat_map(options));
            let found = found.unwrap().into_iter().map(|each| (each.shown.to_string(), each.count));
            let found: BTreeMap<String, u64> = found.collect();
            assert_eq!(found, expected, "{field:?}");
            counted[usize::from(key.starts_with("conversation."))] += expected.len();
        }
    });
    assert!(counted.iter().all(|count| *count > 50), "{counted:?}");
    let unknown = partitioned(3).read(|view| view.options_of("nothing")).unwrap_err();
    assert_eq!(unknown.code(), "unknown_field");
}
