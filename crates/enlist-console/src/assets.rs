//! Files that all pages use: the style, and the scripts of others as they ship them.
//!
//! Invariant: the address of a file changes with the version of this crate, so a browser may keep it.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;

/// A file: its name, its media type, what is in it.
type Asset = (&'static str, &'static str, &'static [u8]);

macro_rules! vendored {
    ($name:literal, $type:literal) => {
        ($name, $type, include_bytes!(concat!("../vendor/", $name)))
    };
}

const ASSETS: &[Asset] = &[
    ("console.css", "text/css", include_bytes!("../assets/console.css")),
    ("console.js", "text/javascript", include_bytes!("../assets/console.js")),
    vendored!("htmx.min.js", "text/javascript"),
    vendored!("hx-sse.min.js", "text/javascript"),
    vendored!("Sortable.min.js", "text/javascript"),
    vendored!("uPlot.iife.min.js", "text/javascript"),
    vendored!("uPlot.min.css", "text/css"),
];

/// A file by its name. Nothing in it is of a workspace, so it needs no permission.
pub(crate) async fn get(Path(name): Path<String>) -> Result<Response, Failure> {
    let found = ASSETS.iter().find(|(each, _, _)| *each == name);
    let (_, media_type, bytes) = found.ok_or_else(|| Failure::unknown("file", &name))?;
    Ok(([(CONTENT_TYPE, *media_type), (CACHE_CONTROL, "max-age=3600")], *bytes).into_response())
}
