//! Workloads: event logs from a seed, with everything that an event can say and much that it should not.
//!
//! Pools of ids and values are small, so that most events flip something. An oracle that only records knows what
//! exists, so that most events are accepted. Invariant: the same seed and profile give the same log on every
//! platform, and every event is well formed.

mod draw;
mod pools;
mod rules;
mod values;

use enlist_model::{
    ContactId, ConversationId, Event, EventBody, FieldDefinition, FieldKey, Instant, Json, Kind, Label,
    Scope, SegmentId, Setting, WeekStart,
};

use crate::oracle::Oracle;
use draw::Draw;
use rules::Rules;
use values::Here;

/// The size of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The number of contact ids.
    pub contacts: u32,
    /// The number of conversation ids.
    pub conversations: u32,
    /// The number of segment ids.
    pub segments: u32,
    /// How many of a thousand choices are wrong, where a choice can be wrong.
    pub wrong: u32,
}

impl Default for Profile {
    fn default() -> Self {
        Profile { contacts: 24, conversations: 24, segments: 20, wrong: 60 }
    }
}

/// How fast time passes.
#[derive(Clone, Copy, Debug)]
enum Pace {
    /// Minutes and hours, to visit the unusual days of a zone in detail.
    Slow,
    /// Hours and days.
    Even,
    /// Days to years.
    Fast,
}

/// Events; endless if they come from a seed.
#[derive(Clone, Debug)]
pub struct Workload {
    draw: Draw,
    profile: Profile,
    pace: Pace,
    at: Instant,
    /// Records the accepted events, to know what exists.
    known: Oracle,
    /// The number of events so far.
    drawn: usize,
    zone: &'static str,
    /// The fields of most values and conditions, so that they meet.
    favourites: Vec<&'static str>,
}

/// The types of event to choose from.
#[derive(Clone, Copy, Debug)]
enum Choice {
    Configure,
    DefineField,
    DeleteField,
    SaveSegment,
    DeleteSegment,
    SaveContact,
    DeleteContact,
    Merge,
    SaveConversation,
    DeleteConversation,
    Activity,
    Tick,
}

const CHOICES: [(u32, Choice); 12] = [
    (10, Choice::Configure),
    (25, Choice::DefineField),
    (5, Choice::DeleteField),
    (60, Choice::SaveSegment),
    (12, Choice::DeleteSegment),
    (380, Choice::SaveContact),
    (30, Choice::DeleteContact),
    (25, Choice::Merge),
    (220, Choice::SaveConversation),
    (35, Choice::DeleteConversation),
    (80, Choice::Activity),
    (60, Choice::Tick),
];

/// The number of events that set a workspace up. Time stands still meanwhile.
const SET_UP: usize = 40;

impl Workload {
    /// The workload of a seed.
    pub fn new(seed: u64, profile: Profile) -> Self {
        Self::drawn_from(Draw::new(seed), profile)
    }

    /// The workload whose choices are made by bytes. It ends with them.
    pub fn from_bytes(bytes: &[u8], profile: Profile) -> Self {
        Self::drawn_from(Draw::from_bytes(bytes), profile)
    }

    fn drawn_from(mut draw: Draw, profile: Profile) -> Self {
        let (zone, start) = draw.pick(&pools::ZONES);
        let start = if draw.per_mille(60) { draw.pick(&pools::EDGES) } else { start };
        let at = Instant::parse(start).unwrap_or(Instant::MIN);
        let pace = draw.weighted(&[(5, Pace::Slow), (3, Pace::Even), (1, Pace::Fast)]);
        let mut favourites =
            vec![enlist_model::LABELS, draw.pick(&pools::DATES), draw.pick(&pools::BUILT_IN)];
        favourites.extend((0..5).map(|_| draw.pick(&pools::FIELDS).0));
        Workload { draw, profile, pace, at, known: Oracle::new(), drawn: 0, zone, favourites }
    }

    /// The first events of the workload of a seed.
    pub fn script(seed: u64, profile: Profile, events: usize) -> Vec<Event> {
        Workload::new(seed, profile).take(events).collect()
    }

    /// The next event, with choices made by its own bytes. Where they end, the seed continues.
    pub fn chosen(&mut self, bytes: &[u8]) -> Event {
        self.draw = Draw::from_bytes(bytes);
        self.event()
    }

    fn event(&mut self) -> Event {
        let at = if self.drawn <= SET_UP { self.at } else { self.happens() };
        let event = Event { at, body: self.body() };
        self.drawn += 1;
        // Whether it is refused is part of the workload.
        let _ = self.known.record(&event);
        event
    }

    fn body(&mut self) -> EventBody {
        // A workspace is set up first: its zone, most fields, a few contacts and segments.
        let choice = match self.drawn {
            0 => {
                return EventBody::WorkspaceConfigured {
                    time_zone: Some(self.zone.to_owned()),
                    week_start: None,
                };
            }
            1..=16 => {
                let (field, kind) = pools::FIELDS[self.drawn - 1];
                return self.define(field, kind, self.drawn.is_multiple_of(2));
            }
            17..=24 => Choice::SaveContact,
            25..=SET_UP => Choice::SaveSegment,
            _ => self.draw.weighted(&CHOICES),
        };
        match choice {
            Choice::Configure => self.configure(),
            Choice::DefineField => {
                let (field, kind) = self.draw.pick(&pools::FIELDS);
                let kind = if self.is_wrong() { "text" } else { kind };
                let field = if self.is_wrong() { "email" } else { field };
                self.define(field, kind, true)
            }
            Choice::DeleteField => {
                let (field, _) = self.draw.pick(&pools::FIELDS);
                let field =
                    if self.is_wrong() { self.draw.pick(&["name", "nothing", "No Key"]) } else { field };
                EventBody::FieldDeleted { field: field.to_owned() }
            }
            Choice::SaveSegment => self.save_segment(),
            Choice::DeleteSegment => EventBody::SegmentDeleted { segment: self.segment() },
            Choice::SaveContact => self.save_contact(),
            Choice::DeleteContact => EventBody::ContactDeleted { contact: self.known_contact() },
            Choice::Merge => {
                EventBody::ContactMerged { contact: self.known_contact(), into: self.known_contact() }
            }
            Choice::SaveConversation => self.save_conversation(),
            Choice::DeleteConversation => {
                EventBody::ConversationDeleted { conversation: self.conversation_of_someone().0 }
            }
            Choice::Activity => self.activity(),
            Choice::Tick => EventBody::Tick,
        }
    }

    fn is_wrong(&mut self) -> bool {
        self.draw.per_mille(self.profile.wrong)
    }

    fn configure(&mut self) -> EventBody {
        let (zone, _) = self.draw.pick(&pools::ZONES);
        let zone = if self.is_wrong() { self.draw.pick(&["Mars/Olympus", "", "utc "]) } else { zone };
        let (start, _) = self.draw.pick(&WeekStart::ALL);
        EventBody::WorkspaceConfigured {
            time_zone: (self.draw.below(3) > 0).then(|| zone.to_owned()),
            week_start: (self.draw.below(2) > 0).then_some(start),
        }
    }

    /// A field definition of the right kind that keeps, removes or sets options and default.
    fn define(&mut self, field: &str, kind: &str, with_settings: bool) -> EventBody {
        let kind = Kind::named(kind).unwrap_or(Kind::Text);
        let misplaced = self.is_wrong();
        let options = match self.draw.below(4) {
            0 if with_settings => Setting::Remove,
            1 | 2 if with_settings && (kind.has_options() || misplaced) => {
                let count = self.draw.between(2, 6);
                let mut options: Vec<&str> = (0..count).map(|_| self.draw.pick(&pools::OPTIONS)).collect();
                options.sort_unstable();
                options.dedup();
                Setting::Set(options.into_iter().map(Into::into).collect())
            }
            _ => Setting::Keep,
        };
        let default = match self.draw.below(4) {
            0 if with_settings => Setting::Remove,
            1 | 2 if with_settings && (kind == Kind::Boolean || misplaced) => {
                Setting::Set(self.draw.below(2) == 0)
            }
            _ => Setting::Keep,
        };
        // The keys in the pool are well formed.
        match FieldKey::new(field) {
            Ok(field) => EventBody::FieldDefined { field, kind, options, default },
            Err(_) => EventBody::Tick,
        }
    }

    fn save_segment(&mut self) -> EventBody {
        let segment = self.segment();
        let mut segments: Vec<String> =
            self.known.segments().into_iter().map(|(id, ..)| id.as_str().to_owned()).collect();
        if self.draw.below(5) > 0 {
            // The other rules may name their own segment, or one that refers back to it.
            segments.retain(|id| id.as_str() < segment.as_str());
        } else if self.is_wrong() {
            segments.push("no such segment".to_owned());
        }
        let fields = self.fields();
        let here = Here { at: self.at, zone: self.known.zone() };
        let wrong = self.profile.wrong / 3;
        let rule = Rules { here, fields, segments, wrong }.rule(&mut self.draw);
        EventBody::SegmentSaved { segment, name: "A segment".to_owned(), rule }
    }

    fn save_contact(&mut self) -> EventBody {
        let contact =
            if self.draw.below(4) == 0 { self.contact() } else { self.known_contact_or(Workload::contact) };
        let set = self.set(Scope::Contact, &["conversation.status", "labels", "nothing", "Plan"]);
        let (add_labels, remove_labels) = (self.labels(), self.labels());
        EventBody::ContactSaved { contact, set, add_labels, remove_labels }
    }

    fn save_conversation(&mut self) -> EventBody {
        let (known, owner) = self.conversation_of_someone();
        let conversation = if self.draw.below(3) == 0 { self.conversation() } else { known };
        let contact = if self.draw.below(8) == 0 { self.known_contact() } else { owner };
        let set = self.set(Scope::Conversation, &["name", "labels", "conversation.nothing", "status"]);
        EventBody::ConversationSaved { conversation, contact, set }
    }

    fn activity(&mut self) -> EventBody {
        let (conversation, owner) = self.conversation_of_someone();
        let contact =
            if self.is_wrong() || self.draw.below(3) == 0 { self.known_contact() } else { owner.clone() };
        let with_conversation = if contact == owner { self.draw.below(3) > 0 } else { self.is_wrong() };
        EventBody::Activity { contact, conversation: with_conversation.then_some(conversation) }
    }

    /// Values for some fields of a scope, each field once.
    fn set(&mut self, scope: Scope, strangers: &[&str; 4]) -> Vec<(String, Json)> {
        let mut fields = self.fields();
        fields.retain(|field| rules::is_settable(field, scope));
        let here = Here { at: self.at, zone: self.known.zone() };
        let misfits = self.profile.wrong / 2;
        let mut set: Vec<(String, Json)> = Vec::new();
        for _ in 0..self.draw.weighted(&[(2, 0), (5, 1), (4, 3), (2, 5)]) {
            let Some(field) = self.draw.one_of(&fields) else { break };
            if set.iter().all(|(key, _)| key != field.key.as_str()) {
                set.push((field.key.as_str().to_owned(), here.value(&mut self.draw, &field, misfits)));
            }
        }
        if self.draw.per_mille(self.profile.wrong / 3) {
            set.push((self.draw.pick(strangers).to_owned(), Json::Null));
        }
        set
    }

    /// All fields, or the favourites.
    fn fields(&mut self) -> Vec<FieldDefinition> {
        let all = self.draw.below(4) == 0;
        let known = self.known.fields();
        known.filter(|field| all || self.favourites.contains(&field.key.as_str())).cloned().collect()
    }

    fn labels(&mut self) -> Vec<Label> {
        let count = self.draw.weighted(&[(6, 0), (3, 1), (1, 2), (1, 3)]);
        (0..count).filter_map(|_| Label::new(self.draw.pick(&pools::LABELS)).ok()).collect()
    }

    /// Any id of a contact.
    fn contact(&mut self) -> ContactId {
        let id = id("contact", self.draw.below(self.profile.contacts));
        ContactId::new(&id).unwrap_or_else(|_| unreachable!("the ids of the pool are valid"))
    }

    /// Usually a contact that exists.
    fn known_contact(&mut self) -> ContactId {
        if self.is_wrong() { self.contact() } else { self.known_contact_or(Workload::contact) }
    }

    fn known_contact_or(&mut self, otherwise: impl FnOnce(&mut Self) -> ContactId) -> ContactId {
        let contacts: Vec<&ContactId> = self.known.contacts().collect();
        match self.draw.one_of(&contacts).cloned() {
            Some(contact) => contact,
            None => otherwise(self),
        }
    }

    /// Any id of a conversation.
    fn conversation(&mut self) -> ConversationId {
        let id = id("conversation", self.draw.below(self.profile.conversations));
        ConversationId::new(&id).unwrap_or_else(|_| unreachable!("the ids of the pool are valid"))
    }

    /// A conversation with its contact, if there are any.
    fn conversation_of_someone(&mut self) -> (ConversationId, ContactId) {
        let known: Vec<(&ConversationId, &ContactId)> = self.known.conversations().collect();
        match self.draw.one_of(&known) {
            Some((conversation, contact)) => (conversation.clone(), contact.clone()),
            None => (self.conversation(), self.known_contact()),
        }
    }

    fn segment(&mut self) -> SegmentId {
        let id = id("segment", self.draw.below(self.profile.segments));
        SegmentId::new(&id).unwrap_or_else(|_| unreachable!("the ids of the pool are valid"))
    }

    /// Advances time and returns the instant of the next event, which is sometimes before the last one.
    fn happens(&mut self) -> Instant {
        const MINUTE: i64 = 60_000;
        const DAY: i64 = 1_440 * MINUTE;
        let (hours, days, months, years) = match self.pace {
            Pace::Slow => (MINUTE * 90, DAY / 4, DAY, DAY * 2),
            Pace::Even => (MINUTE * 300, DAY * 2, DAY * 10, DAY * 40),
            Pace::Fast => (DAY, DAY * 10, DAY * 60, DAY * 800),
        };
        let step = match self.draw.below(1_000) {
            0..=399 => 0,
            400..=499 => self.draw.between(0, 2),
            500..=699 => self.draw.between(0, 30) * MINUTE,
            700..=829 => self.draw.between(0, hours),
            830..=859 => self.draw.between(0, days),
            860..=865 => self.draw.between(0, months),
            866..=868 => self.draw.between(0, years),
            869..=949 => {
                let midnight = self.known.zone().next_date_change(self.at, Instant::MAX);
                midnight.map_or(0, |midnight| {
                    midnight.milliseconds() - self.at.milliseconds() - self.draw.pick(&[0, 0, 1])
                })
            }
            _ => {
                let late = self.draw.weighted(&[(3, MINUTE), (3, DAY), (1, 40 * DAY)]);
                let at = self.at.milliseconds() - self.draw.between(1, late);
                return Instant::from_milliseconds(at).unwrap_or(Instant::MIN);
            }
        };
        self.at = Instant::from_milliseconds(self.at.milliseconds() + step).unwrap_or(Instant::MAX);
        self.at
    }
}

impl Iterator for Workload {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.draw.is_spent() {
            return None;
        }
        Some(self.event())
    }
}

/// An id by its number; the hostile ones come first.
fn id(what: &str, number: u32) -> String {
    pools::IDS.get(number as usize).map_or_else(|| format!("{what} {number}"), |id| (*id).to_owned())
}
