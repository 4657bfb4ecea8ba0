//! The contacts whose ids begin with a text, found in steps, between which the engine is free for other work.
//!
//! It knows no rules: an id is no field. Invariant: the result of a search is that of the moment at which it is used, because the id of
//! a number never changes, new contacts have greater numbers, and deleted ones are left out at the end.

use roaring::RoaringBitmap;

use crate::engine::Engine;
use crate::ids::ContactNo;

/// Contacts in a step, which takes less than a millisecond.
const STEP_CONTACTS: usize = 16_384;

/// A search for contacts whose ids begin with a text.
///
/// [`Engine::step_id_search`] continues it and [`Engine::select_ids`] uses its result. A host that keeps the engine behind a lock
/// releases the lock between the steps.
///
/// ```
/// use enlist_engine::{Engine, HashSeed, IdSearch};
/// use enlist_model::{Event, Instant};
///
/// let mut engine = Engine::new(HashSeed::new(1));
/// let at = Instant::parse("2026-11-23T12:00:00Z").ok_or("an instant")?;
/// for contact in ["lead-1", "lead-2", "ada"] {
///     engine.apply(&Event::contact_saved(at, contact).build()?, &mut Vec::new())?;
/// }
/// let mut search = IdSearch::new("lead-");
/// while !engine.step_id_search(&mut search) {}
/// assert_eq!(engine.select_ids(search).len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is searched before it is stepped"]
pub struct IdSearch {
    prefix: String,
    found: RoaringBitmap,
    /// The number of the next contact to look at.
    next: usize,
}

impl IdSearch {
    /// A search for ids that begin with `prefix`, letter by letter; an empty one finds all contacts.
    pub fn new(prefix: &str) -> Self {
        IdSearch { prefix: prefix.to_owned(), found: RoaringBitmap::new(), next: 0 }
    }
}

impl Engine {
    /// Continues a search, usually for less than a millisecond. Returns whether every contact has been looked at.
    pub fn step_id_search(&self, search: &mut IdSearch) -> bool {
        let contacts = &self.facts.contacts;
        let end = contacts.numbers().min(search.next + STEP_CONTACTS);
        let numbers = (search.next..end).map(ContactNo::at);
        let begins = |no: &ContactNo| {
            contacts.living(*no).is_some_and(|contact| contact.id.as_str().starts_with(&search.prefix))
        };
        search.found.extend(numbers.filter(begins).map(|no| no.0));
        search.next = end;
        end == contacts.numbers()
    }

    /// The contacts that a search finds now, as [numbers](Self::contact_ids).
    pub fn select_ids(&self, mut search: IdSearch) -> RoaringBitmap {
        while !self.step_id_search(&mut search) {}
        self.facts.contacts.living_of(&search.found).into_owned()
    }
}
