//! Sets of contacts and pages of them agree with the oracle and with the pages of segments, over any number of partitions.

use std::collections::BTreeSet;
use std::thread;

use enlist::model::Kind;
use enlist::{
    ContactId, ContactSet, Event, EventBody, PageOrder, PageRequest, PageStart, SegmentSet, View, Workspace,
};
use enlist_sim::Oracle;

use crate::scene::{named, only, save_segment};
use crate::stored::beside_the_oracle;
use crate::subject::{ENLIST, partitioned};

/// The ids of some contacts.
type Ids = BTreeSet<ContactId>;

fn ids(view: View<'_>, set: &ContactSet) -> Ids {
    let ids = view.contact_ids(set).unwrap();
    assert_eq!(ids.len() as u64, set.len());
    ids.into_iter().collect()
}

fn everyone(oracle: &Oracle) -> Ids {
    oracle.contacts().cloned().collect()
}

/// The orders by arrival, and by each field that can be sorted by.
fn orders(oracle: &Oracle) -> Vec<PageOrder> {
    let is_sortable = |kind| !matches!(kind, Kind::MultiSelect | Kind::Label);
    let fields = oracle.fields().filter(|field| is_sortable(field.kind));
    let keys = fields.map(|field| field.key.as_str()).filter(|key| !key.starts_with("conversation."));
    let both =
        |key: &str| [false, true].map(|descending| PageOrder::Field { field: key.to_owned(), descending });
    let by_arrival = [false, true].map(|descending| PageOrder::Arrival { descending });
    keys.flat_map(both).chain(by_arrival).collect()
}

/// All contacts of a set, some on each page, by cursor.
fn walk(view: View<'_>, set: &ContactSet, order: &PageOrder, size: usize) -> Vec<ContactId> {
    let mut request = PageRequest::default().with_order(order.clone()).with_size(size);
    let mut walked = Vec::new();
    loop {
        let page = view.page_of(set, &request).unwrap();
        assert_eq!(page.total, set.len());
        walked.extend(page.contacts);
        let Some(next) = page.next else { return walked };
        request = request.after(next);
    }
}

/// Compares the sets and pages of a workspace with the oracle. Returns how many contacts were on pages.
fn compare(view: View<'_>, oracle: &Oracle, random: &mut fastrand::Rng) -> usize {
    let all = view.everyone().unwrap();
    assert_eq!(ids(view, &all), everyone(oracle));
    assert_eq!(all.len(), view.contact_count().unwrap());
    let members = oracle.memberships();
    let mut shown = 0;
    for order in orders(oracle) {
        let in_order = walk(view, &all, &order, 7);
        assert_eq!(in_order.iter().cloned().collect::<Ids>(), everyone(oracle), "{order:?}");
        let Some((segment, _)) = members.get(random.usize(0..members.len().max(1))) else { continue };
        let set = view.select(segment).unwrap();
        let request = PageRequest::default().with_order(order.clone());
        let request = request.with_start(PageStart::Offset(random.u64(0..4))).with_size(random.usize(1..5));
        let page = view.page(segment.as_str(), &request).unwrap();
        // A cursor is sealed with a nonce, so two are never equal; the pages that they lead to are.
        let of_set = view.page_of(&set, &request).unwrap();
        assert_eq!((&of_set.contacts, of_set.total), (&page.contacts, page.total), "{order:?}");
        if let (Some(one), Some(two)) = (page.next, of_set.next) {
            let one = view.page_of(&set, &request.clone().after(one)).unwrap();
            let two = view.page(segment.as_str(), &request.after(two)).unwrap();
            assert_eq!(one.contacts, two.contacts, "{order:?}");
        }
        let others = all.minus(&set);
        let expected: Vec<_> =
            in_order.iter().filter(|id| !oracle.members(segment.as_str()).any(|each| each == *id)).collect();
        assert_eq!(walk(view, &others, &order, 3).iter().collect::<Vec<_>>(), expected, "{order:?}");
        shown += in_order.len() + expected.len();
    }
    shown
}

#[test]
fn everyone_segments_and_what_they_combine_to_are_paged_in_every_order() {
    let (mut random, mut shown) = (fastrand::Rng::with_seed(3), 0);
    beside_the_oracle(|workspace, oracle, _| {
        shown += workspace.read(|view| compare(view, oracle, &mut random));
    });
    assert!(shown > 5_000, "{shown}");
}

#[test]
fn sets_combine_as_sets_of_ids_do() {
    let mut combined = 0;
    beside_the_oracle(|workspace, oracle, _| {
        workspace.read(|view| {
            let members = oracle.memberships();
            for pair in members.windows(2) {
                let [(one, in_one), (two, in_two)] = pair else { continue };
                let [in_one, in_two] = [in_one, in_two].map(|ids| ids.iter().cloned().collect::<Ids>());
                let [a, b] = [one, two].map(|id| view.select(id).unwrap());
                assert_eq!(ids(view, &a.and(&b)), &in_one & &in_two);
                assert_eq!(ids(view, &a.or(&b)), &in_one | &in_two);
                assert_eq!(ids(view, &a.minus(&b)), &in_one - &in_two);
                let together = view.select(SegmentSet::from(one).or(two)).unwrap();
                assert_eq!(together, a.or(&b));
                combined += in_one.len() + in_two.len();
            }
        });
    });
    assert!(combined > 1_000, "{combined}");
}

/// What the oracle has in a segment of this rule.
fn expected(oracle: &Oracle, saved: &Event) -> Option<Ids> {
    let mut oracle = oracle.clone();
    oracle.record(saved).ok()?;
    oracle.evaluate_all();
    let EventBody::SegmentSaved { segment, .. } = &saved.body else { return None };
    Some(oracle.membership(segment.as_str()))
}

#[test]
fn the_contacts_that_a_rule_holds_for_are_those_of_a_segment_with_it() {
    let mut held = 0;
    beside_the_oracle(|workspace, oracle, events| {
        for event in events {
            let EventBody::SegmentSaved { rule, .. } = &event.body else { continue };
            let at = oracle.now().unwrap();
            let saved = Event::segment_saved(at, "a new one", "New", rule.clone()).build().unwrap();
            let found = workspace.matching(rule.clone());
            match expected(oracle, &saved) {
                None => assert!(found.is_err(), "{rule:?}"),
                Some(expected) => {
                    let found = found.unwrap();
                    assert_eq!(workspace.read(|view| ids(view, &found)), expected, "{rule:?}");
                    held += expected.len();
                }
            }
        }
    });
    assert!(held > 500, "{held}");
}

#[test]
fn ids_are_found_by_how_they_begin() {
    let mut found = 0;
    beside_the_oracle(|workspace, oracle, _| {
        let ids_of = |set: &ContactSet| workspace.read(|view| ids(view, set));
        assert_eq!(ids_of(&workspace.ids_beginning_with("").unwrap()), everyone(oracle));
        for id in oracle.contacts() {
            let first: String = id.as_str().chars().take(2).collect();
            for prefix in [&first, id.as_str()] {
                let expected: Ids =
                    oracle.contacts().filter(|each| each.as_str().starts_with(prefix)).cloned().collect();
                assert_eq!(ids_of(&workspace.ids_beginning_with(prefix).unwrap()), expected);
                found += expected.len();
            }
        }
    });
    assert!(found > 1_000, "{found}");
}

fn contacts(workspace: &Workspace, count: usize) {
    let events: Vec<Event> = (0..count).map(|no| named(&format!("c{no:03}"), "a")).collect();
    workspace.apply(events).unwrap();
}

#[test]
fn a_page_of_a_set_leaves_out_who_was_deleted_since_and_who_came_since() {
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        contacts(&workspace, 20);
        let all = workspace.read(|view| view.everyone()).unwrap();
        let by_name = PageOrder::Field { field: "name".into(), descending: false };
        for number in (0..20).step_by(2) {
            workspace.contact(&format!("c{number:03}")).delete().unwrap();
        }
        // Saved again, it is another contact.
        workspace.apply(vec![named("c000", "a"), named("d", "a")]).unwrap();
        workspace.read(|view| {
            let expected: Vec<String> = (0..20).skip(1).step_by(2).map(|no| format!("c{no:03}")).collect();
            for order in [PageOrder::Arrival { descending: false }, by_name] {
                let page = view.page_of(&all, &PageRequest::default().with_order(order)).unwrap();
                assert!(page.contacts.iter().map(ContactId::as_str).eq(expected.iter().map(String::as_str)));
                assert_eq!((page.total, page.next.is_some()), (10, false));
            }
            assert_eq!(view.contact_ids(&all).unwrap().len(), 20, "deleted ones can still be named");
            let now = view.everyone().unwrap();
            assert_eq!((now.minus(&all).len(), now.and(&all).len(), now.or(&all).len()), (2, 10, 22));
        });
    }
}

#[test]
fn a_set_of_another_workspace_is_refused_and_shares_no_contact() {
    let (mine, theirs) = (partitioned(1), partitioned(1));
    contacts(&mine, 3);
    contacts(&theirs, 3);
    let [my_set, their_set] =
        [&mine, &theirs].map(|workspace| workspace.read(|view| view.everyone()).unwrap());
    let error = mine.read(|view| view.page_of(&their_set, &PageRequest::default())).unwrap_err();
    assert_eq!(error.code(), "other_workspace");
    assert!(my_set.and(&their_set).is_empty());
    assert_eq!((my_set.or(&their_set), my_set.minus(&their_set)), (my_set.clone(), my_set));
}

#[test]
fn a_cursor_of_another_order_and_a_forged_one_are_refused_for_sets_too() {
    let workspace = partitioned(3);
    contacts(&workspace, 9);
    workspace.read(|view| {
        let all = view.everyone().unwrap();
        let request = PageRequest::default().with_size(4);
        let next = view.page_of(&all, &request).unwrap().next.unwrap();
        let by_name = PageOrder::Field { field: "name".into(), descending: false };
        let other = view.page_of(&all, &request.with_order(by_name).after(next)).unwrap_err();
        assert_eq!(other.code(), "wrong_cursor");
        let field = PageOrder::Field { field: "labels".into(), descending: false };
        let unsorted = view.page_of(&all, &PageRequest::default().with_order(field)).unwrap_err();
        assert_eq!(unsorted.code(), "sort_field");
    });
}

#[test]
fn a_rule_is_matched_beside_events_and_ends_exact() {
    let workspace = ENLIST
        .import_workspace(
            &crate::subject::unique(),
            enlist::WorkspaceSettings::default().with_partitions(3),
            (0..60_000).map(|no| Ok::<_, std::convert::Infallible>(named(&format!("c{no}"), "a"))),
        )
        .unwrap()
        .workspace;
    let is_b = || only("name", "equals", r#""b""#);
    let found = thread::scope(|scope| {
        scope.spawn(|| {
            for no in 0..2_000 {
                let name = if no % 2 == 0 { "b" } else { "a" };
                workspace.apply_event(named(&format!("c{}", no * 29 % 60_000), name)).unwrap();
            }
        });
        (0..10).map(|_| workspace.matching(is_b()).unwrap().len()).max()
    });
    save_segment(&workspace, "b", is_b());
    let exact = workspace.matching(is_b()).unwrap();
    workspace.read(|view| assert_eq!(exact, view.select("b").unwrap()));
    // More ids than are looked at in a step.
    assert_eq!(workspace.ids_beginning_with("c5").unwrap().len(), 11_111);
    assert!(found <= Some(exact.len()));
}
