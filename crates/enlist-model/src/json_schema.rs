//! JSON Schemas of rules and events, for editors, forms and hosts in other languages. Behind the feature `schema`.
//!
//! They are made from the tables that reading uses: operators with their operands, event types with their members. A
//! schema knows no workspace, so it accepts any field, option and segment. It cannot express the depth of a rule, its
//! number of conditions or the bytes of a string. The limits in it are those of the contract, not those that a host chose
//! for a workspace. Invariant: the schema accepts everything that [`Rule::check`] or [`Event::parse`] accepts within the
//! limits of the contract, including blank strings for "no value".

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::event::Event;
use crate::event_type::{EventType, Member, Presence};
use crate::kind::Kind;
use crate::limits;
use crate::operator::{OperandShape, Operator};
use crate::rule::{Condition, Group, IS_MEMBER, IS_NOT_MEMBER, Match, Node, Rule, SegmentCondition};
use crate::time::day::WeekStart;

const FIELD_KEY: &str = r"^(conversation\.)?[a-z][a-z0-9_]{0,63}$";
const CONVERSATION_FIELD_KEY: &str = r"^conversation\.[a-z][a-z0-9_]{0,63}$";
const DAY: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
const INSTANT: &str =
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";

macro_rules! schema_of {
    ($type:ty, $name:literal, |$generator:ident| $schema:expr) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

schema_of!(Rule, "Rule", |generator| generator.subschema_for::<Group>());

schema_of!(Group, "Group", |generator| {
    let node = generator.subschema_for::<Node>();
    let about = format!(
        "Groups nest up to {} deep, the outermost included. This and every other limit here is the default, that of the contract; \
         a host may choose others.",
        limits::RULE_DEPTH.most
    );
    group(&about, &node)
});

schema_of!(Node, "Node", |generator| json_schema!({
    "anyOf": [
        generator.subschema_for::<Condition>(),
        generator.subschema_for::<Group>(),
        generator.subschema_for::<SameConversation>(),
        generator.subschema_for::<SegmentCondition>(),
    ]
}));

schema_of!(Condition, "Condition", |_generator| condition(FIELD_KEY));

schema_of!(SegmentCondition, "SegmentCondition", |_generator| json_schema!({
    "type": "object",
    "properties": {
        "segment": id(),
        "operator": {"enum": [IS_MEMBER, IS_NOT_MEMBER]},
        "value": nothing(),
    },
    "required": ["segment", "operator"],
    "additionalProperties": false,
}));

/// A node that one single conversation must meet.
struct SameConversation;

schema_of!(SameConversation, "SameConversation", |generator| json_schema!({
    "description": "One single conversation meets the group inside. The group adds 1 to the depth.",
    "type": "object",
    "properties": {"same_conversation": generator.subschema_for::<Group<Condition>>()},
    "required": ["same_conversation"],
    "additionalProperties": false,
}));

schema_of!(Group<Condition>, "ConversationGroup", |generator| {
    let nodes = json_schema!({
        "anyOf": [
            generator.subschema_for::<ConversationCondition>(),
            generator.subschema_for::<Group<Condition>>(),
        ]
    });
    group("Conditions on conversation fields and groups of them.", &nodes)
});

/// A condition inside `same_conversation`.
struct ConversationCondition;

schema_of!(ConversationCondition, "ConversationCondition", |_generator| condition(CONVERSATION_FIELD_KEY));

schema_of!(Event, "Event", |generator| {
    let types: Vec<Value> = EventType::ALL.iter().map(|event_type| event(*event_type, generator)).collect();
    let about = "One line of an event log. The limits here are the defaults, those of the contract; a host may choose others.";
    json_schema!({"description": about, "oneOf": types})
});

fn group(about: &str, node: &Schema) -> Schema {
    json_schema!({
        "description": about,
        "type": "object",
        "properties": {
            "match": {"enum": Match::ALL.map(Match::name)},
            "conditions": {
                "type": "array", "items": node, "minItems": 1, "maxItems": limits::RULE_CONDITIONS.most,
            },
        },
        "required": ["match", "conditions"],
        "additionalProperties": false,
    })
}

/// A condition on a field whose key matches a pattern: its operator decides what its value may be.
fn condition(key: &str) -> Schema {
    let names: Vec<&str> = Operator::ALL.iter().map(|operator| operator.name()).collect();
    let mut by_operand: BTreeMap<String, (Value, Vec<&str>)> = BTreeMap::new();
    for operator in Operator::ALL {
        // Operators with equal operands share one `if`, which keeps the schema small.
        let operand = operand(*operator);
        by_operand.entry(operand.to_string()).or_insert((operand, Vec::new())).1.push(operator.name());
    }
    let cases: Vec<Value> = by_operand
        .into_values()
        .map(|(then, operators)| {
            json!({"if": {"properties": {"operator": {"enum": operators}}, "required": ["operator"]}, "then": then})
        })
        .collect();
    json_schema!({
        "type": "object",
        "properties": {"field": {"type": "string", "pattern": key}, "operator": {"enum": names}, "value": true},
        "required": ["field", "operator"],
        "additionalProperties": false,
        "allOf": cases,
    })
}

/// What a condition with an operator must have as its value.
fn operand(operator: Operator) -> Value {
    let mut shapes: Vec<OperandShape> = Vec::new();
    for kind in operator.kinds() {
        let shape = operator.operand(*kind);
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    // Without `required`: an operator without an operand also accepts a blank one.
    if shapes == [OperandShape::Nothing] {
        return json!({"properties": {"value": nothing()}});
    }
    let mut accepted: Vec<Value> = Vec::new();
    for schema in shapes.into_iter().flat_map(shape) {
        if !accepted.contains(&schema) {
            accepted.push(schema);
        }
    }
    let value = if accepted.len() == 1 { accepted.remove(0) } else { json!({"anyOf": accepted}) };
    json!({"properties": {"value": value}, "required": ["value"]})
}

fn shape(shape: OperandShape) -> Vec<Value> {
    let text = || string(limits::OPERAND_BYTES.most);
    match shape {
        OperandShape::Nothing => vec![nothing()],
        OperandShape::Text | OperandShape::Phone | OperandShape::Option | OperandShape::Label => vec![text()],
        OperandShape::Number => vec![text(), json!({"type": "number"})],
        OperandShape::Day => vec![json!({"type": "string", "pattern": DAY})],
        OperandShape::DayCount => {
            vec![text(), json!({"type": "integer", "minimum": 1, "maximum": limits::DAYS_N})]
        }
        OperandShape::Options => {
            let option = string(limits::OPTION_BYTES.most);
            vec![
                json!({"type": "array", "items": option, "minItems": 1, "maxItems": limits::LIST_VALUES.most}),
            ]
        }
    }
}

/// No value: `null`, a blank string, an empty list.
fn nothing() -> Value {
    json!({"anyOf": [{"type": "null"}, {"type": "string", "pattern": r"^\s*$"}, {"type": "array", "maxItems": 0}]})
}

/// A string that is not empty.
fn string(most: usize) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": most})
}

fn id() -> Value {
    string(limits::ID_BYTES.most)
}

/// One type of event, with the members it has.
fn event(event_type: EventType, generator: &mut SchemaGenerator) -> Value {
    let mut properties = Map::new();
    properties.insert("type".to_owned(), json!({"const": event_type.name()}));
    properties.insert("at".to_owned(), json!({"type": "string", "pattern": INSTANT}));
    let mut required = vec!["type", "at"];
    for (member, presence) in event_type.members() {
        properties.insert(member.name().to_owned(), event_member(*member, generator));
        if *presence == Presence::Required {
            required.push(member.name());
        }
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn event_member(member: Member, generator: &mut SchemaGenerator) -> Value {
    match member {
        Member::TimeZone => json!({"description": "An IANA time zone.", "type": "string"}),
        Member::WeekStart => json!({"enum": WeekStart::ALL.map(|(_, name)| name)}),
        Member::Field => json!({"type": "string", "pattern": FIELD_KEY}),
        Member::Kind => json!({"enum": Kind::DEFINABLE.map(Kind::name)}),
        Member::Options => json!({
            "type": ["array", "null"],
            "items": string(limits::OPTION_BYTES.most),
            "minItems": 1,
            "maxItems": limits::LIST_VALUES.most,
        }),
        Member::Default => json!({"type": ["boolean", "null"]}),
        Member::Name => json!({"type": "string", "minLength": 1}),
        Member::Rule => json!(generator.subschema_for::<Rule>()),
        Member::Set => json!({
            "type": "object",
            "propertyNames": {"pattern": FIELD_KEY},
            "additionalProperties": {
                "type": ["null", "string", "number", "boolean", "array"],
                "maxLength": limits::VALUE_BYTES.most,
                "items": string(limits::OPTION_BYTES.most),
                "maxItems": limits::LIST_VALUES.most,
            },
        }),
        Member::AddLabels | Member::RemoveLabels => {
            json!({"type": "array", "items": string(limits::LABEL_BYTES.most)})
        }
        Member::Contact | Member::Into | Member::Conversation | Member::Segment => id(),
    }
}
