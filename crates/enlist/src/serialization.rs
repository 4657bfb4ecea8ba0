//! serde for what a host shows: errors and refusals, receipts, previews, cursors, published items, counts.
//!
//! Each is an object with the names of its methods or fields as members; what has several forms says which in `type`. Ids,
//! instants, tags and codes are strings. It decides nothing; [`model`](crate::model) has the forms of the words themselves.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::batch::Receipt;
use crate::cursor::Cursor;
use crate::error::{Error, RefusedEvent};
use crate::handles::published::{Cause, Published, PublishedNotice, PublishedTransition};
use crate::handles::segment::Preview;
use crate::handles::stored::InUse;
use crate::publish::mailbox::Gap;
use crate::revision::{Incarnation, Revision, Sequence};

/// An object, member by member.
macro_rules! object {
    ($out:expr, $($name:literal: $value:expr),* $(,)?) => {{
        let mut map = $out.serialize_map(None)?;
        $(map.serialize_entry($name, &$value)?;)*
        map.end()
    }};
}

impl Serialize for Error {
    /// With `code`, `message` and `reason`; with `rule_problems` and `unlisted_rule_problems`, or with `value_problems`, if there
    /// are any:
    ///
    /// ```json
    /// {
    ///   "code": "invalid_rule",
    ///   "message": "segment_saved was refused: the rule has 1 problem: conditions[0].field: found …",
    ///   "reason": "conditions[0].field: accepted: …",
    ///   "rule_problems": [{
    ///     "code": "unknown_field", "pointer": "/conditions/0/field", "found": "…", "accepted": "…",
    ///     "suggestion": "plan", "field": null, "kind": null, "operator": null, "message": "…"
    ///   }],
    ///   "unlisted_rule_problems": 0
    /// }
    /// ```
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("message", &self.to_string())?;
        map.serialize_entry("reason", &self.reason())?;
        if !self.rule_problems().is_empty() {
            map.serialize_entry("rule_problems", self.rule_problems())?;
            map.serialize_entry("unlisted_rule_problems", &self.unlisted_rule_problems())?;
        }
        if !self.value_problems().is_empty() {
            map.serialize_entry("value_problems", self.value_problems())?;
        }
        map.end()
    }
}

impl Serialize for RefusedEvent {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        object!(out, "index": self.index, "event": self.event, "error": self.reason)
    }
}

impl Serialize for Receipt {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        object!(
            out,
            "revision": self.revision,
            "applied": self.applied,
            "first_event": self.first_event,
            "refused": self.refused,
            "skipped": self.skipped,
            "rest": self.rest,
        )
    }
}

impl Serialize for Preview {
    /// With the sizes of its sets: only a view can name their contacts.
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        object!(
            out,
            "revision": self.revision,
            "count": self.count,
            "enters": self.enters.len(),
            "leaves": self.leaves.len(),
        )
    }
}

impl Serialize for InUse {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        object!(out, "shown": self.shown.as_str(), "count": self.count)
    }
}

impl Serialize for Cause {
    /// `{"event": 12}`, `{"settings": 12}` or `"clock"`.
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Cause::Event(number) => object!(out, "event": number),
            Cause::Settings(number) => object!(out, "settings": number),
            Cause::Clock => out.serialize_str("clock"),
        }
    }
}

impl Serialize for Published {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Published::Transition(transition) => transition.serialize(out),
            Published::Notice(notice) => notice.serialize(out),
            Published::Gap(gap) => gap.serialize(out),
        }
    }
}

/// A flipped condition.
struct Flipped<'a>(&'a enlist_model::ContactCondition, bool);

impl Serialize for Flipped<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        object!(out, "condition": self.0, "holds": self.1)
    }
}

impl Serialize for PublishedTransition {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let flipped: Vec<Flipped<'_>> =
            self.flipped().into_iter().map(|(node, holds)| Flipped(node, holds)).collect();
        object!(
            out,
            "type": "transition",
            "workspace": self.workspace(),
            "sequence": self.sequence(),
            "revision": self.revision(),
            "at": self.at(),
            "segment": self.segment(),
            "contact": self.contact(),
            "change": self.change(),
            "cause": self.cause(),
            "flipped": flipped,
        )
    }
}

impl Serialize for PublishedNotice {
    /// The [notice](PublishedNotice::notice) is a member, in its own form.
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        object!(
            out,
            "type": "notice",
            "workspace": self.workspace(),
            "sequence": self.sequence(),
            "revision": self.revision(),
            "notice": self.notice(),
        )
    }
}

impl Serialize for Gap {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        object!(
            out,
            "type": "gap",
            "from": self.from,
            "until": self.until,
            "revision": self.revision,
        )
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_text())
    }
}

impl<'de> Deserialize<'de> for Cursor {
    /// Any string; whether it fits is checked when a page is read.
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        String::deserialize(source).map(|text| Cursor::from_text(&text))
    }
}

/// Tags are strings, as they are written.
macro_rules! tags {
    ($($tag:ty),*) => {$(
        impl Serialize for $tag {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $tag {
            fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                String::deserialize(source)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}
tags!(Incarnation, Revision, Sequence);
