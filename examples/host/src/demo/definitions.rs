//! The fields and segments of the workspace `crm`: a condition on every kind of field, one segment within another, one on a
//! single conversation.
//!
//! It draws nothing.

use enlist::model::Error;
use enlist::{Event, Instant, Kind};

use crate::demo::person;

pub(crate) const TIME_ZONE: &str = "Europe/Berlin";
pub(crate) const CHANNELS: &[(&str, u32)] =
    &[("instagram", 30), ("whatsapp", 25), ("email", 20), ("webchat", 12), ("messenger", 8), ("telegram", 5)];
pub(crate) const PRIORITIES: &[(&str, u32)] = &[("low", 25), ("normal", 50), ("high", 18), ("urgent", 7)];
pub(crate) const TOPICS: &[(&str, u32)] =
    &[("sales", 32), ("support", 28), ("delivery", 18), ("billing", 14), ("feedback", 8)];

/// The segments that the demo shows as columns of a board, by id.
pub const BOARD: [&str; 4] = ["new-this-week", "open-on-instagram", "pro-trial", "at-risk"];

/// Segments by id and name, with their rules, those first that others refer to.
const SEGMENTS: &[(&str, &str, &str)] = &[
    (
        "new-this-week",
        "New this week",
        r#"{"match": "all", "conditions": [{"field": "created_at", "operator": "is_in_last_7_days"}]}"#,
    ),
    (
        "open-on-instagram",
        "Open on Instagram",
        r#"{"match": "all", "conditions": [{"same_conversation": {"match": "all", "conditions": [
            {"field": "conversation.channel", "operator": "equals", "value": "instagram"},
            {"field": "conversation.status", "operator": "equals", "value": "open"}]}}]}"#,
    ),
    (
        "pro-trial",
        "Pro trial",
        r#"{"match": "all", "conditions": [
            {"field": "plan", "operator": "equals", "value": "pro"},
            {"field": "labels", "operator": "has_label", "value": "Trial"}]}"#,
    ),
    (
        "paying",
        "Paying",
        r#"{"match": "all", "conditions": [
            {"match": "any", "conditions": [
                {"field": "plan", "operator": "equals", "value": "pro"},
                {"field": "plan", "operator": "equals", "value": "business"}]},
            {"field": "labels", "operator": "does_not_have_label", "value": "Trial"}]}"#,
    ),
    (
        "at-risk",
        "At risk",
        r#"{"match": "all", "conditions": [
            {"segment": "paying", "operator": "is_member"},
            {"field": "last_activity_at", "operator": "is_more_than_n_days_ago", "value": 21}]}"#,
    ),
    (
        "newsletter",
        "Newsletter readers",
        r#"{"match": "all", "conditions": [
            {"field": "newsletter", "operator": "is_true"},
            {"field": "email", "operator": "is_not_empty"}]}"#,
    ),
    (
        "high-revenue",
        "High revenue",
        r#"{"match": "all", "conditions": [{"field": "revenue", "operator": "greater_than_or_equal", "value": 500}]}"#,
    ),
    (
        "german-phones",
        "German phone numbers",
        r#"{"match": "all", "conditions": [{"field": "phone", "operator": "starts_with", "value": "+49"}]}"#,
    ),
    (
        "born-since-2000",
        "Born in 2000 or later",
        r#"{"match": "all", "conditions": [{"field": "birthday", "operator": "is_after", "value": "1999-12-31"}]}"#,
    ),
    (
        "music-and-travel",
        "Music and travel",
        r#"{"match": "all", "conditions": [
            {"field": "interests", "operator": "contains_all", "value": ["music", "travel"]}]}"#,
    ),
    (
        "berlin-companies",
        "Companies in Berlin",
        r#"{"match": "all", "conditions": [
            {"field": "city", "operator": "equals", "value": "Berlin"},
            {"field": "company", "operator": "is_not_empty"}]}"#,
    ),
    (
        "urgent-or-billing",
        "Urgent, or about billing",
        r#"{"match": "all", "conditions": [
            {"match": "any", "conditions": [
                {"field": "conversation.priority", "operator": "equals", "value": "urgent"},
                {"field": "conversation.topic", "operator": "equals", "value": "billing"}]},
            {"field": "conversation.status", "operator": "equals", "value": "open"}]}"#,
    ),
];

/// The time zone and the fields.
pub(crate) fn fields(at: Instant) -> Result<Vec<Event>, Error> {
    let options = |of: &[(&'static str, u32)]| of.iter().map(|(option, _)| *option).collect::<Vec<_>>();
    let select = |field: &str, of: &[(&'static str, u32)]| {
        Event::field_defined(at, field, Kind::Select).options(options(of)).build()
    };
    let plain = |field: &str, kind: Kind| Event::field_defined(at, field, kind).build();
    [
        Event::workspace_configured(at).time_zone(TIME_ZONE).build(),
        select("plan", person::PLANS),
        plain("revenue", Kind::Number),
        Event::field_defined(at, "interests", Kind::MultiSelect).options(person::interests()).build(),
        plain("newsletter", Kind::Boolean),
        plain("birthday", Kind::Date),
        plain("city", Kind::Text),
        plain("company", Kind::Text),
        select("conversation.priority", PRIORITIES),
        select("conversation.topic", TOPICS),
    ]
    .into_iter()
    .collect()
}

/// The segments.
pub(crate) fn segments(at: Instant) -> Result<Vec<Event>, Error> {
    SEGMENTS.iter().map(|(id, name, rule)| Event::segment_saved(at, id, name, *rule).build()).collect()
}
