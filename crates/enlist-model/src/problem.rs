//! The problems of a rule and of values, as data: each has a stable code, its place and the facts of its sentence.
//!
//! It does not know what is checked. Invariant: a sentence is made from the facts alone, so a host that writes its own
//! sentences loses nothing.

use std::fmt;

use crate::kind::Kind;

macro_rules! problem_codes {
    ($($code:ident $word:literal $meaning:literal;)*) => {
        /// What kind of problem it is. The words stay the same from release to release; new ones may be added.
        ///
        /// | code | meaning |
        /// |---|---|
        $(#[doc = concat!("| `", $word, "` | ", $meaning, " |")])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ProblemCode {
            $(#[doc = $meaning] $code,)*
        }

        impl ProblemCode {
            /// Every code, in the order of the table.
            pub const ALL: &[ProblemCode] = &[$(ProblemCode::$code,)*];

            /// The code as a word.
            pub const fn as_str(self) -> &'static str {
                match self { $(ProblemCode::$code => $word,)* }
            }
        }
    };
}

problem_codes! {
    NotAGroup "not_a_group" "something other than an object, where a group of conditions belongs";
    NotACondition "not_a_condition" "neither a condition nor a group";
    MissingMember "missing_member" "a member that is required (`match`, `conditions`, `operator`) is not there";
    UnknownMember "unknown_member" "an object has a member that it cannot have";
    WrongMatch "wrong_match" "`match` is none of its words";
    WrongConditions "wrong_conditions" "`conditions` is not a list";
    EmptyGroup "empty_group" "a group has no conditions";
    TooDeep "too_deep" "groups are nested over the limit";
    TooManyConditions "too_many_conditions" "the rule has conditions over the limit";
    UnknownField "unknown_field" "no field has that key";
    WrongScope "wrong_scope" "a contact field where only a conversation field can be, or the reverse";
    UnknownOperator "unknown_operator" "no operator has that name";
    OperatorOfOtherKind "operator_of_other_kind" "the operator exists, but not for the field's kind";
    MissingValue "missing_value" "the operator needs a value, and there is none";
    SurplusValue "surplus_value" "the operator takes no value, and there is one";
    WrongValue "wrong_value" "a value of the wrong type or form";
    ValueOverLimit "value_over_limit" "a value is too long, or a list has too many";
    UnknownOption "unknown_option" "the field does not accept that option";
    UnknownSegment "unknown_segment" "no segment has that id";
    WrongSegment "wrong_segment" "`segment` is not a string";
    SegmentCycle "segment_cycle" "the segment leads back to the one that is saved";
    NestedSameConversation "nested_same_conversation" "`same_conversation` inside `same_conversation`";
    SegmentInSameConversation "segment_in_same_conversation" "a condition on a segment inside `same_conversation`";
    LabelsInSet "labels_in_set" "`labels` is set as a value; labels are added and removed";
    TooManyLabels "too_many_labels" "more labels than a contact can have";
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// One problem of a rule.
///
/// Its text is a sentence of all of these, such as:
///
/// ```text
/// conditions[2].value: found "x"; accepted: a finite number … (for `equals` on the number field `revenue`)
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleProblem {
    /// What kind of problem it is.
    pub code: ProblemCode,
    /// Where, as a JSON Pointer (RFC 6901) into the rule: `/conditions/2/conditions/0/value`, or `""` for the rule itself.
    /// What is missing is pointed to where it belongs. An unknown member is pointed to by the object that has it.
    pub pointer: String,
    /// What was found there.
    pub found: String,
    /// What is accepted there.
    pub accepted: String,
    /// The name that was meant, where a name is unknown.
    pub suggestion: Option<String>,
    /// The key of the condition's field, if that field exists.
    pub field: Option<String>,
    /// The kind of that field.
    pub kind: Option<Kind>,
    /// The name of the condition's operator, if there is such an operator.
    pub operator: Option<&'static str>,
}

/// The path of the rule itself.
const WHOLE: &str = "the rule";

impl RuleProblem {
    /// A problem of the rule itself; the caller moves it to its place.
    pub(crate) fn new(code: ProblemCode, found: impl Into<String>, accepted: impl Into<String>) -> Self {
        RuleProblem {
            code,
            pointer: String::new(),
            found: found.into(),
            accepted: accepted.into(),
            suggestion: None,
            field: None,
            kind: None,
            operator: None,
        }
    }

    /// With the name that was meant.
    pub(crate) fn suggesting(self, suggestion: Option<String>) -> Self {
        RuleProblem { suggestion, ..self }
    }

    /// With the field of the condition.
    pub(crate) fn on_field(self, key: &str, kind: Kind) -> Self {
        RuleProblem { field: Some(key.to_owned()), kind: Some(kind), ..self }
    }

    /// With the operator of the condition.
    pub(crate) fn on_operator(self, name: &'static str) -> Self {
        RuleProblem { operator: Some(name), ..self }
    }

    /// Where, as sentences write it: `conditions[2].conditions[0].value`, or `the rule` for the rule itself.
    pub fn path(&self) -> String {
        let mut path = String::with_capacity(self.pointer.len() + 8);
        for token in self.pointer.split('/').skip(1) {
            if token.bytes().all(|byte| byte.is_ascii_digit()) {
                path.extend(["[", token, "]"]);
            } else {
                path.extend([if path.is_empty() { "" } else { "." }, token]);
            }
        }
        if path.is_empty() { WHOLE.to_owned() } else { path }
    }

    /// The sentence without the found value: equal mistakes have equal reasons.
    pub fn reason(&self) -> String {
        format!("{}: accepted: {}{}", self.path(), self.accepted, self.place())
    }

    /// ` (for …)`, if what is accepted depends on the operator and the field.
    fn place(&self) -> String {
        match self.code {
            ProblemCode::MissingValue
            | ProblemCode::SurplusValue
            | ProblemCode::WrongValue
            | ProblemCode::ValueOverLimit => {}
            ProblemCode::NotAGroup
            | ProblemCode::NotACondition
            | ProblemCode::MissingMember
            | ProblemCode::UnknownMember
            | ProblemCode::WrongMatch
            | ProblemCode::WrongConditions
            | ProblemCode::EmptyGroup
            | ProblemCode::TooDeep
            | ProblemCode::TooManyConditions
            | ProblemCode::UnknownField
            | ProblemCode::WrongScope
            | ProblemCode::UnknownOperator
            | ProblemCode::OperatorOfOtherKind
            // What is accepted names the field already.
            | ProblemCode::UnknownOption
            | ProblemCode::UnknownSegment
            | ProblemCode::WrongSegment
            | ProblemCode::SegmentCycle
            | ProblemCode::NestedSameConversation
            | ProblemCode::SegmentInSameConversation
            | ProblemCode::LabelsInSet
            | ProblemCode::TooManyLabels => return String::new(),
        }
        let (Some(field), Some(kind), Some(operator)) = (&self.field, self.kind, self.operator) else {
            return String::new();
        };
        format!(" (for `{operator}` on the {kind} field `{field}`)")
    }
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meant = did_you_mean(self.suggestion.as_deref());
        let RuleProblem { found, accepted, .. } = self;
        write!(out, "{}: found {found}{meant}; accepted: {accepted}{}", self.path(), self.place())
    }
}

/// A value that does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueProblem {
    /// What kind of problem it is.
    pub code: ProblemCode,
    /// The key of the field as it is in the event; cut if it is very long.
    pub field: String,
    /// Its kind; `None` if the event cannot set the field at all.
    pub kind: Option<Kind>,
    /// What was found.
    pub found: String,
    /// What is accepted.
    pub accepted: String,
    /// The option that was meant, where an option is unknown.
    pub suggestion: Option<String>,
}

impl ValueProblem {
    /// A problem of a field that has a definition.
    pub fn unfit(field: &str, kind: Kind, unfit: Unfit) -> Self {
        let Unfit { code, found, accepted } = unfit;
        ValueProblem { code, field: shortened(field), kind: Some(kind), found, accepted, suggestion: None }
    }

    /// A key that no field has.
    pub fn unknown_field(field: &str) -> Self {
        let found = "an unknown field";
        Self::not_settable(ProblemCode::UnknownField, field, found, "a field that is defined")
    }

    /// A field that the event cannot set at all.
    pub(crate) fn not_settable(code: ProblemCode, field: &str, found: &str, accepted: &str) -> Self {
        let (found, accepted) = (found.to_owned(), accepted.to_owned());
        ValueProblem { code, field: shortened(field), kind: None, found, accepted, suggestion: None }
    }

    /// The sentence without the found value: equal mistakes have equal reasons.
    pub fn reason(&self) -> String {
        format!("{}: accepted: {}", self.named(), self.accepted)
    }

    fn named(&self) -> String {
        let field = &self.field;
        self.kind.map_or_else(|| format!("`{field}`"), |kind| format!("`{field}` (a {kind} field)"))
    }
}

impl fmt::Display for ValueProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meant = did_you_mean(self.suggestion.as_deref());
        write!(out, "{}: found {}{meant}; accepted: {}", self.named(), self.found, self.accepted)
    }
}

/// Why a value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unfit {
    /// What kind of problem it is.
    pub code: ProblemCode,
    /// What was found; cut if it is long.
    pub found: String,
    /// What is accepted.
    pub accepted: String,
}

impl Unfit {
    /// A value, with what was found and what is accepted.
    pub fn new(code: ProblemCode, found: impl Into<String>, accepted: impl Into<String>) -> Self {
        Unfit { code, found: found.into(), accepted: accepted.into() }
    }
}

/// ` (did you mean …?)`, or nothing.
pub(crate) fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// A key as an error shows it; a host can send a very long one.
fn shortened(key: &str) -> String {
    const LONGEST: usize = 80;
    if key.chars().count() <= LONGEST {
        return key.to_owned();
    }
    key.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host stores and translates these words: one that changes breaks it.
    #[test]
    fn the_codes_of_problems_stay_as_they_are() {
        let codes: Vec<&str> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(
            codes.join(" "),
            "not_a_group not_a_condition missing_member unknown_member wrong_match wrong_conditions empty_group \
             too_deep too_many_conditions unknown_field wrong_scope unknown_operator operator_of_other_kind \
             missing_value surplus_value wrong_value value_over_limit unknown_option unknown_segment wrong_segment \
             segment_cycle nested_same_conversation segment_in_same_conversation labels_in_set too_many_labels"
        );
    }
}
