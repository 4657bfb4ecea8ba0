//! Segments: list, read, save, delete; their counts and members, and why a contact is one.

use std::collections::BTreeMap;

use enlist::model::Notice;
use enlist::{
    EngineError, Error, Json, Published, Revision, Segment, SegmentDefinition, SegmentId, Subscription,
    UncheckedRule, View, Workspace,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::response::Answer;
use crate::answer::wire::{
    CountShown, Counts, Deleted, Open, RuleShown, Saved, SegmentShown, Segments, Tag, Why,
};
use crate::authorisation::{Define, Read};
use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;
use crate::request::document::Members;
use crate::request::head::{Expected, Parameters, Within};

/// All segments, in order of creation.
#[utoipa::path(get, path = "/segments", tag = "segments", responses((status = 200, body = Segments)))]
pub(crate) async fn list(within: Within<Read>) -> Result<Answer<Segments>, Problem> {
    let segments = within.read(|view| {
        let mut users: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for segment in view.segments() {
            for used in segment.rule().segments() {
                users.entry(used.as_str()).or_default().push(segment.id().as_str().to_owned());
            }
        }
        let names = names(&view);
        let shown = view.segments().map(|segment| {
            show(view, segment, &names, users.remove(segment.id().as_str()).unwrap_or_default())
        });
        Ok(Segments { segments: shown.collect::<Result<_, _>>()? })
    });
    segments.await
}

/// A segment: its name, rule and sentence, its count, what it uses and what uses it.
#[utoipa::path(get, path = "/segments/{segment}", tag = "segments",
    responses((status = 200, body = SegmentShown)))]
pub(crate) async fn get(within: Within<Read>) -> Result<Answer<SegmentShown>, Problem> {
    let id = within.own_id("segment");
    let answer = within.read(move |view| find(view, &id)).await?;
    let tag = answer.value.saved_at.map(|tag| tag.0);
    Ok(answer.tagged(tag))
}

/// Saves a segment, new or edited: `name`, `rule`. With `If-Match` or `If-None-Match: *`, if it is as expected.
#[utoipa::path(put, path = "/segments/{segment}", tag = "segments", request_body = Object,
    responses((status = 200, body = Saved), (status = 201, body = Saved)))]
pub(crate) async fn put(within: Within<Define>, mut document: Members) -> Result<Answer<Saved>, Problem> {
    let (name, rule) = (document.needed_text("name"), document.need("rule", "a rule: an object"));
    document.end()?;
    let (id, expected) = (within.own_id("segment"), Expected::of(&within.headers)?);
    let (answer, is_new) =
        within.long_work(move |workspace| save(workspace, &id, &name, rule, expected)).await?;
    let tag = answer.value.segment.saved_at.map(|tag| tag.0);
    let answer = answer.tagged(tag);
    Ok(if is_new { answer.created() } else { answer })
}

/// Deletes a segment. With `If-Match`, if it is as expected. No contact is deleted.
#[utoipa::path(delete, path = "/segments/{segment}", tag = "segments",
    responses((status = 200, body = Deleted), (status = 409), (status = 422)))]
pub(crate) async fn delete(within: Within<Define>) -> Result<Answer<Deleted>, Problem> {
    let (id, expected) = (within.own_id("segment"), Expected::of(&within.headers)?);
    within.long_work(move |workspace| remove(workspace, &id, expected)).await
}

/// How many contacts a segment holds.
#[utoipa::path(get, path = "/segments/{segment}/count", tag = "segments",
    responses((status = 200, body = CountShown)))]
pub(crate) async fn count(within: Within<Read>) -> Result<Answer<CountShown>, Problem> {
    let id = within.own_id("segment");
    within.read(move |view| Ok(CountShown { count: view.count(&id)? })).await
}

/// Why a contact is a member of a segment, or is not.
#[utoipa::path(get, path = "/segments/{segment}/members/{contact}", tag = "segments",
    responses((status = 200, body = Why)))]
pub(crate) async fn why(within: Within<Read>) -> Result<Answer<Why>, Problem> {
    let (segment, contact) = (within.own_id("segment"), within.own_id("contact"));
    let why = within.read(move |view| Ok(Why { explanation: Open::of(&view.explain(&segment, &contact)?) }));
    why.await
}

/// What the counts of a segment are by.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountsBy {
    /// `hour` or `day`
    #[param(inline)]
    by: Interval,
}

/// An interval of counts.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Interval {
    Hour,
    Day,
}

/// The counts of a segment over time, as far back as they are kept.
#[utoipa::path(get, path = "/segments/{segment}/counts", tag = "segments", params(CountsBy),
    responses((status = 200, body = Counts)))]
pub(crate) async fn counts(
    within: Within<Read>,
    Parameters(CountsBy { by }): Parameters<CountsBy>,
) -> Result<Answer<Counts>, Problem> {
    let id = within.own_id("segment");
    let counts = within.read(move |view| {
        Ok(Counts {
            counts: match by {
                Interval::Hour => view.counts_by_hour(&id)?.iter().map(Open::of).collect(),
                Interval::Day => view.counts_by_day(&id)?.iter().map(Open::of).collect(),
            },
        })
    });
    counts.await
}

/// The names of segments, for sentences.
fn names<'a>(view: &'a View<'_>) -> BTreeMap<&'a str, &'a str> {
    view.segments().map(|segment| (segment.id().as_str(), segment.name())).collect()
}

/// The rule of a segment in words.
pub(crate) fn sentence(view: View<'_>, rule: &enlist::Rule) -> String {
    let names = names(&view);
    rule.sentence_naming(|id| name_of(&names, id))
}

fn name_of(names: &BTreeMap<&str, &str>, id: &SegmentId) -> String {
    names.get(id.as_str()).map_or_else(|| id.as_str(), |name| *name).to_owned()
}

fn show(
    view: View<'_>,
    segment: &SegmentDefinition,
    names: &BTreeMap<&str, &str>,
    used_by: Vec<String>,
) -> Result<SegmentShown, Error> {
    let id = segment.id().as_str();
    let mut uses: Vec<String> = segment.rule().segments().iter().map(|id| id.as_str().to_owned()).collect();
    uses.dedup();
    Ok(SegmentShown {
        segment: id.to_owned(),
        name: segment.name().to_owned(),
        rule: RuleShown(segment.rule().to_json()),
        sentence: segment.rule().sentence_naming(|id| name_of(names, id)),
        count: view.count(id)?,
        uses,
        used_by,
        saved_at: view.segment_revision(id).map(Tag),
    })
}

fn find(view: View<'_>, id: &str) -> Result<SegmentShown, Error> {
    let found = view.segments().find(|segment| segment.id().as_str() == id);
    let segment = found.ok_or_else(|| unknown(id))?;
    let uses_it = |each: &&SegmentDefinition| each.rule().segments().iter().any(|used| used.as_str() == id);
    let used_by = view.segments().filter(uses_it).map(|each| each.id().as_str().to_owned()).collect();
    show(view, segment, &names(&view), used_by)
}

fn unknown(id: &str) -> Error {
    EngineError::UnknownSegment { segment: id.to_owned() }.into()
}

/// When a segment must have been saved last.
enum SavedAt {
    Any,
    Never,
    Revision(Revision),
}

/// When a segment must have been saved last, as a request expects it.
fn expected_revision(workspace: &Workspace, id: &str, expected: Expected) -> Result<SavedAt, Problem> {
    let refused = |why| Err(changed(workspace, id, Refusal::NotNow(why).into()));
    match expected {
        Expected::Anything => Ok(SavedAt::Any),
        Expected::Nothing => Ok(SavedAt::Never),
        Expected::Tag(revision) => Ok(SavedAt::Revision(revision)),
        Expected::Something => match workspace.read(|view| view.segment_revision(id)) {
            Some(revision) => Ok(SavedAt::Revision(revision)),
            None => refused("the segment does not exist"),
        },
        Expected::Never => refused("the segment does not have this tag"),
    }
}

/// A refusal with what is there now, if it is because that is not what was expected.
fn changed(workspace: &Workspace, id: &str, problem: Problem) -> Problem {
    if !problem.is_changed() {
        return problem;
    }
    problem.with_current(workspace.read(|view| find(view, id)).ok().as_ref())
}

fn save(
    workspace: &Workspace,
    id: &str,
    name: &str,
    rule: Json,
    expected: Expected,
) -> Result<(Answer<Saved>, bool), Problem> {
    let segment = workspace.segment(id)?;
    // Before the save, so that its notice is among what is heard.
    let mut heard = segment.subscribe();
    let rule = UncheckedRule::from(rule);
    let saved = match expected_revision(workspace, id, expected)? {
        SavedAt::Any => segment.save(name, rule),
        SavedAt::Never => segment.save_if(None, name, rule),
        SavedAt::Revision(revision) => segment.save_if(Some(revision), name, rule),
    };
    let revision = saved.map_err(|error| changed(workspace, id, error.into()))?;
    let notice = notice(&mut heard, revision);
    let is_new = notice
        .as_ref()
        .is_some_and(|notice| matches!(notice.outcome, enlist::model::NoticeOutcome::Built { .. }));
    let shown = workspace.read(|view| Ok::<_, Error>((view.revision(), find(view, id)?)));
    let (current, segment) = shown?;
    Ok((Answer::at(current, Saved { segment, notice: notice.as_ref().map(Open::of) }), is_new))
}

fn remove(workspace: &Workspace, id: &str, expected: Expected) -> Result<Answer<Deleted>, Problem> {
    let segment: Segment = workspace.segment(id)?;
    let exists = workspace.read(|view| view.segment_revision(id)).is_some();
    if !exists && matches!(expected, Expected::Anything | Expected::Nothing) {
        return Err(unknown(id).into());
    }
    let mut heard = segment.subscribe();
    let deleted = match expected_revision(workspace, id, expected)? {
        SavedAt::Any => segment.delete(),
        SavedAt::Revision(revision) => segment.delete_if(revision),
        SavedAt::Never => return Err(changed(workspace, id, Refusal::NotNow("the segment exists").into())),
    };
    let revision = deleted.map_err(|error| changed(workspace, id, error.into()))?;
    Ok(Answer::at(revision, Deleted { notice: notice(&mut heard, revision).as_ref().map(Open::of) }))
}

/// The notice of a write that has returned: what it published is there already.
fn notice(heard: &mut Subscription, revision: Revision) -> Option<Notice> {
    std::iter::from_fn(|| heard.try_next()).find_map(|published| match published {
        Published::Notice(notice) if notice.revision() == revision => Some(notice.notice().clone()),
        Published::Notice(_) | Published::Transition(_) | Published::Gap(_) => None,
    })
}
