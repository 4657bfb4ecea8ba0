//! What is found out about a draft: what is wrong with it, what it means now, who would be in it, and why somebody is in it.
//!
//! The check, the days and the members are the engine's. It knows no form and no page. Invariant: a draft with a problem has no preview.

use enlist::model::Today;
use enlist::{
    ContactSet, Error, ExplainedNode, Json, PageRequest, SegmentId, UncheckedRule, View, Workspace,
};
use enlist_http::meanings;

use super::draft::{Draft, Key, Written};
use super::offer::Offer;
use super::rows::{Problem, Remarks};
use crate::moments;
use crate::values::shown;

/// How many contacts are shown of each set.
const SAMPLE: usize = 10;
/// How many contacts are offered for a name.
const OFFERED: usize = 6;

/// What is found out about a draft.
pub(crate) struct Found {
    pub(crate) offer: Offer,
    pub(crate) remarks: Remarks,
    pub(crate) zone: String,
    /// The rule in words; empty if something is wrong with it.
    pub(crate) sentence: String,
    pub(crate) preview: Option<Preview>,
    pub(crate) tested: Option<Tested>,
    /// The segments in whose rules the segment is, by id and name.
    pub(crate) used_by: Vec<(String, String)>,
    /// Whether it is something else than what is saved.
    pub(crate) is_unsaved: bool,
}

/// What would change.
pub(crate) struct Preview {
    pub(crate) total: u64,
    pub(crate) members: Sample,
    pub(crate) enters: Sample,
    pub(crate) leaves: Sample,
}

/// A set of contacts: how many, and some by id and name.
pub(crate) struct Sample {
    pub(crate) count: u64,
    pub(crate) some: Vec<(String, String)>,
}

/// A contact that is tested.
pub(crate) enum Tested {
    /// Its name, and why it is in or not.
    Why(String, ExplainedNode),
    /// Several have the name: their ids and names.
    Several(Vec<(String, String)>),
    /// Nobody has the id or the name.
    Nobody,
}

/// The draft of a segment, and a contact to be tested against it.
pub(crate) struct Sought<'a> {
    /// `None` for one that is not saved yet.
    pub(crate) segment: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) draft: &'a Draft,
    /// An id or a part of a name; empty for nobody.
    pub(crate) contact: &'a str,
    /// Where the cursor goes.
    pub(crate) focus: Option<Key>,
}

/// Finds it out.
pub(crate) fn find(workspace: &Workspace, sought: &Sought<'_>) -> Result<Found, Error> {
    let id = sought.segment;
    let now = workspace.clock_now();
    let offer = workspace.read(|view| Offer::of(view, id))?;
    let written = sought.draft.written(&offer);
    let mut remarks =
        Remarks { unfinished: written.unfinished.clone(), focus: sought.focus, ..Remarks::default() };
    let rule = UncheckedRule::from(written.json.clone());
    let segment = id.map(SegmentId::new).transpose()?;
    let (sentence, zone, used_by, is_unsaved) = workspace.read(|view| {
        let today =
            Today { day: view.today().unwrap_or_else(|| view.day_of(now)), week_start: view.week_start() };
        let sentence = match rule.check(segment.as_ref(), view.rule_definitions()) {
            Ok(checked) => {
                note_meanings(&checked, today, view.time_zone(), &written, &mut remarks);
                let name = |id: &SegmentId| name_of(view, id.as_str());
                checked.sentence_naming(name)
            }
            // A rule without a row is unfinished, not wrong.
            Err(_) if written.places.is_empty() => String::new(),
            Err(error) => {
                note_problems(&error, &written, &mut remarks);
                String::new()
            }
        };
        (sentence, view.time_zone().to_owned(), users(view, id), is_unsaved(view, sought, &written))
    });
    let preview = if sentence.is_empty() { None } else { Some(preview(workspace, id, &rule)?) };
    let contact = sought.contact.trim();
    let tested =
        if contact.is_empty() || sentence.is_empty() { None } else { Some(test(workspace, &rule, contact)?) };
    Ok(Found { offer, remarks, zone, sentence, preview, tested, used_by, is_unsaved })
}

/// The name of a segment; its id if there is none.
fn name_of(view: View<'_>, id: &str) -> String {
    let found = view.segments().find(|segment| segment.id().as_str() == id);
    found.map_or(id, |segment| segment.name()).to_owned()
}

/// The segments in whose rules a segment is.
fn users(view: View<'_>, id: Option<&str>) -> Vec<(String, String)> {
    let users =
        view.segments().filter(|each| each.rule().segments().iter().any(|used| Some(used.as_str()) == id));
    users.map(|each| (each.id().as_str().to_owned(), each.name().to_owned())).collect()
}

fn is_unsaved(view: View<'_>, sought: &Sought<'_>, written: &Written) -> bool {
    let saved = view.segments().find(|segment| Some(segment.id().as_str()) == sought.segment);
    match saved {
        Some(saved) => {
            let same = saved.name() == sought.name
                && Draft::of(&saved.rule().to_json())
                    .as_ref()
                    .is_some_and(|draft| draft.says_the_same_as(sought.draft));
            !same
        }
        None => !sought.name.is_empty() || !written.places.is_empty(),
    }
}

fn note_problems(error: &enlist::model::Error, written: &Written, remarks: &mut Remarks) {
    for problem in error.rule_problems() {
        let member = problem.pointer.rsplit('/').next().unwrap_or_default().to_owned();
        let noted = Problem { said: problem.reason(), member, suggestion: problem.suggestion.clone() };
        remarks.problems.entry(written.key_at(&problem.pointer)).or_default().push(noted);
    }
}

/// Notes which days conditions mean, and which hold without a value.
fn note_meanings(rule: &enlist::Rule, today: Today, zone: &str, written: &Written, remarks: &mut Remarks) {
    for meaning in meanings(rule, today) {
        let said = remarks.meanings.entry(written.key_at(&meaning.pointer)).or_default();
        said.extend(meaning.days.map(|days| format!("{} in {zone}", moments::days(days))));
        if meaning.includes_empty {
            let who =
                if meaning.pointer.contains("/same_conversation") { "conversations" } else { "contacts" };
            said.push(format!("includes {who} without a value"));
        }
    }
}

fn preview(workspace: &Workspace, id: Option<&str>, rule: &UncheckedRule) -> Result<Preview, Error> {
    let (members, enters, leaves) = if let Some(id) = id {
        let preview = workspace.segment(id)?.preview(rule.clone())?;
        (preview.members, preview.enters, preview.leaves)
    } else {
        let members = workspace.matching(rule.clone())?;
        (members.clone(), members.clone(), members.minus(&members))
    };
    workspace.read(|view| {
        Ok(Preview {
            total: view.contact_count()?,
            members: sample(view, &members, SAMPLE)?,
            enters: sample(view, &enters, SAMPLE)?,
            leaves: sample(view, &leaves, SAMPLE)?,
        })
    })
}

fn sample(view: View<'_>, set: &ContactSet, size: usize) -> Result<Sample, Error> {
    let page = view.page_of(set, &PageRequest::default().with_size(size))?;
    let some = page.contacts.iter().map(|id| (id.as_str().to_owned(), contact_name(view, id.as_str())));
    Ok(Sample { count: set.len(), some: some.collect() })
}

/// A contact's name; its id if it has none.
fn contact_name(view: View<'_>, id: &str) -> String {
    let name = view.contact(id).ok().and_then(|held| held.value("name")).as_ref().map(shown);
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.to_owned())
}

/// A contact's id, and its name with its e-mail address.
fn told_apart(view: View<'_>, id: String, name: &str) -> (String, String) {
    let email = view.contact(&id).ok().and_then(|held| held.value("email")).as_ref().map(shown);
    let name = email.map_or_else(|| format!("{name} · {id}"), |email| format!("{name} · {email}"));
    (id, name)
}

/// Who has an id or a part of a name, and why it is in or not.
fn test(workspace: &Workspace, rule: &UncheckedRule, contact: &str) -> Result<Tested, Error> {
    let mut found = vec![(contact.to_owned(), workspace.read(|view| contact_name(view, contact)))];
    if !workspace.read(|view| view.has_contact(contact))? {
        let named = [("field", "name"), ("operator", "contains"), ("value", contact)];
        let named = Json::Object(named.map(|(name, text)| (name.to_owned(), Json::from(text))).into());
        let of_name =
            [("match".to_owned(), Json::from("all")), ("conditions".to_owned(), Json::List(vec![named]))];
        let named = workspace.matching(UncheckedRule::from(Json::Object(of_name.into())))?;
        let members = workspace.matching(rule.clone())?.and(&named);
        found = workspace.read(|view| {
            // Members first: they are sought most.
            let mut found = sample(view, &members, OFFERED)?.some;
            found.extend(sample(view, &named.minus(&members), OFFERED - found.len())?.some);
            Ok::<_, Error>(found)
        })?;
    }
    Ok(match found.as_slice() {
        [] => Tested::Nobody,
        [(id, name)] => Tested::Why(name.clone(), workspace.explain_rule(rule.clone(), id)?),
        _ => Tested::Several(
            workspace.read(|view| found.into_iter().map(|(id, name)| told_apart(view, id, &name)).collect()),
        ),
    })
}
