//! The requests. Each runs on a thread for blocking work, because SQLite and Enlist's writes may wait.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use enlist::{Cursor, PageOrder, PageRequest, Revision, UncheckedRule};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::crm::{Contact, Crm};

type Shared = State<Arc<Crm>>;
type Answer = Result<Json<Value>, Problem>;

/// Why a request fails: a status, and what is wrong as JSON.
pub struct Problem(StatusCode, Value);

impl From<enlist::Error> for Problem {
    fn from(error: enlist::Error) -> Self {
        let status = match error.code() {
            "unknown_segment" | "unknown_contact" => StatusCode::NOT_FOUND,
            "segment_changed" | "segment_in_use" => StatusCode::CONFLICT,
            "queue_full" | "closed" | "partition_failed" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Problem(status, json!(error))
    }
}

impl From<enlist::model::Error> for Problem {
    fn from(error: enlist::model::Error) -> Self {
        enlist::Error::from(error).into()
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        let message = error.to_string();
        Problem(StatusCode::INTERNAL_SERVER_ERROR, json!({"code": "database", "message": message}))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

/// The requests that a CRM answers.
pub fn router(crm: Crm) -> Router {
    Router::new()
        .route("/contacts/{contact}", put(save_contact).delete(delete_contact))
        .route("/segments", get(segments))
        .route("/segments/{segment}", put(save_segment).delete(delete_segment))
        .route("/segments/{segment}/page", get(page))
        .route("/segments/{segment}/preview", post(preview))
        .route("/segments/{segment}/contacts.csv", get(freeze))
        .route("/segments/{segment}/explain/{contact}", get(explain))
        .with_state(Arc::new(crm))
}

/// A segment as a form sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SegmentForm {
    name: String,
    rule: UncheckedRule,
    /// The revision that the form was loaded with; none to create the segment.
    revision: Option<Revision>,
}

/// Which page of a segment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    sort: Option<String>,
    #[serde(default)]
    descending: bool,
    after: Option<Cursor>,
}

async fn blocking<T: Send + 'static>(
    State(crm): Shared,
    answer: impl FnOnce(&Crm) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let answered = tokio::task::spawn_blocking(move || answer(&crm)).await;
    answered.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}

fn at(revision: Revision) -> Json<Value> {
    Json(json!({"revision": revision}))
}

async fn save_contact(crm: Shared, Path(id): Path<String>, Json(contact): Json<Contact>) -> Answer {
    blocking(crm, move |crm| crm.save_contact(&Contact { id, ..contact }).map(at)).await
}

async fn delete_contact(crm: Shared, Path(id): Path<String>) -> Answer {
    blocking(crm, move |crm| crm.delete_contact(&id).map(at)).await
}

async fn segments(crm: Shared) -> Answer {
    blocking(crm, |crm| {
        // One view, so that every count is of the same revision.
        crm.workspace.read(|view| {
            let segments = view.segments().map(|segment| {
                let id = segment.id().as_str();
                let (count, revision) = (view.count(id)?, view.segment_revision(id));
                Ok(json!({"segment": segment, "count": count, "revision": revision}))
            });
            Ok(Json(segments.collect::<Result<_, enlist::Error>>()?))
        })
    })
    .await
}

async fn save_segment(crm: Shared, Path(id): Path<String>, Json(form): Json<SegmentForm>) -> Answer {
    let SegmentForm { name, rule, revision } = form;
    blocking(crm, move |crm| crm.save_segment(&id, &name, &rule, revision).map(at)).await
}

async fn delete_segment(crm: Shared, Path(id): Path<String>) -> Answer {
    blocking(crm, move |crm| crm.delete_segment(&id).map(at)).await
}

async fn page(crm: Shared, Path(id): Path<String>, Query(query): Query<PageQuery>) -> Answer {
    let PageQuery { sort, descending, after } = query;
    let order = match sort {
        Some(field) => PageOrder::Field { field, descending },
        None => PageOrder::Arrival { descending },
    };
    blocking(crm, move |crm| {
        let first = PageRequest::default().with_order(order);
        let request = after.map_or(first.clone(), |cursor| first.after(cursor));
        let page = crm.workspace.page(&id, &request)?;
        let rows = crm.rows(&page.contacts)?;
        Ok(Json(json!({"total": page.total, "next": page.next, "contacts": rows})))
    })
    .await
}

async fn preview(crm: Shared, Path(id): Path<String>, Json(rule): Json<UncheckedRule>) -> Answer {
    blocking(crm, move |crm| Ok(Json(json!(crm.workspace.segment(&id)?.preview(rule)?)))).await
}

async fn explain(crm: Shared, Path((segment, contact)): Path<(String, String)>) -> Answer {
    blocking(crm, move |crm| Ok(Json(json!(crm.workspace.explain(&segment, &contact)?)))).await
}

/// The members as they are now, for a campaign: later changes of the segment do not matter to it.
async fn freeze(crm: Shared, Path(id): Path<String>) -> Result<Response, Problem> {
    let file = blocking(crm, move |crm| {
        let mut file = csv::Writer::from_writer(Vec::new());
        for ids in crm.workspace.segment(&id)?.freeze()?.batches(1_000) {
            for Contact { id, name, email, .. } in crm.rows(&ids)? {
                file.serialize((id, name, email)).expect("a list in memory takes every row");
            }
        }
        Ok(file.into_inner().expect("a list in memory takes every row"))
    })
    .await?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "text/csv; charset=utf-8")], file).into_response())
}
