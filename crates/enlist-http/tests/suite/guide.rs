//! Every curl line of `docs/http.md` gets the answer that stands below it.
//!
//! The lines are sent in their order to one workspace, whose clock stands. `REWRITE=1` writes the answers.

use std::fs;
use std::path::Path;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use enlist::{Enlist, Instant, TestClock};
use enlist_http::{Api, Asked, Decision};
use futures_util::StreamExt;
use tower::ServiceExt;

/// What stands for the incarnation, which is another one each time.
const INCARNATION: &str = "00c0ffee00c0ffee";
/// What stands for a cursor, which is sealed.
const CURSOR: &str = "AZ3v…";

/// How many lines of an answer are shown.
const SHOWN: usize = 40;

/// An answer without what differs from run to run, cut if it is long.
fn steady(text: &str, incarnation: &str, cursor: &str) -> String {
    let mut text = text.replace(incarnation, INCARNATION);
    if !cursor.is_empty() {
        text = text.replace(cursor, CURSOR);
    }
    // Times and bytes are others each time; the rest of these statistics is shown elsewhere.
    let is_stats = text.contains("busy_microseconds");
    let line = |line: &str| match line.rsplit_once(": ") {
        Some((name, value)) if is_stats && value.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("{name}: …")
        }
        _ => line.to_owned(),
    };
    let mut lines: Vec<String> = text.trim_end().lines().map(line).collect();
    if lines.len() > SHOWN {
        lines.truncate(SHOWN);
        lines.push("…".to_owned());
    }
    lines.join("\n")
}

/// The words of a command line, with single quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.replace("\\\n", " ").chars() {
        match letter {
            '\'' | '"' if letter == '\'' || !quoted => {
                if letter == '\'' {
                    quoted = !quoted;
                }
            }
            letter if letter.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            letter => word.push(letter),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// The request of a curl line.
fn request(line: &str) -> Request<Body> {
    let mut words = words(line).into_iter().skip(1);
    let (mut method, mut url, mut body, mut media_type) =
        (None, String::new(), None, "application/json".to_owned());
    let mut headers = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-N" => {}
            "-X" => method = words.next(),
            "-d" | "--data-binary" => body = words.next(),
            "-H" => {
                let header = words.next().unwrap();
                let (name, value) = header.split_once(": ").unwrap();
                if name == "Content-Type" {
                    value.clone_into(&mut media_type);
                } else {
                    headers.push((name.to_owned(), value.to_owned()));
                }
            }
            _ => url = word.replace("$API", "/v1/workspaces/acme").replace("$HOST", ""),
        }
    }
    let method = method.unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.to_owned());
    let mut request = Request::builder().method(method.as_str()).uri(url).header("content-type", media_type);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.body(body.map_or_else(Body::empty, Body::from)).unwrap()
}

/// What comes of a body until it ends, or nothing more comes.
async fn read(mut body: BodyDataStream) -> String {
    let mut text = Vec::new();
    let quiet = std::time::Duration::from_millis(300);
    while let Ok(Some(piece)) = tokio::time::timeout(quiet, body.next()).await {
        text.extend(piece.unwrap());
    }
    String::from_utf8(text).unwrap()
}

/// An answer as the page shows it.
async fn answer(router: &Router, line: &str) -> (String, String) {
    let response = router.clone().oneshot(request(line)).await.unwrap();
    let status = response.status().as_u16();
    let tag = response
        .headers()
        .get("etag")
        .map(|tag| format!(" ETag: {}", tag.to_str().unwrap()))
        .unwrap_or_default();
    let is_json =
        response.headers().get("content-type").is_some_and(|kind| kind.to_str().unwrap().ends_with("json"));
    let text = read(response.into_body().into_data_stream()).await;
    let shown = if is_json && !text.contains("}\n{") && !text.is_empty() {
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&text).unwrap()).unwrap()
    } else {
        text.trim_end().replace("\r\n", "\n")
    };
    (format!("{status}{tag}"), shown)
}

#[tokio::test]
async fn the_page_shows_what_is_answered() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/http.md");
    // The package has no such page.
    let Ok(page) = fs::read_to_string(&path) else { return };
    let clock = TestClock::new(Instant::parse("2026-11-23T10:00:00Z").unwrap());
    let enlist = Enlist::builder().workers(1).clock(clock).manual_time().build().unwrap();
    let router = Api::new(enlist.clone()).authorise(|_: Asked| async { Decision::Allow }).router();
    let (mut written, mut rest, mut cursor) = (String::new(), page.as_str(), String::new());
    while let Some((before, after)) = rest.split_once("```sh\ncurl ") {
        let (line, after) = after.split_once("\n```\n").unwrap();
        let incarnation =
            enlist.workspace("acme").map(|acme| acme.incarnation().to_string()).unwrap_or_default();
        let sent = format!("curl {line}").replace(INCARNATION, &incarnation).replace(CURSOR, &cursor);
        let (head, shown) = answer(&router, &sent).await;
        let now = enlist.workspace("acme").map(|acme| acme.incarnation().to_string());
        let incarnation = now.unwrap_or(incarnation);
        let next = shown.split_once("\"next\": \"").and_then(|(_, next)| next.split('"').next());
        // Of a page of what was published it is no cursor but a sequence.
        if let Some(next) = next.filter(|next| !next.starts_with(&incarnation)) {
            next.clone_into(&mut cursor);
        }
        let shown = steady(&format!("{head}\n{shown}"), &incarnation, &cursor);
        let after = after.strip_prefix("```text\n").map_or(after, |old| old.split_once("```\n").unwrap().1);
        written.extend([before, "```sh\ncurl ", line, "\n```\n```text\n", &shown, "\n```\n"]);
        rest = after;
    }
    written += rest;
    if std::env::var_os("REWRITE").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let first = written.lines().zip(page.lines()).find(|(written, page)| written != page);
    assert!(written == page || std::env::var_os("REWRITE").is_some(), "answered and shown: {first:?}");
}

/// The Rust of a page that shows how a host nests the router.
fn nesting(page: &str) -> Option<&str> {
    let (_, code) = page.split_once("use enlist::Enlist;\nuse enlist_http::")?;
    code.split("```").next()
}

#[test]
fn the_readme_of_the_project_has_the_lines_that_are_compiled_here() {
    let Ok(readme) = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")) else {
        return;
    };
    let code = nesting(include_str!("../../README.md")).unwrap();
    let shown: String =
        code.lines().filter(|line| !line.starts_with("# ")).map(|line| line.to_owned() + "\n").collect();
    assert_eq!(nesting(&readme), Some(shown.as_str()));
}

#[test]
fn every_operation_is_on_the_page() {
    let Ok(page) = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/http.md"))
    else {
        return;
    };
    let lines: Vec<(String, String)> = page
        .split("```sh\n")
        .filter(|block| block.starts_with("curl "))
        .map(|block| request(block.split_once("\n```").unwrap().0))
        .map(|request| (request.method().to_string(), request.uri().path().to_owned()))
        .collect();
    let document = enlist_http::openapi();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let fits = |(sent, at): &(String, String)| {
                let (names, parts): (Vec<_>, Vec<_>) = (path.split('/').collect(), at.split('/').collect());
                sent.eq_ignore_ascii_case(method)
                    && names.len() == parts.len()
                    && names.iter().zip(&parts).all(|(name, part)| name.starts_with('{') || name == part)
            };
            assert!(lines.iter().any(fits), "docs/http.md has no line for {method} {path}");
        }
    }
}
