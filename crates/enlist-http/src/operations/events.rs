//! Events: one as a document, or any number as lines.
//!
//! Lines are read as they come and applied in batches, so memory holds two batches whatever the length. Invariant: a body that is cut
//! off leaves whole batches, and of the last line nothing.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use enlist::model::limits::LINE_BYTES;
use enlist::{Batch, Error, Event, OnRefusal, Receipt, Revision, Ticket};
use http_body_util::BodyExt;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::response::Answer;
use crate::answer::wire::{Received, RefusedLine, Tag};
use crate::authorisation::Write;
use crate::problem::details::Problem;
use crate::problem::refusal::Refusal;
use crate::request::document::{self, media_type};
use crate::request::head::{Parameters, Within};

/// How many events are applied at once.
const BATCH: usize = 1_000;
/// How many bytes of lines are applied at once. One line more than that may be among them.
const BATCH_BYTES: usize = 4 << 20;
/// How many refused lines an answer shows.
const SHOWN: usize = 1_000;

/// How events are applied.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Stopping {
    /// Whether nothing is applied after the first event that is refused.
    #[serde(default)]
    #[param(required = false)]
    stop_at_first: bool,
}

/// Applies one event, or one a line.
#[utoipa::path(post, path = "/events", tag = "events", params(Stopping),
    request_body(content((crate::answer::wire::EventShown = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 200, body = Received), (status = 409), (status = 429)))]
pub(crate) async fn post(
    within: Within<Write>,
    Parameters(stopping): Parameters<Stopping>,
    request: Request,
) -> Result<Answer<Received>, Problem> {
    match media_type(request.headers()).as_str() {
        "application/json" => one(&within, request.into_body()).await,
        "application/x-ndjson" => {
            let on_refusal = if stopping.stop_at_first { OnRefusal::Stop } else { OnRefusal::Skip };
            many(&within, request.into_body(), on_refusal).await
        }
        _ => Err(Refusal::MediaType { accepted: "`application/json` or `application/x-ndjson`" }.into()),
    }
}

async fn one(within: &Within<Write>, body: Body) -> Result<Answer<Received>, Problem> {
    let event = Event::from_json(document::read(body, within.shared.body_timeout).await?)?;
    let applied = within.receipt_of(event).await;
    let receipt = applied.map_err(|error| Problem::from(error).named_by_document())?;
    let (revision, first_event) = (receipt.revision, receipt.first_event);
    let received =
        Received { applied: 1, refused: 0, first_event, revision: Some(Tag(revision)), lines: Vec::new() };
    Ok(Answer::at(revision, received))
}

async fn many(
    within: &Within<Write>,
    body: Body,
    on_refusal: OnRefusal,
) -> Result<Answer<Received>, Problem> {
    let mut intake = Intake::new(within, on_refusal);
    let mut lines = Lines::new(body, within.shared.body_timeout);
    loop {
        let line = match lines.next().await {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(problem) => {
                // What is accepted is applied all the same; a client that learns of the cut finds it there.
                intake.settle().await?;
                return Err(problem);
            }
        };
        if !intake.take(line).await? {
            break;
        }
    }
    let received = intake.end().await?;
    Ok(match received.revision {
        Some(revision) => Answer::at(revision.0, received),
        None => Answer::new(received),
    })
}

/// A batch that is being applied.
type Applying = Ticket<Result<Receipt, Error>>;

/// A line of a body, or that it is too long.
type Line = Result<Vec<u8>, Problem>;

/// A body, line by line.
struct Lines {
    body: Body,
    /// What has come and is not read yet.
    rest: Vec<u8>,
    /// Where in `rest` the next line begins.
    at: usize,
    has_ended: bool,
    /// How long the next piece may take to come.
    patience: Duration,
}

impl Lines {
    fn new(body: Body, patience: Duration) -> Self {
        Lines { body, rest: Vec::new(), at: 0, has_ended: false, patience }
    }

    /// The next line; `None` at the end of the body.
    async fn next(&mut self) -> Result<Option<Line>, Problem> {
        let mut is_too_long = false;
        // Where to look for the line's end: what was looked through is not looked through again.
        let mut from = self.at;
        loop {
            if let Some(length) = self.rest[from..].iter().position(|byte| *byte == b'\n') {
                let line = self.rest[self.at..from + length].to_vec();
                self.at = from + length + 1;
                return Ok(Some(bounded(line, is_too_long)));
            }
            self.rest.drain(..self.at);
            self.at = 0;
            if self.rest.len() > LINE_BYTES.most {
                is_too_long = true;
                self.rest.clear();
            }
            from = self.rest.len();
            if self.has_ended {
                let line = std::mem::take(&mut self.rest);
                return Ok((!line.is_empty() || is_too_long).then(|| bounded(line, is_too_long)));
            }
            match self.frame().await? {
                Some(bytes) => self.rest.extend_from_slice(&bytes),
                None => self.has_ended = true,
            }
        }
    }

    async fn frame(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let frame = tokio::time::timeout(self.patience, self.body.frame()).await;
            match frame.map_err(|_| Refusal::BodyTooSlow)? {
                None => return Ok(None),
                Some(Err(_)) => return Err(Refusal::BodyCutOff.into()),
                // Trailers are no lines.
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }
}

fn bounded(line: Vec<u8>, is_too_long: bool) -> Line {
    if is_too_long || LINE_BYTES.is_exceeded_by(line.len()) {
        return Err(Refusal::BodyTooLarge { most: LINE_BYTES.most }.into());
    }
    Ok(line)
}

/// What has come of a stream of events.
struct Intake<'a> {
    within: &'a Within<Write>,
    on_refusal: OnRefusal,
    batch: Vec<Event>,
    /// The bytes of its lines.
    bytes: usize,
    /// The line of each event of the batch.
    numbers: Vec<u64>,
    /// The batch that is being applied, and the lines of its events.
    under_way: Option<(Applying, Vec<u64>)>,
    line: u64,
    applied: u64,
    refused: u64,
    first_event: Option<u64>,
    revision: Option<Revision>,
    lines: Vec<RefusedLine>,
}

impl<'a> Intake<'a> {
    fn new(within: &'a Within<Write>, on_refusal: OnRefusal) -> Self {
        Intake {
            within,
            on_refusal,
            batch: Vec::new(),
            bytes: 0,
            numbers: Vec::new(),
            under_way: None,
            line: 0,
            applied: 0,
            refused: 0,
            first_event: None,
            revision: None,
            lines: Vec::new(),
        }
    }

    /// Takes a line; whether it goes on.
    async fn take(&mut self, line: Line) -> Result<bool, Problem> {
        self.line += 1;
        let read = line.and_then(|line| {
            let text = std::str::from_utf8(&line).map_err(|_| Refusal::NotUtf8)?;
            let text = text.trim();
            Ok(if text.is_empty() { None } else { Some((Event::parse(text)?, line.len())) })
        });
        match read {
            Ok(None) => Ok(true),
            Ok(Some((event, bytes))) => {
                self.batch.push(event);
                self.bytes += bytes;
                self.numbers.push(self.line);
                let is_full = self.batch.len() >= BATCH || self.bytes >= BATCH_BYTES;
                if is_full { self.submit().await } else { Ok(true) }
            }
            Err(problem) => {
                let stops = self.on_refusal == OnRefusal::Stop;
                // What stands before the line is applied before it is refused, or the refusal would not be the first.
                if stops {
                    let has_applied = self.submit().await? && self.settle().await?;
                    if !has_applied {
                        return Ok(false);
                    }
                }
                self.refuse(self.line, problem);
                Ok(!stops)
            }
        }
    }

    /// Applies the batch; whether it goes on. The next batch is read while this one is applied.
    async fn submit(&mut self) -> Result<bool, Problem> {
        if !self.settle().await? {
            return Ok(false);
        }
        if self.batch.is_empty() {
            return Ok(true);
        }
        let batch = Batch::from(std::mem::take(&mut self.batch)).on_refusal(self.on_refusal);
        self.bytes = 0;
        let ticket = self.within.workspace.submit(batch).await?;
        self.under_way = Some((ticket, std::mem::take(&mut self.numbers)));
        Ok(true)
    }

    /// Waits for the batch that is being applied; whether it goes on.
    async fn settle(&mut self) -> Result<bool, Problem> {
        let Some((ticket, numbers)) = self.under_way.take() else { return Ok(true) };
        let receipt = ticket.await?;
        self.first_event = self.first_event.or(receipt.first_event);
        self.applied += receipt.applied as u64;
        self.revision = Some(receipt.revision);
        let has_stopped = self.on_refusal == OnRefusal::Stop && !receipt.refused.is_empty();
        for refused in receipt.refused {
            let line = numbers.get(refused.index).copied().unwrap_or(self.line);
            self.refuse(line, Problem::from(refused.reason).named_by_document());
        }
        Ok(!has_stopped)
    }

    fn refuse(&mut self, line: u64, problem: Problem) {
        self.refused += 1;
        if self.lines.len() < SHOWN {
            self.lines.push(RefusedLine { line, problem });
        }
    }

    async fn end(mut self) -> Result<Received, Problem> {
        // A batch that is left when it has stopped is not applied.
        if self.settle().await? && !(self.on_refusal == OnRefusal::Stop && self.refused > 0) {
            self.submit().await?;
            self.settle().await?;
        }
        self.lines.sort_by_key(|refused| refused.line);
        Ok(Received {
            applied: self.applied,
            refused: self.refused,
            first_event: self.first_event,
            revision: self.revision.map(Tag),
            lines: self.lines,
        })
    }
}
