//! Rules that are not saved: whether one fits, what it says, and what it would select.

use enlist::model::Today;
use enlist::{ContactSet, Error, Json, SegmentId, UncheckedRule, View, Workspace};

use crate::answer::response::Answer;
use crate::answer::wire::{Checked, Open, Previewed, Sample, Tag};
use crate::authorisation::Read;
use crate::operations::contacts::row;
use crate::operations::segments::sentence;
use crate::problem::details::{Misfit, Problem};
use crate::request::document::Members;
use crate::request::head::Within;
use crate::rule_places::{days, including_empty, meanings};

/// How many contacts a sample has if the request does not say, and at most.
const SAMPLE: usize = 10;
const SAMPLE_MOST: u32 = 100;

/// Checks a rule: `rule`, and `segment` if you mean to save it as one that exists. A rule with problems is an answer, not a refusal.
#[utoipa::path(post, path = "/rules/check", tag = "rules", request_body = Object,
    responses((status = 200, body = Checked)))]
pub(crate) async fn check(within: Within<Read>, mut document: Members) -> Result<Answer<Checked>, Problem> {
    let (segment, rule) = (document.text("segment"), document.need("rule", "a rule: an object"));
    document.end()?;
    let segment = segment.map(|id| SegmentId::new(&id)).transpose()?;
    let rule = UncheckedRule::from(rule);
    let now = within.now();
    let checked = within.read(move |view| {
        // Before the first event the workspace has no today of its own.
        let day = view.today().unwrap_or_else(|| view.day_of(now));
        let today = Today { day, week_start: view.week_start() };
        Ok(match rule.check(segment.as_ref(), view.rule_definitions()) {
            Ok(rule) => {
                let meanings = meanings(&rule, today);
                Checked {
                    sentence: Some(sentence(view, &rule)),
                    including_empty: including_empty(&meanings),
                    days: days(&meanings),
                    problems: Vec::new(),
                }
            }
            Err(error) => {
                let problems = error.rule_problems().iter().map(Misfit::from).collect();
                Checked { sentence: None, including_empty: Vec::new(), days: Vec::new(), problems }
            }
        })
    });
    checked.await
}

/// What a rule would select: `rule`; with `segment`, what would change if it were saved as that one; with `contact`, why that
/// contact would be a member or not; `sample`: how many contacts to show of each.
#[utoipa::path(post, path = "/rules/preview", tag = "rules", request_body = Object,
    responses((status = 200, body = Previewed)))]
pub(crate) async fn preview(
    within: Within<Read>,
    mut document: Members,
) -> Result<Answer<Previewed>, Problem> {
    let asked = Preview {
        segment: document.text("segment"),
        rule: document.need("rule", "a rule: an object"),
        contact: document.text("contact"),
        sample: document.count("sample", 0..=SAMPLE_MOST).unwrap_or(SAMPLE),
    };
    document.end()?;
    within.long_work(move |workspace| asked.answer(workspace)).await
}

/// What a preview asks for.
struct Preview {
    segment: Option<String>,
    rule: Json,
    contact: Option<String>,
    sample: usize,
}

impl Preview {
    fn answer(self, workspace: &Workspace) -> Result<Answer<Previewed>, Problem> {
        let rule = UncheckedRule::from(self.rule);
        let (members, enters, leaves) = if let Some(segment) = &self.segment {
            let preview = workspace.segment(segment)?.preview(rule.clone())?;
            (preview.members, preview.enters, preview.leaves)
        } else {
            let members = workspace.matching(rule.clone())?;
            (members.clone(), members.clone(), members.minus(&members))
        };
        let why = match &self.contact {
            None => None,
            Some(contact) => {
                let why = workspace.explain_rule(rule.clone(), contact).map_err(Problem::from);
                Some(Open::of(&why.map_err(Problem::named_by_document)?))
            }
        };
        let segment = self.segment.as_deref().map(SegmentId::new).transpose()?;
        let shown = workspace.read(|view| {
            let rule = rule.check(segment.as_ref(), view.rule_definitions())?;
            let (revision, sample) = (view.revision(), |set: &ContactSet| sample(view, set, self.sample));
            Ok::<_, Error>(Answer::at(
                revision,
                Previewed {
                    sentence: sentence(view, &rule),
                    count: members.len(),
                    total: view.contact_count()?,
                    enters: sample(&enters)?,
                    leaves: sample(&leaves)?,
                    members: sample(&members)?,
                    why,
                    revision: Tag(revision),
                },
            ))
        });
        Ok(shown?)
    }
}

fn sample(view: View<'_>, set: &ContactSet, size: usize) -> Result<Sample, Error> {
    let count = set.len();
    if size == 0 {
        return Ok(Sample { count, contacts: Vec::new() });
    }
    let page = view.page_of(set, &enlist::PageRequest::default().with_size(size))?;
    let rows = page.contacts.iter().map(|id| row(view, id.as_str()));
    Ok(Sample { count, contacts: rows.collect::<Result<_, _>>()? })
}
