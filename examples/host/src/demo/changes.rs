//! What happens to the contacts of `crm`: the events that a seed leads to, each accepted after those before it.
//!
//! It does not know when they happen.

use enlist::model::Error;
use enlist::{Event, Instant};

use crate::demo::definitions::{CHANNELS, PRIORITIES, TOPICS};
use crate::demo::draws::Draws;
use crate::demo::person::{self, EMPTY, HOSTILE, LABELS, PLANS};
use crate::demo::population::{Known, Population, Status};

/// One kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    SignedUp,
    Labelled,
    ChangedPlan,
    Opened,
    Resolved,
    WasActive,
    Deleted,
    Merged,
}

/// Everything but sign-ups, each with its share in a hundred.
const STEPS: &[(Step, u32)] = &[
    (Step::Labelled, 17),
    (Step::ChangedPlan, 10),
    (Step::Opened, 20),
    (Step::Resolved, 19),
    (Step::WasActive, 32),
    (Step::Deleted, 1),
    (Step::Merged, 1),
];
/// The most conversations that are opened with one contact.
const CONVERSATIONS: usize = 4;
/// With fewer contacts than this, none goes.
const FEWEST: usize = 10;

/// The contacts that there are, and what comes next.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    draws: Draws,
    population: Population,
}

impl Changes {
    pub(crate) fn new(seed: u64, population: Population) -> Self {
        Changes { draws: Draws::new(seed), population }
    }

    pub(crate) fn draws(&mut self) -> &mut Draws {
        &mut self.draws
    }

    pub(crate) fn population(&self) -> &Population {
        &self.population
    }

    /// What kind of change comes next, sign-ups aside.
    pub(crate) fn draw_step(&mut self) -> Step {
        *self.draws.weighted(STEPS)
    }

    /// The event of a change. Where it has nobody to happen to, there is another one: a sign-up, or an activity.
    pub(crate) fn step(&mut self, step: Step, at: Instant) -> Result<Event, Error> {
        let event = if self.population.contacts().is_empty() {
            self.sign_up(at)
        } else {
            match step {
                Step::SignedUp => self.sign_up(at),
                Step::Labelled => self.label(at),
                Step::ChangedPlan => self.change_plan(at),
                Step::Opened => self.open(at),
                Step::Resolved => self.resolve(at),
                Step::WasActive => self.be_active(at),
                Step::Deleted => self.delete(at),
                Step::Merged => self.merge(at),
            }
        }?;
        self.population.observe(&event);
        Ok(event)
    }

    /// What is known of a contact who has been there for long: its sign-up, when it was active, its conversations.
    pub(crate) fn older(&mut self, at: Instant, until: i64) -> Result<Vec<Event>, Error> {
        let mut events = vec![self.sign_up(at)?];
        let contact = contact_id(self.population.next_contact());
        let first = self.population.next_conversation();
        for number in 0..*self.draws.weighted(&[(0, 30), (1, 34), (2, 20), (3, 11), (4, 5)]) {
            let begun = self.instant_between(at, until);
            let status = if self.draws.happens(18) { Status::Open } else { Status::Resolved };
            events.push(self.conversation(begun, &conversation_id(first + number), &contact, status)?);
        }
        if !self.draws.happens(EMPTY) {
            events.push(Event::activity(self.instant_between(at, until), &contact).build()?);
        }
        for event in &events {
            self.population.observe(event);
        }
        Ok(events)
    }

    fn instant_between(&mut self, from: Instant, until: i64) -> Instant {
        // The later of two: most have been active not long ago.
        let from = from.milliseconds();
        let drawn = self.draws.between(from, until).max(self.draws.between(from, until));
        Instant::from_milliseconds(drawn).unwrap_or(Instant::MAX)
    }

    fn sign_up(&mut self, at: Instant) -> Result<Event, Error> {
        let number = self.population.next_contact();
        let mut event = Event::contact_saved(at, &contact_id(number));
        for (field, value) in person::fields(&mut self.draws, number) {
            event = event.set(field, value);
        }
        for label in person::labels(&mut self.draws) {
            event = event.add_label(label);
        }
        event.build()
    }

    /// Somebody, more often one who came lately.
    fn somebody(&mut self) -> &Known {
        let contacts = self.population.contacts();
        // The later of two.
        let place = self.draws.below(contacts.len()).max(self.draws.below(contacts.len()));
        &contacts[place]
    }

    /// Somebody who may go: not one of those whose names are there to be seen.
    fn somebody_who_may_go(&mut self) -> Option<String> {
        if self.population.contacts().len() < FEWEST {
            return None;
        }
        let id = self.draws.one_of(self.population.contacts()).id.clone();
        let is_shown = (1..).zip(HOSTILE).any(|(number, _)| contact_id(number) == id);
        (!is_shown).then_some(id)
    }

    fn label(&mut self, at: Instant) -> Result<Event, Error> {
        let label = *self.draws.weighted(LABELS);
        let known = self.somebody();
        let event = Event::contact_saved(at, &known.id);
        let has = known.labels.iter().any(|other| other == label);
        if has { event.remove_label(label).build() } else { event.add_label(label).build() }
    }

    fn change_plan(&mut self, at: Instant) -> Result<Event, Error> {
        let plan = *self.draws.weighted(PLANS);
        let known = self.somebody();
        let current = known.plan.as_deref();
        // The same plan again would be no change: it is the next one then.
        let next = PLANS.iter().map(|(plan, _)| *plan).cycle().skip_while(|other| *other != plan).nth(1);
        let to = if current == Some(plan) { next.unwrap_or(plan) } else { plan };
        Event::contact_saved(at, &known.id).set("plan", to).build()
    }

    fn open(&mut self, at: Instant) -> Result<Event, Error> {
        let new = conversation_id(self.population.next_conversation());
        let known = self.somebody();
        let contact = known.id.clone();
        let again = known.conversations.iter().find(|known| known.status == Status::Resolved);
        if known.conversations.len() < CONVERSATIONS {
            return self.conversation(at, &new, &contact, Status::Open);
        }
        match again.map(|known| known.id.clone()) {
            Some(id) => set_status(at, &id, &contact, Status::Open),
            None => Event::activity(at, &contact).build(),
        }
    }

    fn resolve(&mut self, at: Instant) -> Result<Event, Error> {
        // Bounded: there may be few who have an open one.
        for _ in 0..20 {
            let known = self.somebody();
            let open = known.conversations.iter().find(|known| known.status == Status::Open);
            if let Some(open) = open {
                return set_status(at, &open.id, &known.id, Status::Resolved);
            }
        }
        self.be_active(at)
    }

    fn be_active(&mut self, at: Instant) -> Result<Event, Error> {
        let known = self.somebody();
        let event = Event::activity(at, &known.id);
        match known.conversations.last() {
            Some(conversation) => event.conversation(&conversation.id).build(),
            None => event.build(),
        }
    }

    fn delete(&mut self, at: Instant) -> Result<Event, Error> {
        match self.somebody_who_may_go() {
            Some(id) => Event::contact_deleted(at, &id).build(),
            None => self.be_active(at),
        }
    }

    fn merge(&mut self, at: Instant) -> Result<Event, Error> {
        let gone = self.somebody_who_may_go();
        let into = self.somebody().id.clone();
        match gone.filter(|gone| *gone != into) {
            Some(gone) => Event::contact_merged(at, &gone, &into).build(),
            None => self.be_active(at),
        }
    }

    fn conversation(&mut self, at: Instant, id: &str, contact: &str, status: Status) -> Result<Event, Error> {
        let mut event = Event::conversation_saved(at, id, contact)
            .set("conversation.channel", *self.draws.weighted(CHANNELS))
            .set("conversation.status", status.name());
        for (field, options) in [("conversation.priority", PRIORITIES), ("conversation.topic", TOPICS)] {
            let option = *self.draws.weighted(options);
            if !self.draws.happens(EMPTY) {
                event = event.set(field, option);
            }
        }
        event.build()
    }
}

fn set_status(at: Instant, id: &str, contact: &str, status: Status) -> Result<Event, Error> {
    Event::conversation_saved(at, id, contact).set("conversation.status", status.name()).build()
}

fn contact_id(number: u64) -> String {
    format!("c-{number:05}")
}

fn conversation_id(number: u64) -> String {
    format!("v-{number:06}")
}
