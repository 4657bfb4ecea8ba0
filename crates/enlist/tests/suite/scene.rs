//! Shared test setup: rules from text, events on a fixed day, reading all pages, and waiting with a timeout.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use enlist::model::draft::Draft;
use enlist::{
    ContactId, Event, EventBuilder, Instant, Json, Kind, PageRequest, PageStart, Published, Subscription,
    View, Workspace,
};

/// The timeout of every wait.
pub(crate) const LONG: Duration = Duration::from_secs(10);

/// An instant.
pub(crate) fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// The instant of events unless a test sets another one. It is a Monday.
pub(crate) fn noon() -> Instant {
    at("2026-11-23T12:00:00Z")
}

/// A rule as JSON.
pub(crate) fn rule(text: &str) -> Json {
    Json::parse(text).unwrap()
}

/// A rule with one condition.
pub(crate) fn only(field: &str, operator: &str, value: &str) -> Json {
    rule(&format!(
        r#"{{"match": "all", "conditions": [{{"field": "{field}", "operator": "{operator}", "value": {value}}}]}}"#
    ))
}

/// An event that saves a contact with one value.
pub(crate) fn saved(contact: &str, field: &str, value: impl Into<Json>) -> Event {
    built(Event::contact_saved(noon(), contact).set(field, value))
}

/// An event that sets a contact's name.
pub(crate) fn named(contact: &str, name: &str) -> Event {
    saved(contact, "name", name)
}

pub(crate) fn built(event: EventBuilder<impl Draft>) -> Event {
    event.build().unwrap()
}

/// Defines a number field.
pub(crate) fn define_number(workspace: &Workspace, field: &str) {
    workspace.apply_event(built(Event::field_defined(noon(), field, Kind::Number))).unwrap();
}

/// Saves a segment under its id as its name.
pub(crate) fn save_segment(workspace: &Workspace, segment: &str, rule: Json) -> enlist::Revision {
    workspace.segment(segment).unwrap().save(segment, rule).unwrap()
}

/// All members of a segment, page by page.
pub(crate) fn walk(view: View<'_>, segment: &str, size: usize) -> Vec<ContactId> {
    let mut request = PageRequest::default().with_size(size);
    let mut members = Vec::new();
    loop {
        let page = view.page(segment, &request).unwrap();
        members.extend(page.contacts);
        let Some(next) = page.next else { return members };
        request.start = PageStart::After(next);
    }
}

/// All items that are available without waiting.
pub(crate) fn drain(subscription: &mut Subscription) -> Vec<Published> {
    std::iter::from_fn(|| subscription.try_next()).collect()
}

/// Runs `work` on its own thread. If it does not end in time, the test fails instead of hanging.
pub(crate) fn ends<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, is_done) = mpsc::channel();
    let work = move || {
        let result = work();
        let _ = done.send(());
        result
    };
    let thread = thread::Builder::new().spawn(work).unwrap();
    match is_done.recv_timeout(LONG) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{what} does not end"),
        Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        }
    }
}

/// Waits until `holds` returns true; fails after a timeout.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..LONG.as_millis() {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("{what}: not within {LONG:?}");
}
