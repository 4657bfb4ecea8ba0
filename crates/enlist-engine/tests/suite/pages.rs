//! Pages sorted by a field, compared with a plain sort: every sortable kind, both directions, by offset and by
//! position, in segments that are small, large, and so uneven that no sample represents them. And pages over several
//! engines, compared with one that has all contacts.

use std::cmp::Ordering;
use std::fmt::Write;

use enlist_engine::{Engine, Error, Page, PageOrder, PagePosition, PageRequest, PageStart, page_across};
use enlist_model::{ContactId, Instant};

use crate::script::{SEED, Script};

const CONTACTS: usize = 6_000;
/// Sortable fields, one or two of each kind.
const FIELDS: [&str; 9] =
    ["name", "address", "phone", "score", "amount", "on", "verified", "subscribed", "plan"];
/// The segments and their members.
const SEGMENTS: [&str; 4] = ["all", "small", "uneven", "nobody"];
const HOUR: i64 = 3_600_000;
/// A week in which the local date of St. John's went back: at 00:01 the clocks were turned back by an hour.
const WEEK: i64 = 1_288_828_800_000;
/// Numbers as they are written, in order; the two zeros are equal.
const AMOUNTS: [&str; 9] = ["-1.7e308", "-2.5", "-5e-324", "-0.0", "0", "5e-324", "1.25", "3", "1.7e308"];

/// The sort key of the plain sort, which the engine does not know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Text(String),
    Number(usize),
    Date(i64, Option<i64>),
    Boolean(bool),
}

/// A value as an event writes it, and its key; empty values have none.
type Value = (String, Option<Key>);

/// A stream of numbers below a bound, by seed.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn milliseconds(&mut self, unit: i64, bound: usize) -> i64 {
        unit * i64::try_from(self.below(bound)).unwrap()
    }

    fn text(&mut self) -> Value {
        const BEGINNINGS: [&str; 5] = ["A", "\\u0000", "Straight", "straightf", "straightforward answer to "];
        let mut given = BEGINNINGS[self.below(BEGINNINGS.len())].to_owned();
        (0..self.below(4)).for_each(|_| given.push_str(["", "a", "B", "\\u0000", "é"][self.below(5)]));
        let key = given.replace("\\u0000", "\0").to_lowercase();
        (format!("\"{given}\""), Some(Key::Text(key)))
    }

    fn phone(&mut self) -> Value {
        let (one, two) = (self.below(3), self.below(50));
        (format!("\"+49 (89) {one}-0000-{two}\""), Some(Key::Text(format!("4989{one}0000{two}"))))
    }

    fn date(&mut self) -> Value {
        let hour = self.milliseconds(HOUR, 7 * 24);
        if self.below(3) == 0 {
            let day = (WEEK + hour).div_euclid(24 * HOUR);
            let date = Instant::from_milliseconds(WEEK + hour).unwrap().to_string()[..10].to_owned();
            return (format!("\"{date}\""), Some(Key::Date(day, None)));
        }
        let instant = WEEK + hour + self.milliseconds(HOUR / 12, 12) + self.milliseconds(1, 2);
        let written = Instant::from_milliseconds(instant).unwrap().to_string();
        (format!("\"{written}\""), Some(Key::Date(local_day(instant), Some(instant))))
    }

    /// A value of a field; every fifth is empty.
    fn value(&mut self, field: &str, contact: usize) -> Value {
        if self.below(5) == 0 {
            // One of the boolean fields has a default.
            let default = (field == "subscribed").then_some(Key::Boolean(true));
            return ("null".to_owned(), default);
        }
        match field {
            "name" | "address" if self.below(2) == 0 => {
                let key = format!("https://example.com/{:03}", self.below(900));
                (format!("\"{key}\""), Some(Key::Text(key)))
            }
            "name" | "address" => self.text(),
            "phone" => self.phone(),
            "score" => {
                // The late contacts are all above the early ones, which are many in the uneven segment.
                let score = self.below(30) + if contact >= CONTACTS / 4 { 30 } else { 0 };
                (score.to_string(), Some(Key::Number(score)))
            }
            "amount" => {
                let amount = self.below(AMOUNTS.len());
                let zero = usize::from(AMOUNTS[amount] == "-0.0");
                (AMOUNTS[amount].to_owned(), Some(Key::Number(amount + zero)))
            }
            "on" => self.date(),
            "plan" => {
                let plan = ["professional", "professional plus", "Pro", "pro", "free"][self.below(5)];
                (format!("\"{plan}\""), Some(Key::Text(plan.to_owned())))
            }
            _ => {
                let value = self.below(2) == 0;
                (value.to_string(), Some(Key::Boolean(value)))
            }
        }
    }
}

/// The local day of an instant of [`WEEK`] in St. John's.
fn local_day(instant: i64) -> i64 {
    let turned_back = Instant::parse("2010-11-07T02:31:00Z").unwrap().milliseconds();
    let minutes = if instant < turned_back { -150 } else { -210 };
    (instant + minutes * 60_000).div_euclid(24 * HOUR)
}

/// An engine with all fields and segments, and no contacts.
fn defined() -> Script {
    let mut script = Script::of(&[
        r#"{"type":"workspace_configured","time_zone":"America/St_Johns"}"#,
        r#"{"type":"field_defined","field":"address","kind":"text"}"#,
        r#"{"type":"field_defined","field":"score","kind":"number"}"#,
        r#"{"type":"field_defined","field":"amount","kind":"number"}"#,
        r#"{"type":"field_defined","field":"on","kind":"date"}"#,
        r#"{"type":"field_defined","field":"verified","kind":"boolean"}"#,
        r#"{"type":"field_defined","field":"subscribed","kind":"boolean","default":true}"#,
        r#"{"type":"field_defined","field":"plan","kind":"select"}"#,
        r#"{"type":"segment_saved","segment":"all","name":"A","rule":{"match":"none","conditions":[{"field":"labels","operator":"has_label","value":"nobody"}]}}"#,
    ]);
    for segment in &SEGMENTS[1..] {
        script.apply(&format!(
            r#"{{"type":"segment_saved","segment":"{segment}","name":"S","rule":{{"match":"all","conditions":[{{"field":"labels","operator":"has_label","value":"{segment}"}}]}}}}"#
        ));
    }
    script
}

/// The events that create all contacts, and for each field the keys of all.
fn contacts_saved(seed: u64) -> (Vec<String>, Vec<Vec<Option<Key>>>) {
    let (mut draws, mut keys) = (Draws(seed), vec![Vec::new(); FIELDS.len()]);
    let mut save = |contact: usize| {
        let mut set = String::new();
        for (field, keys) in FIELDS.iter().zip(&mut keys) {
            let (json, key) = draws.value(field, contact);
            write!(set, r#","{field}":{json}"#).unwrap();
            keys.push(key);
        }
        let labels: Vec<_> = SEGMENTS[1..].iter().filter(|segment| is_member(segment, contact)).collect();
        format!(
            r#"{{"type":"contact_saved","contact":"c{contact}","set":{{{}}},"add_labels":{labels:?}}}"#,
            &set[1..]
        )
    };
    ((0..CONTACTS).map(&mut save).collect(), keys)
}

/// Engines with the contacts of a seed, each in the engine that its hash selects, in one order of arrival. Some are
/// deleted at the end, and some of those are created again.
fn split(engines: usize, seed: u64) -> Vec<Script> {
    let mut scripts: Vec<Script> = (0..engines).map(|_| defined()).collect();
    let home = |contact: usize| (contact.wrapping_mul(0x9e37_79b9) >> 7) % engines;
    let (saved, _) = contacts_saved(seed);
    for contact in 0..CONTACTS {
        let script = &mut scripts[home(contact)];
        script.engine.arrive_as(contact as u64);
        script.apply(&saved[contact]);
    }
    for contact in (5..CONTACTS).step_by(11) {
        let script = &mut scripts[home(contact)];
        script.apply(&format!(r#"{{"type":"contact_deleted","contact":"c{contact}"}}"#));
        if contact % 3 == 0 {
            script.engine.arrive_as((CONTACTS + contact) as u64);
            script.apply(&saved[contact]);
        }
    }
    scripts
}

/// Contacts c0, c1 and so on in an engine, and the values that they hold.
struct Workspace {
    script: Script,
    /// For each field the keys of all contacts.
    keys: Vec<Vec<Option<Key>>>,
}

impl Workspace {
    fn new(seed: u64) -> Self {
        let (saved, keys) = contacts_saved(seed);
        let mut script = defined();
        for line in &saved {
            script.apply(line);
        }
        Workspace { script, keys }
    }

    fn key(&self, field: usize, contact: usize) -> Option<&Key> {
        self.keys[field][contact].as_ref()
    }

    /// The members of a segment sorted by a field, with a plain sort.
    fn sorted(&self, segment: &str, field: usize, descending: bool) -> Vec<usize> {
        let mut sorted: Vec<usize> = (0..CONTACTS).filter(|contact| is_member(segment, *contact)).collect();
        sorted.sort_by(|one, two| order(self.key(field, *one), self.key(field, *two), descending));
        sorted
    }

    fn page(&self, segment: &str, field: usize, descending: bool, start: PageStart, size: usize) -> Page {
        let order = PageOrder::Field { field: FIELDS[field].to_owned(), descending };
        self.script
            .engine
            .page(segment, &PageRequest::default().with_order(order).with_start(start).with_size(size))
            .unwrap()
    }

    /// All members by position.
    fn walk(&self, segment: &str, field: usize, descending: bool, size: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut start = PageStart::Offset(0);
        loop {
            let page = self.page(segment, field, descending, start, size);
            found.extend(contacts(&page));
            assert!(found.len() <= CONTACTS, "{segment} by {} goes round", FIELDS[field]);
            match page.next {
                Some(position) => {
                    start = PageStart::After(PagePosition::from_bytes(&position.to_bytes()).unwrap());
                }
                None => return found,
            }
        }
    }
}

/// The uneven segment has most of its members among the first quarter of the contacts.
fn is_member(segment: &str, contact: usize) -> bool {
    match segment {
        "all" => true,
        "small" => contact % 16 == 3,
        "uneven" => contact < CONTACTS / 4 || contact.is_multiple_of(40),
        _ => false,
    }
}

/// Empty values last, the others in either direction; a stable sort leaves ties in order of creation.
fn order(one: Option<&Key>, two: Option<&Key>, descending: bool) -> Ordering {
    let keys = if descending { two.cmp(&one) } else { one.cmp(&two) };
    one.is_none().cmp(&two.is_none()).then(keys)
}

fn contacts(page: &Page) -> Vec<usize> {
    page.contacts.iter().map(|id| ContactId::as_str(id)[1..].parse().unwrap()).collect()
}

/// Every field of every segment, in both directions.
fn orders() -> impl Iterator<Item = (&'static str, usize, bool)> {
    let fields = (0..FIELDS.len()).flat_map(|field| [(field, false), (field, true)]);
    fields.flat_map(|(field, descending)| SEGMENTS.map(|segment| (segment, field, descending)))
}

#[test]
fn a_sorted_page_at_any_offset_equals_a_plain_sort() {
    let workspace = Workspace::new(1);
    for (segment, field, descending) in orders() {
        let sorted = workspace.sorted(segment, field, descending);
        let step = sorted.len() / 400 + 1;
        for offset in (0..sorted.len() + 3).step_by(step).chain([usize::MAX]) {
            let size = [0, 1, 7, 50, 1_000, usize::MAX][offset / step % 6];
            let page = workspace.page(segment, field, descending, PageStart::Offset(offset as u64), size);
            let rest: Vec<_> = sorted.iter().skip(offset).copied().collect();
            let shown = &rest[..size.min(rest.len())];
            let asked = format!("{segment} by {}, {descending}, {size} from {offset}", FIELDS[field]);
            assert_eq!(contacts(&page), shown, "{asked}");
            assert_eq!(page.total, sorted.len() as u64, "{asked}");
            assert_eq!(page.next.is_some(), size > 0 && shown.len() < rest.len(), "{asked}");
        }
    }
}

#[test]
fn a_sorted_walk_by_position_equals_a_plain_sort() {
    let workspace = Workspace::new(2);
    for (segment, field, descending) in orders() {
        let sorted = workspace.sorted(segment, field, descending);
        for size in [sorted.len() / 400 + 1, 60, 300, 2_500] {
            let walked = workspace.walk(segment, field, descending, size);
            assert_eq!(walked, sorted, "{segment} by {}, {descending}, {size} a page", FIELDS[field]);
        }
    }
}

#[test]
fn pages_over_several_engines_equal_those_of_one_engine_with_all_contacts() {
    let one = &split(1, 4)[0].engine;
    let arrivals = [false, true].map(|descending| PageOrder::Arrival { descending });
    let fields = FIELDS.iter().flat_map(|field| {
        [false, true].map(|descending| PageOrder::Field { field: (*field).to_owned(), descending })
    });
    let orders: Vec<PageOrder> = arrivals.into_iter().chain(fields).collect();
    for count in [2, 3, 5] {
        let scripts = split(count, 4);
        let engines: Vec<&Engine> = scripts.iter().map(|script| &script.engine).collect();
        assert!(engines.iter().all(|engine| engine.contact_count() > 100), "{count} have contacts each");
        let both = |segment: &str, request: PageRequest| {
            let page = page_across(&engines, segment, &request).unwrap();
            assert_eq!(page, one.page(segment, &request).unwrap(), "{count} engines: {segment}, {request:?}");
            page
        };
        for (order, segment) in orders.iter().flat_map(|order| SEGMENTS.map(|segment| (order, segment))) {
            let request = |start, size| {
                PageRequest::default().with_order(order.clone()).with_start(start).with_size(size)
            };
            let total = one.count(segment).unwrap();
            let step = total as usize / 40 + 1;
            for offset in (0..total + 3).step_by(step).chain([u64::MAX]) {
                let size = [0, 1, 7, 50, 1_000, usize::MAX][(offset / step as u64 % 6) as usize];
                both(segment, request(PageStart::Offset(offset), size));
            }
            for size in [step, 300] {
                let (mut start, mut walked) = (PageStart::Offset(0), 0);
                while let Page { contacts, next: Some(position), .. } = both(segment, request(start, size)) {
                    walked += contacts.len() as u64;
                    assert!(walked < total, "{count} engines: {segment} by {order:?} goes round");
                    start = PageStart::After(position);
                }
            }
        }
    }
}

#[test]
fn pages_over_engines_that_cannot_answer_are_refused() {
    let (defined, bare) = (defined().engine, Engine::new(SEED));
    let asked = |engines: &[&Engine], order: PageOrder| {
        page_across(engines, "all", &PageRequest::default().with_order(order)).unwrap_err()
    };
    let arrival = || PageOrder::Arrival { descending: false };
    for engines in [&[][..], &[&bare], &[&defined, &bare]] {
        let refused = asked(engines, arrival());
        assert!(matches!(refused, Error::UnknownSegment { segment } if segment == "all"));
    }
    let refused =
        asked(&[&defined, &defined], PageOrder::Field { field: "labels".to_owned(), descending: true });
    assert!(matches!(refused, Error::SortField { field } if field == "labels"));
}

#[test]
fn a_sorted_walk_leaves_nobody_out_when_the_time_zone_changes() {
    let field = FIELDS.iter().position(|field| *field == "on").unwrap();
    for descending in [false, true] {
        let mut workspace = Workspace::new(3);
        let positions: Vec<(usize, PagePosition)> = (0..40)
            .map(|n| {
                let start = PageStart::Offset(n * CONTACTS as u64 / 40);
                let page = workspace.page("all", field, descending, start, 1);
                (contacts(&page)[0], page.next.unwrap())
            })
            .collect();
        workspace.script.apply(r#"{"type":"workspace_configured","time_zone":"Asia/Tokyo"}"#);
        for key in workspace.keys[field].iter_mut().flatten() {
            if let Key::Date(day, Some(instant)) = key {
                *day = (*instant + 9 * HOUR).div_euclid(24 * HOUR);
            }
        }
        let sorted = workspace.sorted("all", field, descending);
        for (last, position) in positions {
            let page = workspace.page("all", field, descending, PageStart::After(position), 50);
            let is_after = |contact: &&usize| {
                // The last contact stands where its instant is on the days of the present zone.
                let keys = order(workspace.key(field, **contact), workspace.key(field, last), descending);
                keys.then((*contact).cmp(&last)).is_gt()
            };
            let expected: Vec<_> = sorted.iter().filter(is_after).take(50).copied().collect();
            assert_eq!(contacts(&page), expected, "after c{last}, {descending}");
        }
    }
}

#[test]
fn a_position_works_after_its_field_changes_kind() {
    let mut script = Script::of(&[
        r#"{"type":"segment_saved","segment":"all","name":"A","rule":{"match":"none","conditions":[{"field":"name","operator":"equals","value":"nobody"}]}}"#,
    ]);
    // The kinds in their order.
    let kinds = [("text", r#""m""#), ("number", "5"), ("date", r#""2026-11-23""#), ("boolean", "true")];
    for contact in ["one", "two", "empty"] {
        script.apply(&format!(r#"{{"type":"contact_saved","contact":"{contact}"}}"#));
    }
    let mut positions = Vec::new();
    for round in 0..2 {
        for (rank, (kind, value)) in kinds.iter().enumerate() {
            script.apply(&format!(r#"{{"type":"field_defined","field":"it","kind":"{kind}"}}"#));
            for contact in ["one", "two"] {
                let set = format!(r#"{{"it":{value}}}"#);
                script.apply(&format!(r#"{{"type":"contact_saved","contact":"{contact}","set":{set}}}"#));
            }
            for descending in [false, true] {
                let order = PageOrder::Field { field: "it".into(), descending };
                let request = |start, size| {
                    PageRequest::default().with_order(order.clone()).with_start(start).with_size(size)
                };
                for (_, position) in
                    positions.iter().filter(|((_, each), _)| round == 1 && *each == descending)
                {
                    let page = script
                        .engine
                        .page("all", &request(PageStart::After(PagePosition::clone(position)), 9));
                    let ids = page.unwrap().contacts;
                    let ((written, _), _) = positions.iter().find(|(_, each)| each == position).unwrap();
                    let expected: &[&str] = match rank.cmp(written) {
                        Ordering::Equal => &["two", "empty"],
                        later if later.is_gt() != descending => &["one", "two", "empty"],
                        _ => &["empty"],
                    };
                    let ids: Vec<_> = ids.iter().map(ContactId::as_str).collect();
                    assert_eq!(ids, expected, "{kind} after rank {written}, {descending}");
                }
                if round == 0 {
                    let first = script.engine.page("all", &request(PageStart::Offset(0), 1)).unwrap();
                    positions.push(((rank, descending), first.next.unwrap()));
                }
            }
            script.apply(r#"{"type":"field_deleted","field":"it"}"#);
        }
    }
}
