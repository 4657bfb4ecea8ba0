//! The values of fields: texts with the keys by which they are compared, options, labels; each has a number.
//!
//! It knows no contact. Invariant: every number in a column has its text here; the texts of one field have different
//! keys.

use std::collections::BTreeMap;

use enlist_model::TextKey;

use crate::workload::field::{Column, LABELS, TEXTS};

const GIVEN_NAMES: [&str; 24] = [
    "Ana", "Béla", "Chidi", "Dolores", "Émile", "Fatima", "Grace", "Hiroshi", "Ingrid", "João", "Kwame",
    "Lucía", "Mei", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Tomás", "Uma", "Viktor", "Wei",
    "Zoë",
];
const FAMILY_NAMES: [&str; 20] = [
    "Almeida",
    "Brontë",
    "Castillo",
    "Dubois",
    "Eriksson",
    "Fernández",
    "Großmann",
    "Hansen",
    "Ibrahim",
    "Jensen",
    "Kowalski",
    "Lindqvist",
    "Müller",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quispe",
    "Rossi",
    "Suzuki",
    "Tanaka",
];
const PLACES: [&str; 30] = [
    "Lisbon",
    "São Paulo",
    "Osaka",
    "Nairobi",
    "Kraków",
    "Austin",
    "Pune",
    "Tromsø",
    "Lima",
    "Dakar",
    "Leeds",
    "Porto",
    "Quito",
    "Reims",
    "Seoul",
    "Turin",
    "Utrecht",
    "Vigo",
    "Warsaw",
    "Xalapa",
    "York",
    "Zürich",
    "Accra",
    "Basel",
    "Cork",
    "Delhi",
    "Essen",
    "Fez",
    "Ghent",
    "Hanoi",
];
const TRADES: [&str; 25] = [
    "Bakery",
    "Books",
    "Cargo",
    "Dental",
    "Energy",
    "Farms",
    "Garden",
    "Hotels",
    "Imports",
    "Jewels",
    "Kitchens",
    "Logistics",
    "Media",
    "Networks",
    "Optics",
    "Paper",
    "Quarry",
    "Robotics",
    "Studio",
    "Travel",
    "Utilities",
    "Ventures",
    "Works",
    "Yachts",
    "Zoology",
];
const ROLES: [&str; 15] = [
    "Accountant",
    "Buyer",
    "Clerk",
    "Designer",
    "Engineer",
    "Founder",
    "Geologist",
    "Host",
    "Inspector",
    "Jurist",
    "Lecturer",
    "Manager",
    "Nurse",
    "Owner",
    "Planner",
];
const RANKS: [&str; 8] = ["Junior", "Senior", "Lead", "Chief", "Deputy", "Head", "Interim", "Assistant"];
const SOURCES: [&str; 10] = [
    "newsletter",
    "webinar",
    "referral",
    "fair",
    "search",
    "social",
    "partner",
    "outbound",
    "print",
    "podcast",
];
const MAIL_HOSTS: [&str; 6] =
    ["gmail.com", "outlook.com", "yahoo.com", "proton.me", "example.org", "mail.example"];

/// The texts of one field.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    shown: String,
    keys: String,
    /// Where each text ends in `shown` and in `keys`.
    ends: Vec<(usize, usize)>,
}

impl Texts {
    fn of(texts: impl Iterator<Item = String>) -> Self {
        let mut pool = Texts::default();
        for text in texts {
            pool.shown.push_str(&text);
            pool.keys.push_str(TextKey::of(&text).expect("a pool has no blank text").as_str());
            pool.ends.push((pool.shown.len(), pool.keys.len()));
        }
        pool
    }

    /// How many texts there are.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// The text as written.
    pub fn shown(&self, code: u32) -> &str {
        let (start, end) = self.bounds(code);
        &self.shown[start.0..end.0]
    }

    /// The key by which the text is compared.
    pub fn key(&self, code: u32) -> &str {
        let (start, end) = self.bounds(code);
        &self.keys[start.1..end.1]
    }

    /// The text with this key.
    pub fn with_key(&self, key: &str) -> Option<u32> {
        (0..self.ends.len() as u32).find(|code| self.key(*code) == key)
    }

    fn bounds(&self, code: u32) -> ((usize, usize), (usize, usize)) {
        let code = code as usize;
        let start = code.checked_sub(1).map_or((0, 0), |before| self.ends[before]);
        (start, self.ends[code])
    }
}

/// All values.
#[derive(Clone, Debug)]
pub struct Pools {
    /// The texts, by the number of their column.
    pub texts: [Texts; TEXTS],
    labels: Vec<String>,
    label_codes: BTreeMap<String, u16>,
}

impl Pools {
    /// Values for this many contacts: one e-mail address for each, fixed numbers of everything else.
    ///
    /// # Panics
    /// Never: no label of a pool is blank.
    pub fn new(contacts: u32) -> Self {
        let labels: Vec<String> = (0..LABELS).map(|label| format!("Label {label}")).collect();
        let key = |label: &String| TextKey::of(label).expect("no label is blank").as_str().to_owned();
        Pools {
            texts: [
                Texts::of(names()),
                Texts::of(emails(contacts)),
                Texts::of(companies()),
                Texts::of(cities()),
                Texts::of(job_titles()),
                Texts::of(campaigns()),
            ],
            label_codes: labels.iter().map(key).zip(0..).collect(),
            labels,
        }
    }

    /// A label as written.
    pub fn label(&self, label: u16) -> &str {
        &self.labels[usize::from(label)]
    }

    /// The label with this key.
    pub fn label_with_key(&self, key: &str) -> Option<u16> {
        self.label_codes.get(key).copied()
    }

    /// The number of options of a select or multi-select.
    pub fn option_count(column: Column) -> u32 {
        match column {
            Column::Select(0) => 8,
            Column::Select(1) => 40,
            Column::Select(_) => 60,
            Column::MultiSelect(0) => 24,
            Column::MultiSelect(_) => 16,
            Column::Conversation(0) => 6,
            Column::Conversation(_) => 4,
            _ => 0,
        }
    }

    /// An option by its number.
    pub fn option(code: u32) -> String {
        format!("option_{code}")
    }

    /// The number of an option.
    pub fn option_code(option: &str) -> Option<u32> {
        option.strip_prefix("option_")?.parse().ok()
    }
}

fn names() -> impl Iterator<Item = String> {
    let middle = |place: usize| PLACES[place % PLACES.len()];
    (0..14_400).map(move |no: usize| {
        let (given, family) = (no % GIVEN_NAMES.len(), no / GIVEN_NAMES.len() % FAMILY_NAMES.len());
        let place = no / (GIVEN_NAMES.len() * FAMILY_NAMES.len());
        format!("{} {}-{}", GIVEN_NAMES[given], FAMILY_NAMES[family], middle(place))
    })
}

fn emails(contacts: u32) -> impl Iterator<Item = String> {
    (0..contacts.max(1)).map(|no| {
        let given =
            GIVEN_NAMES[no as usize % GIVEN_NAMES.len()].chars().next().unwrap_or('a').to_ascii_lowercase();
        let host = MAIL_HOSTS[no.wrapping_mul(2_654_435_761) as usize % 97 % MAIL_HOSTS.len()];
        format!("{given}.user{no}@{host}")
    })
}

fn companies() -> impl Iterator<Item = String> {
    (0..3_000).map(|no: usize| {
        let (trade, place) = (no % TRADES.len(), no / TRADES.len() % PLACES.len());
        let form = ["Ltd", "GmbH", "S.A.", "Inc"][no / (TRADES.len() * PLACES.len()) % 4];
        format!("{} {} {form}", PLACES[place], TRADES[trade])
    })
}

fn cities() -> impl Iterator<Item = String> {
    (0..300).map(|no: usize| {
        let part =
            ["", " North", " South", " East", " West", " Port", " Old Town", " Hills", " Lake", " Market"];
        format!("{}{}", PLACES[no % PLACES.len()], part[no / PLACES.len()])
    })
}

fn job_titles() -> impl Iterator<Item = String> {
    (0..120).map(|no: usize| format!("{} {}", RANKS[no / ROLES.len()], ROLES[no % ROLES.len()]))
}

fn campaigns() -> impl Iterator<Item = String> {
    (0..80).map(|no: usize| format!("{} 20{}", SOURCES[no % SOURCES.len()], 19 + no / SOURCES.len()))
}
