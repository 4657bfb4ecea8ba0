//! Fields, their options, and labels.

use std::collections::BTreeMap;

use enlist::{Error, View};

use crate::answer::response::{Answer, Nothing};
use crate::answer::wire::{FieldShown, Fields, LabelShown, Labels, OptionShown, Options};
use crate::authorisation::{Define, Read};
use crate::problem::details::Problem;
use crate::request::document::Members;
use crate::request::head::Within;

/// All fields, built-in ones first.
#[utoipa::path(get, path = "/fields", tag = "fields", responses((status = 200, body = Fields)))]
pub(crate) async fn list(within: Within<Read>) -> Result<Answer<Fields>, Problem> {
    within.read(|view| Ok(Fields { fields: all(view) })).await
}

/// A field: its kind, options and default, its operators, and the segments whose rules name it.
#[utoipa::path(get, path = "/fields/{field}", tag = "fields", responses((status = 200, body = FieldShown)))]
pub(crate) async fn get(within: Within<Read>) -> Result<Answer<FieldShown>, Problem> {
    let field = within.own_id("field");
    within.read(move |view| find(view, &field)).await
}

/// Defines a field, or gives one other options or another default: `kind`, `options`, `default`.
#[utoipa::path(put, path = "/fields/{field}", tag = "fields", request_body = Object,
    responses((status = 200, body = FieldShown), (status = 201, body = FieldShown), (status = 409), (status = 429)))]
pub(crate) async fn put(within: Within<Define>, document: Members) -> Result<Answer<FieldShown>, Problem> {
    let field = within.own_id("field");
    let given = [("field", field.as_str())];
    let event =
        document.into_event("field_defined", within.now(), &given, &["kind", "options", "default"])?;
    let sought = field.clone();
    let is_new = within.read(move |view| Ok(find(view, &sought).is_err())).await?.value;
    within.apply(event).await?;
    let answer = within.read(move |view| find(view, &field)).await?;
    Ok(if is_new { answer.created() } else { answer })
}

/// Deletes a field that no rule names, and its values.
#[utoipa::path(delete, path = "/fields/{field}", tag = "fields",
    responses((status = 204), (status = 409), (status = 422), (status = 429)))]
pub(crate) async fn delete(within: Within<Define>) -> Result<Answer<Nothing>, Problem> {
    let event = enlist::Event::field_deleted(within.now(), within.id("field")).build()?;
    Ok(Answer::at(within.apply(event).await?, Nothing))
}

/// The options of a field: those that it accepts, in their order, and others that are held.
#[utoipa::path(get, path = "/fields/{field}/options", tag = "fields",
    responses((status = 200, body = Options)))]
pub(crate) async fn options(within: Within<Read>) -> Result<Answer<Options>, Problem> {
    let field = within.own_id("field");
    let options = within.read(move |view| {
        let held = view.options_of(&field)?;
        let mut held: BTreeMap<&str, u64> =
            held.iter().map(|option| (option.shown.as_str(), option.count)).collect();
        let definition = view.fields().find(|each| each.key.as_str() == field);
        let accepted = definition.and_then(|field| field.options.as_deref()).unwrap_or_default();
        let takes_any = definition.is_none_or(|field| field.options.is_none());
        let mut options: Vec<OptionShown> = Vec::new();
        for option in accepted {
            let count = held.remove(option.as_str()).unwrap_or(0);
            options.push(OptionShown { option: option.as_str().to_owned(), count, is_accepted: true });
        }
        options.extend(held.into_iter().map(|(option, count)| OptionShown {
            option: option.to_owned(),
            count,
            is_accepted: takes_any,
        }));
        Ok(Options { options })
    });
    options.await
}

/// The labels that contacts hold.
#[utoipa::path(get, path = "/labels", tag = "fields", responses((status = 200, body = Labels)))]
pub(crate) async fn labels(within: Within<Read>) -> Result<Answer<Labels>, Problem> {
    let labels = within.read(|view| {
        let held = view.labels()?.into_iter();
        let shown =
            |label: enlist::InUse| LabelShown { label: label.shown.as_str().to_owned(), count: label.count };
        Ok(Labels { labels: held.map(shown).collect() })
    });
    labels.await
}

/// The segments that name each field, by its key.
fn uses<'a>(view: &'a View<'_>) -> BTreeMap<&'a str, Vec<String>> {
    let mut uses: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for segment in view.segments() {
        for condition in segment.rule().conditions() {
            let segments = uses.entry(condition.field.as_str()).or_default();
            if segments.last().is_none_or(|last| last != segment.id().as_str()) {
                segments.push(segment.id().as_str().to_owned());
            }
        }
    }
    uses
}

fn all(view: View<'_>) -> Vec<FieldShown> {
    let mut uses = uses(&view);
    let fields = view.fields();
    fields.map(|field| FieldShown::of(field, uses.remove(field.key.as_str()).unwrap_or_default())).collect()
}

fn find(view: View<'_>, key: &str) -> Result<FieldShown, Error> {
    let field = view.fields().find(|field| field.key.as_str() == key);
    let field =
        field.ok_or_else(|| Error::Engine(enlist::EngineError::UnknownField { field: key.to_owned() }))?;
    Ok(FieldShown::of(field, uses(&view).remove(key).unwrap_or_default()))
}
