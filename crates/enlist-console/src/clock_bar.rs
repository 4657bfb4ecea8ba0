//! The bar of a clock that can be set ahead, at the foot of pages.

use std::collections::BTreeMap;

use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use crate::access::{Shape, Visit};
use crate::address::Pages;
use crate::clock_steps::{ClockStep, SteppedClock};
use crate::failure::{Failure, page_type};
use crate::moments::instant;

/// What it reads, and its steps. With scripts a step draws the bar again; without, the segments are shown.
pub(crate) fn bar(clock: &dyn SteppedClock, pages: &Pages, zone: &str) -> Markup {
    let address = pages.page("-clock");
    html! {
        form.clock #clock aria-label="Demo clock" method="post" action=(address) hx-post=(address) hx-swap="outerHTML" {
            span { "Demo clock " strong { (instant(clock.now(), zone)) } }
            @for step in ClockStep::ALL { button name="step" value=(step.name()) { (step.shown()) } }
        }
    }
}

/// A step.
pub(crate) async fn step(
    visit: Visit<Shape>,
    headers: axum::http::HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Response, Failure> {
    let named = form.get("step").and_then(|name| ClockStep::ALL.into_iter().find(|step| step.name() == name));
    let step = named.ok_or_else(|| Failure::new(StatusCode::BAD_REQUEST, "There is no such step."))?;
    let zone = visit.read(|view| Ok(view.time_zone().to_owned())).await?;
    let Some(clock) = &visit.shared.clock else {
        return Err(Failure::new(StatusCode::NOT_FOUND, "This clock cannot be set."));
    };
    clock.step(step, &zone).map_err(|sentence| Failure::new(StatusCode::CONFLICT, sentence))?;
    if headers.contains_key("hx-request") {
        return Ok((page_type(), bar(clock.as_ref(), &visit.pages, &zone).into_string()).into_response());
    }
    Ok(Redirect::to(&visit.pages.page("segments")).into_response())
}
