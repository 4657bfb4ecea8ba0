//! The values that workloads use: few, so that events meet the same ones, and hostile, so that they break naive
//! code.

/// Texts: case, composition, blanks of many scripts, invisible and four-byte characters, wildcards of other
/// systems.
pub(crate) const TEXTS: [&str; 56] = [
    "a",
    "A",
    "b",
    "ab",
    "ba",
    " aB ",
    "abab",
    "Anna",
    "anna k",
    "ANNA",
    "%",
    "_",
    "*",
    ".",
    "a%b",
    "a_b",
    "\\",
    "\"",
    "Straße",
    "STRASSE",
    "straẞe",
    "ss",
    "ΟΔΥΣΣΕΎΣ",
    "οδυσσεύς",
    "σ",
    "ς",
    "Σ",
    "İ",
    "i\u{307}",
    "I",
    "ı",
    "i",
    "é",
    "e\u{301}",
    "É",
    "e",
    "\u{345}\u{391}",
    "ᾈ",
    "ΐ",
    "ŉ",
    "ﬃ",
    "ffi",
    "\u{212a}",
    "k",
    "\u{200b}",
    "\u{200b}a",
    "\u{feff}a",
    "\u{3000}a\u{2003}",
    "a\u{85}",
    "שלום",
    "a\u{202e}b",
    "😀",
    "👩\u{200d}👧",
    "𐐀𐐨",
    "a\0b",
    "\u{1}",
];

/// Values that are empty in every kind, or nearly so.
pub(crate) const BLANKS: [&str; 7] = ["", " ", "\t\n", "\u{a0}", "\u{3000}", "\u{2028}\u{2009}", "\u{85}"];

/// Phone numbers.
pub(crate) const PHONES: [&str; 9] =
    ["+1 (415) 555-0100", "14155550100", "0100", "4", "00 1", "٣ 5", "tel:415", " 55 ", "+44 20 7946 0100"];

/// Labels, some of which are equal.
pub(crate) const LABELS: [&str; 14] = [
    "vip", "VIP", " Vip ", "new", "churned", "Straße", "STRASSE", "é", "e\u{301}", "a%", "\u{200b}", "ς",
    "Σ", "1",
];

/// Options, which are compared exactly, so that all of these are distinct.
pub(crate) const OPTIONS: [&str; 10] =
    ["free", "pro", "Pro", " pro", "team", "é", "e\u{301}", "%", "😀", "open"];

/// Options of the built-in conversation fields.
pub(crate) const STATES: [&str; 6] = ["open", "closed", "instagram", "sms", "Open", "mail"];

/// Numbers as JSON.
pub(crate) const NUMBERS: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    5.0,
    4.999_999_999_999_999,
    500.0,
    1e-300,
    1e300,
    -1e300,
    0.1,
    9_007_199_254_740_993.0,
];

/// Numbers as strings.
pub(crate) const NUMBER_TEXTS: [&str; 7] = [" 12.50", "5", "5e0", "-0", "500.0", "0.1", "\u{a0}1"];

/// Strings that are no number, no date, no phone number.
pub(crate) const MISFITS: [&str; 10] =
    ["x", "+1", "1e999", "NaN", "2026-02-30", "2026-11-23T25:00:00Z", "23.11.2026", "01", "0x10", "true"];

/// Time zones, each with an instant shortly before something unusual happens there.
pub(crate) const ZONES: [(&str, &str); 16] = [
    ("UTC", "2026-11-22T22:00:00Z"),
    ("America/Sao_Paulo", "2018-11-03T12:00:00Z"),
    ("America/Sao_Paulo", "2019-02-16T12:00:00Z"),
    ("America/St_Johns", "2010-11-06T12:00:00Z"),
    ("America/St_Johns", "2011-03-12T12:00:00Z"),
    ("Pacific/Apia", "2011-12-29T00:00:00Z"),
    ("Europe/London", "2026-10-24T20:00:00Z"),
    ("Asia/Kathmandu", "1985-12-31T12:00:00Z"),
    ("Africa/Monrovia", "1972-01-06T12:00:00Z"),
    ("Antarctica/Troll", "2026-03-28T12:00:00Z"),
    ("America/New_York", "2026-10-31T22:00:00Z"),
    ("america/havana", "2026-10-31T22:00:00Z"),
    ("Africa/Casablanca", "2026-02-14T12:00:00Z"),
    ("Pacific/Kwajalein", "1993-08-20T00:00:00Z"),
    ("Asia/Manila", "1844-12-30T00:00:00Z"),
    ("Europe/Paris", "1911-03-10T12:00:00Z"),
];

/// The first and last instants, with which a few workloads begin.
pub(crate) const EDGES: [&str; 4] =
    ["0001-01-01T00:00:00Z", "9998-11-20T00:00:00Z", "1969-12-31T23:59:59.999Z", "2000-02-28T12:00:00Z"];

/// Ids that must be compared byte for byte.
pub(crate) const IDS: [&str; 9] =
    ["a", "A", " ", "a b", "line\nbreak", "é", "e\u{301}", "\"quoted\\\"", "\u{1f600}\0"];

/// Built-in fields that can be set.
pub(crate) const BUILT_IN: [&str; 9] = [
    "name",
    "email",
    "phone",
    "created_at",
    "last_activity_at",
    "conversation.channel",
    "conversation.status",
    "conversation.created_at",
    "conversation.last_activity_at",
];

/// Date fields.
pub(crate) const DATES: [&str; 5] =
    ["created_at", "last_activity_at", "due", "conversation.last_activity_at", "conversation.due"];

/// Custom fields with their kinds, as definitions name them.
pub(crate) const FIELDS: [(&str, &str); 16] = [
    ("plan", "select"),
    ("tags", "multi_select"),
    ("score", "number"),
    ("due", "date"),
    ("birthday", "date"),
    ("opted_in", "boolean"),
    ("notes", "text"),
    ("mobile", "phone"),
    ("conversation.priority", "select"),
    ("conversation.topics", "multi_select"),
    ("conversation.rating", "number"),
    ("conversation.due", "date"),
    ("conversation.urgent", "boolean"),
    ("conversation.subject", "text"),
    ("conversation.number", "phone"),
    ("conversation", "boolean"),
];
