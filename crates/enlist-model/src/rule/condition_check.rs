//! Checks one condition of a rule: its field, its operator, its operand and the options that it names.
//!
//! It does not know groups or other conditions. Invariant: the predicate of a checked condition is made of its own
//! operand.

use std::collections::{BTreeMap, BTreeSet};

use crate::field::{FieldDefinition, FieldKey, Scope};
use crate::json::Json;
use crate::kind::Kind;
use crate::limits::ContentLimits;
use crate::operator::predicate::{Predicate, named_options};
use crate::operator::{OperandShape, Operator};
use crate::problem::{ProblemCode, RuleProblem, Unfit};
use crate::rule::definitions::Definitions;
use crate::rule::problems::{Path, Problems, listed, member, shown};
use crate::rule::{Condition, IS_MEMBER, IS_NOT_MEMBER};
use crate::short_text::ShortText;
use crate::suggestion::Suggestions;
use crate::suggestion::foreign_words;
use crate::value::options::read_option;

/// The part of a check that all conditions of one rule share.
pub(crate) struct ConditionCheck<'a> {
    pub(crate) definitions: &'a dyn Definitions,
    /// The limits of the definitions, none above its maximum.
    pub(crate) limits: ContentLimits,
    pub(crate) problems: Problems,
    suggestions: Suggestions,
    /// The options of the fields that conditions have named options of so far. A rule may name one field a thousand times,
    /// and a field may have ten thousand options.
    options: BTreeMap<&'a FieldKey, BTreeSet<&'a str>>,
}

impl<'a> ConditionCheck<'a> {
    pub(crate) fn new(definitions: &'a dyn Definitions) -> Self {
        ConditionCheck {
            definitions,
            // The depth bounds the recursion of the check, whatever the host's definitions say.
            limits: definitions.limits().at_most(ContentLimits::MAXIMA),
            problems: Problems::default(),
            suggestions: Suggestions::new(),
            options: BTreeMap::new(),
        }
    }

    /// Reports the unknown members of an object.
    pub(crate) fn unknown_members(&mut self, members: &[(String, Json)], path: &Path, accepted: &[&str]) {
        for (key, _) in members {
            if accepted.contains(&key.as_str()) {
                continue;
            }
            // A member that the object has already cannot be what the user meant.
            let missing: Vec<&str> =
                accepted.iter().copied().filter(|name| member(members, name).is_none()).collect();
            let suggestion =
                self.suggestions.meant(key, &missing, &foreign_words::members()).map(str::to_owned);
            let found = format!("an unknown member {}", Json::from(key.as_str()).shown());
            let accepted = format!("the members {}", listed(accepted));
            let problem = RuleProblem::new(ProblemCode::UnknownMember, found, accepted);
            self.problems.add(path, problem.suggesting(suggestion));
        }
    }

    /// The operator on a segment that was meant by an unknown one.
    pub(crate) fn meant_on_segment(&mut self, name: &str) -> Option<String> {
        let accepted = [IS_MEMBER, IS_NOT_MEMBER];
        self.suggestions.meant(name, &accepted, &foreign_words::segment_operators()).map(str::to_owned)
    }

    /// Reports a reference to a segment that does not exist.
    pub(crate) fn unknown_segment(&mut self, name: &str, path: &Path) {
        let suggestion = self.suggestions.nearest(name, self.definitions.segment_ids());
        let found = format!("the unknown segment {}", Json::from(name).shown());
        let problem = RuleProblem::new(ProblemCode::UnknownSegment, found, "the id of a segment");
        self.problems.add(path, problem.suggesting(suggestion));
    }

    pub(crate) fn condition(
        &mut self,
        members: &[(String, Json)],
        path: &Path,
        scope: Scope,
    ) -> Option<Condition> {
        self.unknown_members(members, path, &["field", "operator", "value"]);
        let Some(field) = member(members, "field") else {
            let accepted = "a condition (`field`, `operator`, `value`), a group (`match`, `conditions`), \
                            `same_conversation` or `segment`";
            let found = "an object that is none of these";
            self.problems.add(path, RuleProblem::new(ProblemCode::NotACondition, found, accepted));
            return None;
        };
        let field = self.field(field, path, scope);
        // The operator is checked even if the field is unknown, so that one check reports both.
        let operator = self.operator(member(members, "operator"), path, field);
        let (field, operator) = (field?, operator?);
        let value = member(members, "value").unwrap_or(&Json::Null);
        let path = path.member("value");
        let predicate = match operator.predicate_within(field.kind, value, &self.limits) {
            Ok(predicate) => predicate,
            Err(unfit) => {
                let (path, unfit) = self.first_unfit(operator.operand(field.kind), value, unfit, path);
                let problem = RuleProblem::new(unfit.code, unfit.found, unfit.accepted);
                let problem = problem.on_field(field.key.as_str(), field.kind);
                self.problems.add(&path, problem.on_operator(operator.name()));
                return None;
            }
        };
        self.known_options(field, operator, &predicate, value, &path).then(|| Condition {
            field: field.key.clone(),
            operator,
            value: if value.is_empty() { Json::Null } else { value.clone() },
            predicate,
        })
    }

    fn field(&mut self, json: &Json, path: &Path, scope: Scope) -> Option<&'a FieldDefinition> {
        let field_path = path.member("field");
        let definitions = self.definitions;
        let Some(field) = json.as_text().and_then(|key| definitions.field(key)) else {
            let suggestion =
                json.as_text().and_then(|key| self.suggestions.nearest(key, definitions.field_keys()));
            let found = format!("the unknown field {}", json.shown());
            let problem = RuleProblem::new(ProblemCode::UnknownField, found, "the key of a defined field");
            self.problems.add(&field_path, problem.suggesting(suggestion));
            return None;
        };
        if scope == Scope::Conversation && field.key.scope() == Scope::Contact {
            let found = format!("the contact field `{}`", field.key);
            let accepted = "a conversation field, inside `same_conversation`";
            let problem = RuleProblem::new(ProblemCode::WrongScope, found, accepted);
            self.problems.add(&field_path, problem.on_field(field.key.as_str(), field.kind));
        }
        Some(field)
    }

    fn operator(
        &mut self,
        json: Option<&Json>,
        path: &Path,
        field: Option<&FieldDefinition>,
    ) -> Option<Operator> {
        let name = json.and_then(Json::as_text);
        let named = name.and_then(Operator::named);
        if let Some(operator) = named
            && field.is_none_or(|field| operator.kinds().contains(&field.kind))
        {
            return Some(operator);
        }
        let kind: Option<Kind> = field.map(|field| field.kind);
        let accepted: Vec<&str> = Operator::ALL
            .iter()
            .filter(|each| kind.is_none_or(|kind| each.kinds().contains(&kind)))
            .map(|each| each.name())
            .collect();
        // What another product's word stands for depends on the kind: `after` is `is_after` or `greater_than`.
        let foreign = if kind.is_some() { foreign_words::operators() } else { Vec::new() };
        let suggestion =
            name.and_then(|name| self.suggestions.meant(name, &accepted, &foreign)).map(str::to_owned);
        let found = shown(json);
        let accepted = match kind {
            Some(kind) => format!("an operator of kind {kind}: {}", listed(&accepted)),
            None => "an operator".to_owned(),
        };
        let code = match (json, named) {
            (None, _) => ProblemCode::MissingMember,
            (Some(_), None) => ProblemCode::UnknownOperator,
            (Some(_), Some(_)) => ProblemCode::OperatorOfOtherKind,
        };
        let mut problem = RuleProblem::new(code, found, accepted).suggesting(suggestion);
        if let Some(field) = field {
            problem = problem.on_field(field.key.as_str(), field.kind);
        }
        if let Some(operator) = named {
            problem = problem.on_operator(operator.name());
        }
        self.problems.add(&path.member("operator"), problem);
        None
    }

    /// Whether the field accepts every option that the predicate names. `value` is the operand of the predicate.
    fn known_options(
        &mut self,
        field: &'a FieldDefinition,
        operator: Operator,
        predicate: &Predicate,
        value: &Json,
        path: &Path,
    ) -> bool {
        let Some(options) = &field.options else { return true };
        let known =
            self.options.entry(&field.key).or_insert_with(|| options.iter().map(ShortText::as_str).collect());
        if named_options(predicate).into_iter().all(|option| known.contains(option)) {
            return true;
        }
        let members = match value.as_list() {
            Some(members) => {
                members.iter().enumerate().map(|(at, member)| (path.index(at), member)).collect()
            }
            None => vec![(path.clone(), value)],
        };
        let names: Vec<&str> = options.iter().map(ShortText::as_str).collect();
        let accepted = format!("an option of the field `{}`: {}", field.key, listed(&names));
        for (path, member) in members {
            if let Json::Text(option) = member
                && !known.contains(option.as_str())
            {
                let suggestion = self.suggestions.nearest(option, names.iter().copied());
                let found = format!("the unknown option {}", member.shown());
                let problem = RuleProblem::new(ProblemCode::UnknownOption, found, accepted.as_str());
                let problem = problem.on_field(field.key.as_str(), field.kind).on_operator(operator.name());
                self.problems.add(&path, problem.suggesting(suggestion));
            }
        }
        false
    }

    /// The part of an operand that does not fit: the first member that is not an option, or the whole operand.
    fn first_unfit(&self, shape: OperandShape, operand: &Json, unfit: Unfit, path: Path) -> (Path, Unfit) {
        // A list over its limit is refused as a whole, without a look at its members.
        if let (OperandShape::Options, Json::List(members)) = (shape, operand)
            && !self.limits.list_values().is_exceeded_by(members.len())
        {
            let unfit_member = |(at, member)| read_option(member).err().map(|unfit| (path.index(at), unfit));
            if let Some(found) = members.iter().enumerate().find_map(unfit_member) {
                return found;
            }
        }
        (path, unfit)
    }
}
