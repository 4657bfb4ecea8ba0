//! Combinations of segments: how many contacts they hold, and how much segments share.

use enlist::{Json, SegmentSet};

use crate::answer::response::Answer;
use crate::answer::wire::{CountShown, Overlap};
use crate::authorisation::Read;
use crate::problem::details::{Misfit, Problem};
use crate::problem::refusal::Refusal;
use crate::request::document::Members;
use crate::request::head::{Listed, Within};

/// How many segments a matrix has at most.
const MATRIX: usize = 100;

/// How many contacts a combination of segments holds: `{"minus": [{"all": ["a", {"any": ["b", "c"]}]}, "d"]}`.
#[utoipa::path(post, path = "/sets/count", tag = "sets", request_body = Object,
    responses((status = 200, body = CountShown)))]
pub(crate) async fn count(within: Within<Read>, document: Members) -> Result<Answer<CountShown>, Problem> {
    let set = read(&document.into_json(), "#")?;
    let count = within.read(move |view| Ok(CountShown { count: view.select_count(&set)? })).await;
    count.map_err(Problem::named_by_document)
}

/// A set of segments as a document has it.
fn read(json: &Json, pointer: &str) -> Result<SegmentSet, Problem> {
    let accepted = "a segment's id, or an object with one of `all`, `any` and `minus`: a list of these";
    let refused = |found: String| {
        let misfit = Misfit::new(pointer.to_owned(), "wrong_set", found, accepted);
        Problem::from(Refusal::Document).with_errors(vec![misfit])
    };
    if let Some(id) = json.as_text() {
        return Ok(SegmentSet::of(id));
    }
    let Some([(word, list)]) = json.as_object() else { return Err(refused(json.shown())) };
    let combine: fn(SegmentSet, SegmentSet) -> SegmentSet = match word.as_str() {
        "all" => SegmentSet::and,
        "any" => SegmentSet::or,
        "minus" => SegmentSet::minus,
        _ => return Err(refused(json.shown())),
    };
    let members = list.as_list().ok_or_else(|| refused(list.shown()))?;
    let read = |(index, member)| read(member, &format!("{pointer}/{word}/{index}"));
    let mut sets = members.iter().enumerate().map(read);
    let first = sets.next().ok_or_else(|| refused("an empty list".to_owned()))??;
    sets.try_fold(first, |set, next| Ok(combine(set, next?)))
}

/// How many contacts each two of the segments share; in the diagonal, how many each holds.
#[utoipa::path(get, path = "/overlap", tag = "sets",
    params(("segments" = Option<Vec<String>>, Query, description = "The segments, once for each; without it, all.")),
    responses((status = 200, body = Overlap)))]
pub(crate) async fn overlap(within: Within<Read>, listed: Listed) -> Result<Answer<Overlap>, Problem> {
    let mut segments = listed.of("segments")?;
    let answer = within.long_work(move |workspace| {
        if segments.is_empty() {
            segments =
                workspace.read(|view| view.segments().map(|each| each.id().as_str().to_owned()).collect());
        }
        if segments.len() > MATRIX {
            return Err(Refusal::Query(format!("`segments` are {MATRIX} at most")).into());
        }
        let shared = workspace.read(|view| {
            let row = |one: &String| segments.iter().map(|other| view.overlap(one, other)).collect();
            let rows = segments.iter().map(row).collect::<Result<Vec<Vec<u64>>, _>>()?;
            Ok::<_, enlist::Error>((view.revision(), rows))
        });
        let (revision, overlap) = shared?;
        Ok(Answer::at(revision, Overlap { segments, overlap }))
    });
    answer.await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Result<Json, enlist::model::Error> {
        Json::parse(text)
    }

    #[test]
    fn a_set_that_cannot_be_read_is_pointed_to() {
        let refused = |text: &str| {
            let problem = read(&whole(text).unwrap(), "#").unwrap_err();
            serde_json::to_value(problem).unwrap()["errors"][0]["pointer"].clone()
        };
        assert_eq!(refused(r#"{"minus": ["a", {"all": []}]}"#), "#/minus/1");
        assert_eq!(refused(r#"{"minus": ["a", {"any": ["b", 1]}]}"#), "#/minus/1/any/1");
        assert_eq!(refused(r#"{"none": ["a"]}"#), "#");
        let set =
            read(&whole(r#"{"minus": [{"all": ["a", {"any": ["b", "c"]}]}, "d"]}"#).unwrap(), "#").unwrap();
        assert_eq!(set, SegmentSet::of("a").and(SegmentSet::of("b").or("c")).minus("d"));
    }
}
