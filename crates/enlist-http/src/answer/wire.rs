//! What operations answer, as values that are written as JSON and described in the OpenAPI document.
//!
//! It decides nothing. Invariant: a list is an object with one member that is named as the path.

use enlist::model::FieldDefinition;
use enlist::{Json, Revision};
use serde::Serialize;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::answer::response::Document;
use crate::answer::written_contact::{ContactRow, ContactShown};
use crate::problem::details::{Misfit, Problem, ProblemDocument};

/// Names types as documents.
macro_rules! documents {
    ($($name:ident)*) => { $(impl Document for $name {})* };
}
documents!(Workspaces WorkspaceShown Fields FieldShown Options Labels Segments SegmentShown Saved Deleted CountShown Counts
    Contacts ContactShown ContactSegments Checked Previewed Why Applied Received Overlap AudiencesShown AudienceShown Verification Stats Status);

/// A tag `<incarnation>-<number>`.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Tag(pub(crate) Revision);

impl PartialSchema for Tag {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        text.pattern(Some("^[0-9a-f]{16}-(0|[1-9][0-9]*)$")).into()
    }
}
impl ToSchema for Tag {}

/// A rule, in the form of the schema of rules.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RuleShown(pub(crate) Json);

impl PartialSchema for RuleShown {
    fn schema() -> RefOr<Schema> {
        RefOr::Ref(Ref::from_schema_name("Rule"))
    }
}
impl ToSchema for RuleShown {}

/// An event, in the form of the schema of events.
pub(crate) struct EventShown;

impl PartialSchema for EventShown {
    fn schema() -> RefOr<Schema> {
        RefOr::Ref(Ref::from_schema_name("Event"))
    }
}
impl ToSchema for EventShown {}

/// An object whose members the guide describes.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Open(pub(crate) serde_json::Value);

impl Open {
    /// A value with serde's form.
    pub(crate) fn of(value: &impl Serialize) -> Self {
        // Nothing here has keys that are no strings, which alone cannot be written.
        Open(serde_json::to_value(value).unwrap_or_default())
    }
}

impl PartialSchema for Open {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().into()
    }
}
impl ToSchema for Open {}

/// Whether the process is there.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// `ok`
    pub(crate) status: &'static str,
}

/// All workspaces.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Workspaces {
    pub(crate) workspaces: Vec<WorkspaceName>,
}

/// A workspace by its id.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WorkspaceName {
    pub(crate) workspace: String,
}

/// A workspace.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WorkspaceShown {
    pub(crate) workspace: String,
    /// Its life: another one after it was dropped and created again, or after a restart without a store.
    pub(crate) incarnation: String,
    pub(crate) partitions: usize,
    /// An IANA name.
    pub(crate) time_zone: String,
    pub(crate) week_start: &'static str,
    /// The greatest instant seen; `null` before the first event.
    pub(crate) now: Option<String>,
    pub(crate) contacts: u64,
    pub(crate) segments: usize,
    pub(crate) events: u64,
}

/// Statistics of a workspace.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Stats {
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub(crate) stats: enlist::Stats,
}

/// What a verification found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Verification {
    /// The first difference of each partition; none if everything derived is as the facts say.
    pub(crate) differences: Vec<String>,
    pub(crate) revision: Tag,
}

/// All fields.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Fields {
    pub(crate) fields: Vec<FieldShown>,
}

/// A field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FieldShown {
    pub(crate) field: String,
    pub(crate) kind: &'static str,
    /// The options that it accepts; `null` accepts any.
    pub(crate) options: Option<Vec<String>>,
    /// What an empty boolean reads as.
    pub(crate) default: Option<bool>,
    pub(crate) built_in: bool,
    /// The operators that a condition on it can have.
    pub(crate) operators: Vec<OperatorShown>,
    /// The segments whose rules name it.
    pub(crate) used_by: Vec<String>,
}

/// An operator of a field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OperatorShown {
    pub(crate) operator: &'static str,
    /// What its `value` must be, in words.
    pub(crate) value: &'static str,
    /// Whether it has a `value`.
    pub(crate) has_value: bool,
    /// The operator that it negates.
    pub(crate) negates: Option<&'static str>,
}

impl FieldShown {
    pub(crate) fn of(field: &FieldDefinition, used_by: Vec<String>) -> Self {
        let operators = enlist::model::Operator::of_kind(field.kind).map(|operator| {
            let shape = operator.operand(field.kind);
            OperatorShown {
                operator: operator.name(),
                value: shape.accepted(),
                has_value: shape != enlist::model::OperandShape::Nothing,
                negates: operator.negates().map(enlist::model::Operator::name),
            }
        });
        let options = field.options.as_ref();
        FieldShown {
            field: field.key.as_str().to_owned(),
            kind: field.kind.name(),
            options: options.map(|options| options.iter().map(|option| option.as_str().to_owned()).collect()),
            default: field.default,
            built_in: field.built_in,
            operators: operators.collect(),
            used_by,
        }
    }
}

/// The options of a field: those that it accepts and those that are held.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Options {
    pub(crate) options: Vec<OptionShown>,
}

/// An option, and how many hold it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OptionShown {
    pub(crate) option: String,
    /// How many contacts, or of a field of conversations how many conversations.
    pub(crate) count: u64,
    /// Whether the field accepts it.
    pub(crate) is_accepted: bool,
}

/// All labels that contacts hold.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Labels {
    pub(crate) labels: Vec<LabelShown>,
}

/// A label as it is shown, and how many contacts hold it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LabelShown {
    pub(crate) label: String,
    pub(crate) count: u64,
}

/// All segments, in order of creation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Segments {
    pub(crate) segments: Vec<SegmentShown>,
}

/// A segment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SegmentShown {
    pub(crate) segment: String,
    pub(crate) name: String,
    pub(crate) rule: RuleShown,
    /// The rule as an English sentence.
    pub(crate) sentence: String,
    pub(crate) count: u64,
    /// The segments that its rule refers to.
    pub(crate) uses: Vec<String>,
    /// The segments whose rules refer to it.
    pub(crate) used_by: Vec<String>,
    /// Its tag for `If-Match`: the revision at which it was saved last.
    pub(crate) saved_at: Option<Tag>,
}

/// A segment that was saved, and what that changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Saved {
    #[serde(flatten)]
    pub(crate) segment: SegmentShown,
    /// What changed: `built` with `members`, or `rebuilt` with how many `entered` and `left`.
    pub(crate) notice: Option<Open>,
}

/// What deleting a segment changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Deleted {
    pub(crate) notice: Option<Open>,
}

/// How many contacts there are in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CountShown {
    pub(crate) count: u64,
}

/// Counts over time, the oldest first: `at` and `count`, or `day`, `count`, `entered` and `left`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Counts {
    pub(crate) counts: Vec<Open>,
}

/// A page of contacts.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "a list is named as its path")]
pub(crate) struct Contacts {
    pub(crate) contacts: Vec<ContactRow>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// How many there are on all pages.
    pub(crate) total: u64,
    pub(crate) revision: Tag,
}

/// Every segment, and whether the contact is in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ContactSegments {
    pub(crate) segments: Vec<ContactSegment>,
}

/// A segment, and whether the contact is in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ContactSegment {
    pub(crate) segment: String,
    pub(crate) name: String,
    pub(crate) is_member: bool,
}

/// What a rule would be.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Checked {
    /// The rule as an English sentence; `null` if it has problems.
    pub(crate) sentence: Option<String>,
    /// The conditions that also hold where the field is empty, by their pointers.
    pub(crate) including_empty: Vec<String>,
    /// The days that conditions on dates mean today.
    pub(crate) days: Vec<DaysMeant>,
    /// What does not fit; none if the rule can be saved.
    pub(crate) problems: Vec<Misfit>,
}

/// The days that a condition means today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DaysMeant {
    /// Where the condition is.
    pub(crate) pointer: String,
    /// The first day; `null` if all earlier days are meant.
    pub(crate) from: Option<String>,
    /// The last day; `null` if all later days are meant.
    pub(crate) to: Option<String>,
}

/// What a rule would select.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Previewed {
    pub(crate) sentence: String,
    pub(crate) count: u64,
    /// How many contacts the workspace has.
    pub(crate) total: u64,
    pub(crate) enters: Sample,
    pub(crate) leaves: Sample,
    pub(crate) members: Sample,
    /// Why the contact of the request would be a member or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<Open>,
    pub(crate) revision: Tag,
}

/// How many contacts, and some of them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Sample {
    pub(crate) count: u64,
    pub(crate) contacts: Vec<ContactRow>,
}

/// Why a contact is in a segment or is not: the rule with what holds and what each condition saw.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Why {
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub(crate) explanation: Open,
}

/// That an event was applied.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Applied {
    pub(crate) revision: Tag,
}

/// What became of a stream of events.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Received {
    pub(crate) applied: u64,
    pub(crate) refused: u64,
    /// The number of the first event that was applied, as causes of transitions have it; `null` if nothing was. The numbers of others
    /// need not follow it, because other writers write too.
    pub(crate) first_event: Option<u64>,
    /// The state with all of them applied; `null` if nothing was.
    pub(crate) revision: Option<Tag>,
    /// The lines that were refused, the first 1,000.
    pub(crate) lines: Vec<RefusedLine>,
}

/// How many contacts segments share.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Overlap {
    /// The segments, in the order of rows and columns.
    pub(crate) segments: Vec<String>,
    pub(crate) overlap: Vec<Vec<u64>>,
}

/// All audiences, by name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AudiencesShown {
    pub(crate) audiences: Vec<AudienceShown>,
}

/// A frozen audience.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AudienceShown {
    pub(crate) audience: String,
    pub(crate) count: usize,
    pub(crate) frozen_at: String,
    /// The revision as of which it was exact.
    pub(crate) revision: String,
}

/// A line that was refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RefusedLine {
    /// The line, from 1.
    pub(crate) line: u64,
    #[schema(value_type = ProblemDocument)]
    pub(crate) problem: Problem,
}
