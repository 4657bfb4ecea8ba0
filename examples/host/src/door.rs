//! Who comes in: requests with the token, to a host that is this one.
//!
//! A page of another site can make a browser send requests here under a name of its own (DNS rebinding), so only addresses and
//! `localhost` are taken as the host.

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use enlist_http::{Asked, Decision};
use serde_json::json;

/// The host's answer to a request with or without the token.
pub(crate) fn decide(asked: &Asked, token: &str) -> Decision {
    if has_token(&asked.headers, token) { Decision::Allow } else { Decision::AskWho }
}

fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let Some(given) = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
    else {
        return false;
    };
    // Every byte is compared, so that the time tells nothing of the first that differs.
    let differences = given.iter().zip(token.as_bytes()).fold(0, |all, (one, other)| all | (one ^ other));
    given.len() == token.len() && differences == 0
}

/// Refuses requests to a host that is not this one.
pub(crate) async fn own_host(request: Request, next: Next) -> Response {
    let header = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let host = request.uri().authority().map(axum::http::uri::Authority::as_str).or(header);
    if host.is_some_and(is_own) { next.run(request).await } else { foreign_host() }
}

/// Whether a host is an address or `localhost`, with or without a port.
fn is_own(host: &str) -> bool {
    if host.parse::<SocketAddr>().is_ok() {
        return true;
    }
    let name =
        host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

fn foreign_host() -> Response {
    let detail = "`Host` is an address or `localhost`";
    let problem = json!({
        "type": "urn:enlist:problem:foreign_host", "code": "foreign_host", "status": 403, "title": detail, "detail": detail
    });
    // It does not come to the router, which sets this for everything else.
    let head = [(CONTENT_TYPE, "application/problem+json"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (StatusCode::FORBIDDEN, head, problem.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_localhost_are_own_and_names_are_foreign() {
        for host in ["127.0.0.1:8080", "localhost", "LocalHost:80", "[::1]:8080", "[::1]", "192.168.1.7"] {
            assert!(is_own(host), "{host}");
        }
        for host in
            ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", ""]
        {
            assert!(!is_own(host), "{host}");
        }
    }

    #[test]
    fn only_the_whole_token_as_a_bearer_comes_in() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().expect("a header's value"));
            has_token(&headers, "secret")
        };
        assert!(with("Bearer secret"));
        for other in ["Bearer secre", "Bearer secret1", "Bearer ", "secret", "Basic secret", "bearer secret"]
        {
            assert!(!with(other), "{other}");
        }
        assert!(!has_token(&HeaderMap::new(), "secret"));
    }
}
