//! Cursors: walks by them are whole under every order and whatever changes meanwhile; they are short, sealed, and refused
//! where they do not belong.

use std::collections::{BTreeMap, BTreeSet};

use enlist::{
    Cursor, EngineError, Enlist, Error, Event, Kind, Page, PageOrder, PageRequest, PageStart, TestClock,
    Workspace, WorkspaceSettings,
};
use fastrand::Rng;

use crate::scene::{built, noon, rule, save_segment};
use crate::subject::partitioned;

const CONTACTS: usize = 90;
/// Fields to sort by, one or two of each kind.
const FIELDS: [(&str, Kind); 6] = [
    ("nick", Kind::Text),
    ("mobile", Kind::Phone),
    ("score", Kind::Number),
    ("on", Kind::Date),
    ("verified", Kind::Boolean),
    ("plan", Kind::Select),
];
const EVERYONE: &str =
    r#"{"match": "none", "conditions": [{"field": "labels", "operator": "has_label", "value": "x"}]}"#;

/// Texts of every length around the cut, many of which begin alike.
fn text(random: &mut Rng) -> String {
    let beginning = ["", "a", "ä", "\u{10ffff}"][random.usize(0..4)]
        .repeat([1, 63, 64, 128, 255, 256, 300][random.usize(0..7)]);
    let end: String =
        (0..random.usize(0..4)).map(|_| ['a', 'ä', '\u{10ffff}', '\u{1}'][random.usize(0..4)]).collect();
    beginning + &end
}

/// An event that gives a contact a value in every field, or in about every field.
fn filled(random: &mut Rng, contact: &str) -> Event {
    let mut event = Event::contact_saved(noon(), contact).set("name", text(random)).set("nick", text(random));
    if random.bool() {
        event = event
            .set("mobile", format!("+49 89 {}", random.u32(1_000..1_020)))
            .set("score", f64::from(random.i32(-5..5)))
            .set("on", ["2026-11-23", "2026-11-22T12:00:00Z", "2026-11-23T10:00:00Z"][random.usize(0..3)])
            .set("verified", random.bool())
            .set("plan", ["free", "pro"][random.usize(0..2)]);
    }
    built(event)
}

/// A workspace with fields of every kind, the segment `everyone`, and contacts.
fn workspace(partitions: usize, random: &mut Rng) -> Workspace {
    let workspace = partitioned(partitions);
    for (field, kind) in FIELDS {
        workspace.apply_event(built(Event::field_defined(noon(), field, kind))).unwrap();
    }
    save_segment(&workspace, "everyone", rule(EVERYONE));
    let events = (0..CONTACTS).map(|contact| filled(random, &format!("c{contact}")));
    let receipt = workspace.apply(events.collect::<Vec<_>>()).unwrap();
    assert_eq!(receipt.refused, []);
    workspace
}

fn by(field: &str, descending: bool) -> PageOrder {
    PageOrder::Field { field: field.to_owned(), descending }
}

fn orders() -> Vec<PageOrder> {
    let fields = FIELDS.iter().map(|(field, _)| *field).chain(["name", "created_at"]);
    let fields = fields.flat_map(|field| [by(field, false), by(field, true)]);
    [false, true].map(|descending| PageOrder::Arrival { descending }).into_iter().chain(fields).collect()
}

fn request(order: &PageOrder, size: usize) -> PageRequest {
    PageRequest::default().with_order(order.clone()).with_size(size)
}

/// The next page, asked for with the text of the cursor.
fn next(page: &Page, request: &PageRequest) -> Option<PageRequest> {
    let text = page.next.as_ref()?.as_text();
    assert!(text.len() <= 512, "{} bytes", text.len());
    Some(request.clone().after(Cursor::from_text(text)))
}

/// All members, page by page. Between pages, `change` may change something.
fn walk(
    workspace: &Workspace,
    order: &PageOrder,
    size: usize,
    mut change: impl FnMut(&[String]),
) -> Vec<String> {
    let (mut members, mut request) = (Vec::new(), request(order, size));
    loop {
        let page = workspace.page("everyone", &request).unwrap();
        members.extend(page.contacts.iter().map(|contact| contact.as_str().to_owned()));
        assert!(members.len() < 100 * CONTACTS, "a walk by {order:?} goes round");
        let Some(after) = next(&page, &request) else { return members };
        change(&members);
        request = after;
    }
}

fn refusal(workspace: &Workspace, request: &PageRequest) -> Error {
    let error = workspace.page("everyone", request).unwrap_err();
    assert!(matches!(error, Error::Engine(EngineError::Cursor { .. })), "{error:?}");
    assert_eq!(error.code(), "wrong_cursor");
    assert!(error.to_string().contains("read the first page again"), "{error}");
    error
}

#[test]
fn a_walk_by_cursors_meets_every_member_once_in_every_order() {
    for (partitions, seed) in [(1, 1), (3, 1), (1, 2), (3, 2)] {
        let workspace = workspace(partitions, &mut Rng::with_seed(seed));
        for order in orders() {
            let whole = workspace.page("everyone", &request(&order, usize::MAX)).unwrap();
            let whole: Vec<&str> = whole.contacts.iter().map(enlist::ContactId::as_str).collect();
            assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), CONTACTS);
            for size in [1, 7] {
                assert_eq!(
                    walk(&workspace, &order, size, |_| ()),
                    whole,
                    "{order:?}, {partitions} partitions"
                );
            }
        }
    }
}

#[test]
fn a_walk_leaves_out_no_member_whose_value_stays_whatever_changes_between_pages() {
    let mut met_twice = 0;
    for seed in 0..24 {
        let mut random = Rng::with_seed(seed);
        let workspace = workspace([1, 3][seed as usize % 2], &mut random);
        let order = by("name", seed % 4 < 2);
        let size = random.usize(1..6);
        let mut touched = BTreeSet::new();
        let mut changes = 0..40;
        let met = walk(&workspace, &order, size, |met| {
            if changes.next().is_none() {
                return;
            }
            // Mostly the contact that the cursor is about, because its cut text is recognized by it.
            let any = format!("c{}", random.usize(0..CONTACTS));
            let contact = if random.u8(0..3) > 0 { met.last().cloned().unwrap_or(any) } else { any };
            let event = match random.u8(0..4) {
                0 => built(Event::contact_deleted(noon(), &contact)),
                1 => filled(&mut random, &contact),
                _ => built(
                    Event::contact_saved(noon(), &contact).set("name", "a".repeat(256) + &text(&mut random)),
                ),
            };
            let _ = workspace.apply(event).unwrap();
            touched.insert(contact);
        });
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for contact in met {
            *times.entry(contact).or_default() += 1;
        }
        for contact in (0..CONTACTS).map(|contact| format!("c{contact}")) {
            if !touched.contains(&contact) {
                let met = times.get(&contact).copied().unwrap_or_default();
                assert!(met > 0, "{contact} is left out, seed {seed}");
                met_twice += usize::from(met > 1);
            }
        }
    }
    assert!(met_twice > 0, "no cut text was lost");
}

#[test]
fn a_walk_continues_exactly_after_a_long_text_while_its_contact_has_it() {
    for partitions in [1, 3] {
        for descending in [false, true] {
            let workspace = partitioned(partitions);
            save_segment(&workspace, "everyone", rule(EVERYONE));
            let named = |contact: &str, end: &str| {
                let name = format!("{}{end}", "n".repeat(256));
                workspace.contact(contact).set("name", name).save().unwrap();
            };
            ["a", "b", "b", "c", "d"].iter().zip(1..).for_each(|(end, n)| named(&format!("c{n}"), end));
            let request = request(&by("name", descending), 2);
            let first = workspace.page("everyone", &request).unwrap();
            let after = next(&first, &request).unwrap();
            let rest = |expected: &[&str]| {
                let page = workspace.page("everyone", &after.clone().with_size(9)).unwrap();
                let ids: Vec<&str> = page.contacts.iter().map(enlist::ContactId::as_str).collect();
                assert_eq!(ids, expected, "{partitions} partitions, descending: {descending}");
            };
            let (last, exact, again): (_, &[&str], &[&str]) = if descending {
                ("c4", &["c2", "c3", "c1"], &["c5", "c2", "c3", "c1"])
            } else {
                ("c2", &["c3", "c4", "c5"], &["c1", "c3", "c4", "c5"])
            };
            assert_eq!(first.contacts.last().map(enlist::ContactId::as_str), Some(last));
            rest(exact);
            // Another value that begins so is not the one that was shown.
            named(last, "z");
            let with_last = if descending { [&[last], again].concat() } else { [again, &[last]].concat() };
            rest(&with_last);
            workspace.contact(last).delete().unwrap();
            rest(again);
        }
    }
}

#[test]
fn a_cursor_is_at_most_512_bytes_and_shows_nothing_of_the_value() {
    let random = &mut Rng::with_seed(1);
    let workspace = workspace(1, random);
    let is_key = |key: &String| Event::field_defined(noon(), key, Kind::Text).build().is_ok();
    let field = (1..=256).rev().map(|length| "k".repeat(length)).find(is_key).unwrap();
    workspace.apply_event(built(Event::field_defined(noon(), &field, Kind::Text))).unwrap();
    let secret = "ada.lovelace@example.com";
    let hexadecimal = secret.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let longest = secret.repeat(16_384 / secret.len());
    let longest = format!("{longest}{}", "x".repeat(16_384 - longest.len()));
    for value in [secret, &longest] {
        let values = (0..CONTACTS).map(|contact| {
            built(Event::contact_saved(noon(), &format!("c{contact}")).set("name", value).set(&field, value))
        });
        assert_eq!(workspace.apply(values.collect::<Vec<_>>()).unwrap().refused, []);
        for order in [by("name", false), by(&field, true)] {
            let page = workspace.page("everyone", &request(&order, 1)).unwrap();
            let text = page.next.unwrap().as_text().to_owned();
            assert!(text.len() <= Cursor::TEXT_MOST.min(512), "{} bytes", text.len());
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
            assert!(!text.contains(secret) && !text.to_lowercase().contains(&hexadecimal), "{text}");
            for skipped in 0..4 {
                let bytes = base64_decoded(&text[skipped..]);
                assert!(
                    !bytes.windows(6).any(|window| secret.as_bytes().windows(6).any(|part| part == window))
                );
            }
        }
    }
    assert_eq!(base64_decoded("aGVsbG8_"), b"hello?");
}

/// The bytes of Base64 for URLs.
fn base64_decoded(text: &str) -> Vec<u8> {
    let digits: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let value = |digit| digits.iter().position(|each| *each == digit).unwrap();
    let bits: Vec<usize> = text
        .chars()
        .flat_map(|c| (0..6).rev().map(move |bit| (c, bit)))
        .map(|(c, bit)| value(c) >> bit & 1)
        .collect();
    bits.chunks_exact(8)
        .map(|byte| u8::try_from(byte.iter().fold(0, |byte, bit| byte << 1 | bit)).unwrap())
        .collect()
}

#[test]
fn a_cursor_that_was_changed_is_refused_and_the_right_one_still_works() {
    let workspace = workspace(3, &mut Rng::with_seed(1));
    let order = by("name", false);
    let request = request(&order, 10);
    let text = workspace.page("everyone", &request).unwrap().next.unwrap().as_text().to_owned();
    let with = |text: &str| request.clone().after(Cursor::from_text(text));
    let mut forged: Vec<String> = (0..text.len()).map(|length| text[..length].to_owned()).collect();
    for index in 0..text.len() {
        for digit in ["A", "b", "-", "=", " ", "é"] {
            let changed = format!("{}{digit}{}", &text[..index], &text[index + 1..]);
            forged.extend((changed != text).then_some(changed));
        }
    }
    forged.extend([
        format!("{text}A"),
        format!("{text}AAAA"),
        text.repeat(2),
        "x".repeat(1 << 20),
        "5b5d".to_owned(),
    ]);
    forged.push(text.bytes().rev().map(char::from).collect());
    for text in forged {
        refusal(&workspace, &with(&text));
    }
    assert_eq!(workspace.page("everyone", &with(&text)).unwrap().contacts.len(), 10);
}

#[test]
fn a_cursor_is_refused_in_another_order_another_workspace_and_another_life() {
    let clock = TestClock::new(noon());
    let enlist = Enlist::builder().workers(1).clock(clock).manual_time().build().unwrap();
    let create = |id: &str| {
        let workspace = enlist.create_workspace(id).unwrap();
        save_segment(&workspace, "everyone", rule(EVERYONE));
        for n in 0..9 {
            workspace.contact(&format!("c{n}")).set("name", "Ada").save().unwrap();
        }
        workspace
    };
    let (one, other) = (create("one"), create("other"));
    let cursor = |workspace: &Workspace, order: &PageOrder| {
        workspace.page("everyone", &request(order, 3)).unwrap().next.unwrap()
    };
    let orders = [
        PageOrder::Arrival { descending: false },
        PageOrder::Arrival { descending: true },
        by("name", false),
        by("name", true),
        by("email", false),
    ];
    for (written, order) in orders.iter().enumerate() {
        let cursor = cursor(&one, order);
        for (read, order) in orders.iter().enumerate().filter(|(read, _)| *read != written) {
            let refused = refusal(&one, &request(order, 3).after(cursor.clone()));
            assert!(refused.to_string().contains("another order"), "{written} as {read}: {refused}");
        }
        refusal(&other, &request(order, 3).after(cursor.clone()));
        assert!(one.page("everyone", &request(order, 3).after(cursor)).is_ok());
    }
    let kept: Vec<Cursor> = orders.iter().map(|order| cursor(&one, order)).collect();
    let dump = one.read(|view| view.dump()).unwrap();
    enlist.drop_workspace("one").unwrap();
    let restored = enlist.restore_workspace("one", WorkspaceSettings::default(), dump).unwrap();
    for (order, cursor) in orders.iter().zip(kept) {
        refusal(&restored, &request(order, 3).after(cursor));
        let first = restored.page("everyone", &request(order, 3).with_start(PageStart::Offset(0))).unwrap();
        assert_eq!((first.contacts.len(), first.total), (3, 9));
    }
}

#[test]
fn a_walk_by_instants_leaves_nobody_out_when_the_time_zone_changes() {
    const INSTANTS: [&str; 5] = ["22T22:30", "22T23:30", "23T00:30", "23T01:30", "23T02:30"];
    for (partitions, zone) in
        [(1, "America/New_York"), (3, "America/New_York"), (1, "Asia/Tokyo"), (3, "Asia/Tokyo")]
    {
        for (descending, size) in [(false, 1), (false, 3), (true, 1), (true, 4)] {
            let workspace = partitioned(partitions);
            workspace.define_field("on", Kind::Date).unwrap();
            save_segment(&workspace, "everyone", rule(EVERYONE));
            for (contact, at) in INSTANTS.iter().enumerate() {
                let event = Event::contact_saved(noon(), &format!("c{contact}"));
                workspace.apply_event(built(event.set("on", format!("2026-11-{at}:00Z")))).unwrap();
            }
            let order = PageOrder::Field { field: "on".to_owned(), descending };
            let request = PageRequest::default().with_order(order);
            let first = workspace.page("everyone", &request.clone().with_size(size)).unwrap();
            workspace.set_time_zone(zone).unwrap();
            let rest = workspace.page("everyone", &request.after(first.next.unwrap())).unwrap();
            let mut walked: Vec<String> =
                first.contacts.iter().chain(&rest.contacts).map(ToString::to_string).collect();
            if descending {
                walked.reverse();
            }
            assert_eq!(walked, ["c0", "c1", "c2", "c3", "c4"], "{zone} {descending} {size}");
        }
    }
}
