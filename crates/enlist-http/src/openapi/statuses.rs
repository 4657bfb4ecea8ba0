//! The statuses of refusals: those that the form of an operation makes possible, and what each means, for the OpenAPI document.
//!
//! What only some operations refuse (409, 429, and 422 without a body), each lists itself. It knows no operation by its name.
//! Invariant: a test provokes every status of every operation, and no answer of the tests has another.

use serde_json::Value;

/// The path below which everything needs permission.
const WORKSPACES: &str = "/v1/workspaces";
const WORKSPACE: &str = "/v1/workspaces/{workspace}";

/// The refusals that follow from the path, the method and the body of an operation.
pub(crate) fn of_form(path: &str, method: &str, operation: &Value) -> Vec<u16> {
    let mut statuses = Vec::new();
    if path.starts_with(WORKSPACES) {
        statuses.extend([401, 403]);
    }
    if path.starts_with(WORKSPACE) {
        statuses.extend([400, 412, 503]);
        // What creates the workspace does not miss it.
        if (path, method) != (WORKSPACE, "put") {
            statuses.push(404);
        }
    }
    if !operation["requestBody"].is_null() {
        statuses.extend([408, 413, 415, 422]);
    }
    statuses
}

/// What a status of a refusal means; `None` for one that is no refusal.
pub(crate) fn meaning(status: &str) -> Option<&'static str> {
    Some(match status {
        "400" => "The address, a parameter, a header or the body cannot be read.",
        "401" => "Nobody can tell who asks.",
        "403" => "Not allowed, or a write from a page of another origin.",
        "404" => "Something in the address does not exist.",
        "408" => "The body did not come in time.",
        "409" => "Something uses it, or it exists otherwise.",
        "412" => "The state is not the one that the request expects.",
        "413" => "The body is too long.",
        "415" => "The body is of another media type.",
        "422" => "The request can be read and does not fit; `errors` lists all places.",
        "429" => "Too many events wait; send it again later.",
        "503" => "It cannot be answered now; send it again later.",
        _ => return None,
    })
}
