//! A person of the demo: what is known of them when they sign up.
//!
//! It does not know when they do, nor what becomes of them.

use enlist::Json;

use crate::demo::draws::Draws;
use crate::demo::origin::{NameOrder, ORIGINS, Origin};

/// In how many of a hundred contacts a field is empty.
pub(crate) const EMPTY: u32 = 15;
const NAMELESS: u32 = 3;
/// What somebody may enter as a name: markup, and a mark that turns the text after it around.
pub(crate) const HOSTILE: [&str; 2] = ["<script>alert(1)</script>", "Nina \u{202E}gpj.hcraM"];

/// Plans, each with its share.
pub(crate) const PLANS: &[(&str, u32)] = &[("free", 58), ("pro", 30), ("business", 12)];
/// Labels by a long tail: each with the percentage of contacts that have it.
pub(crate) const LABELS: &[(&str, u32)] = &[
    ("Lead", 40),
    ("Customer", 24),
    ("Trial", 14),
    ("VIP", 8),
    ("Wholesale", 5),
    ("Press", 3),
    ("Partner", 2),
    ("Beta", 1),
    ("Ambassador", 1),
];
/// Interests, each with the percentage of contacts that have it.
const INTERESTS: &[(&str, u32)] =
    &[("music", 38), ("travel", 34), ("cooking", 26), ("sport", 22), ("design", 14), ("gardening", 7)];

const WORDS: &[&str] =
    &["river", "maple", "cloud", "amber", "pixel", "north", "olive", "stone", "lumen", "harbour"];
const COMPANIES: &[&str] = &[
    "Nordlicht GmbH",
    "Atelier Brume",
    "Café Kröpcke",
    "Søstrene & Co.",
    "Tamarind Foods",
    "Hafen & Söhne KG",
    "Łąka Studio",
    "株式会社みどり",
    "한빛상사",
    "दीपक ट्रेडर्स",
    "مكتبة النيل",
    "Blue Heron Ltd",
];

/// Options of a select or a list, as the field is defined.
pub(crate) fn interests() -> Vec<&'static str> {
    INTERESTS.iter().map(|(interest, _)| *interest).collect()
}

/// Draws all fields of a person, by key; those that are empty are left out.
pub(crate) fn fields(draws: &mut Draws, number: u64) -> Vec<(&'static str, Json)> {
    let origin = draws.weighted(ORIGINS);
    let mut fields = Vec::new();
    let hostile = usize::try_from(number).ok().and_then(|number| HOSTILE.get(number.wrapping_sub(1)));
    let usual = name(draws, origin);
    if let Some(name) = hostile {
        fields.push(("name", Json::from(*name)));
    } else if !draws.happens(NAMELESS) {
        fields.push(("name", Json::from(usual)));
    }
    let email = format!("{}.{number}@example.com", draws.one_of(WORDS));
    let phone = format!("{} {}", draws.one_of(origin.prefixes), draws.digits(origin.digits));
    // The year is that of the greater part of adults, children of the year 2000 among them.
    let birthday =
        format!("{}-{:02}-{:02}", 1950 + draws.below(58), 1 + draws.below(12), 1 + draws.below(28));
    let mut likes: Vec<&str> = INTERESTS
        .iter()
        .filter(|(_, percent)| draws.happens(*percent))
        .map(|(interest, _)| *interest)
        .collect();
    if likes.is_empty() {
        likes.push(*draws.weighted(INTERESTS));
    }
    let values = [
        ("email", Json::from(email)),
        ("phone", Json::from(phone)),
        ("plan", Json::from(*draws.weighted(PLANS))),
        ("revenue", Json::from(revenue(draws))),
        ("interests", Json::from(likes)),
        ("newsletter", Json::from(draws.happens(55))),
        ("birthday", Json::from(birthday)),
        ("city", Json::from(*draws.one_of(origin.cities))),
        ("company", Json::from(*draws.one_of(COMPANIES))),
    ];
    fields.extend(values.into_iter().filter(|_| !draws.happens(EMPTY)));
    fields
}

/// The labels that somebody has at first.
pub(crate) fn labels(draws: &mut Draws) -> Vec<&'static str> {
    LABELS.iter().filter(|(_, percent)| draws.happens(*percent)).map(|(label, _)| *label).collect()
}

fn name(draws: &mut Draws, origin: &Origin) -> String {
    let (given, family) = (draws.one_of(origin.given), draws.one_of(origin.family));
    match origin.order {
        NameOrder::GivenFirst => format!("{given} {family}"),
        NameOrder::FamilyFirst => format!("{family}{given}"),
    }
}

/// Log-normal, half of them below 180, in cents.
fn revenue(draws: &mut Draws) -> f64 {
    ((5.2 + 1.1 * draws.normal()).exp() * 100.0).round() / 100.0
}
