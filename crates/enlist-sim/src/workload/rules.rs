//! Rules as JSON: every operator, nested groups, segments in segments, `same_conversation`; most are valid.

use enlist_model::{FieldDefinition, Json, Kind, Match, Operator, Scope};

use super::draw::Draw;
use super::values::Here;

/// The choices for rules.
pub(crate) struct Rules<'a> {
    pub(crate) here: Here<'a>,
    pub(crate) fields: Vec<FieldDefinition>,
    /// The ids that conditions on segments can name.
    pub(crate) segments: Vec<String>,
    /// How many of a thousand conditions are wrong.
    pub(crate) wrong: u32,
}

impl Rules<'_> {
    /// A rule.
    pub(crate) fn rule(&self, draw: &mut Draw) -> Json {
        if draw.per_mille(self.wrong / 4) {
            return Json::from("every contact");
        }
        self.group(draw, 1, false)
    }

    fn group(&self, draw: &mut Draw, depth: u32, in_conversation: bool) -> Json {
        let matching = Json::from(draw.pick(&Match::ALL).name());
        let count =
            if draw.per_mille(self.wrong / 4) { 0 } else { draw.weighted(&[(5, 1), (5, 2), (3, 3), (1, 5)]) };
        let nodes = (0..count).map(|_| self.node(draw, depth, in_conversation)).collect();
        object(vec![("match", matching), ("conditions", Json::List(nodes))])
    }

    fn node(&self, draw: &mut Draw, depth: u32, in_conversation: bool) -> Json {
        let deepest = if draw.per_mille(self.wrong) { 10 } else { 4 };
        match draw.below(100) {
            0..=15 if depth < deepest => self.group(draw, depth + 1, in_conversation),
            16..=25 if depth < deepest && (!in_conversation || draw.per_mille(self.wrong)) => {
                object(vec![("same_conversation", self.group(draw, depth + 1, true))])
            }
            26..=39 if !in_conversation || draw.per_mille(self.wrong) => self.segment(draw, in_conversation),
            _ => self.condition(draw, in_conversation),
        }
    }

    fn segment(&self, draw: &mut Draw, in_conversation: bool) -> Json {
        let operator = draw.pick(&["is_member", "is_not_member"]);
        match draw.one_of(&self.segments) {
            Some(segment) => {
                object(vec![("segment", Json::from(segment)), ("operator", Json::from(operator))])
            }
            None => self.condition(draw, in_conversation),
        }
    }

    fn condition(&self, draw: &mut Draw, in_conversation: bool) -> Json {
        let any = draw.per_mille(self.wrong);
        let fits =
            |field: &&FieldDefinition| any || !in_conversation || field.key.scope() == Scope::Conversation;
        let fields: Vec<&FieldDefinition> = self.fields.iter().filter(fits).collect();
        let Some(field) = draw.one_of(&fields) else { return Json::Null };
        let operators: Vec<Operator> = Operator::of_kind(field.kind).collect();
        let operator = if any { draw.one_of(Operator::ALL) } else { draw.one_of(&operators) };
        let Some(operator) = operator else { return Json::Null };
        let kind_has_it = operator.kinds().contains(&field.kind);
        let value =
            if kind_has_it { self.here.operand(draw, field, operator, self.wrong) } else { Json::Null };
        let mut members =
            vec![("field", Json::from(field.key.as_str())), ("operator", Json::from(operator.name()))];
        if value != Json::Null || draw.below(10) == 0 {
            members.push(("value", value));
        }
        if draw.per_mille(self.wrong / 4) {
            members.push(("comment", Json::Null));
        }
        object(members)
    }
}

/// Whether a field can be set through `set`.
pub(crate) fn is_settable(field: &FieldDefinition, scope: Scope) -> bool {
    field.kind != Kind::Label && field.key.scope() == scope
}

/// An object with these members.
pub(crate) fn object(members: Vec<(&str, Json)>) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
