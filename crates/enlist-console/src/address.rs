//! Addresses of pages: the prefix under which the console is nested, a workspace, and ids, each encoded.
//!
//! It does not know what a page shows. Invariant: every id that Enlist accepts has an address that leads back to it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands as it is in a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as a part of a path or of a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// An id as a part of a path. One that begins with `.` or `~` has `~` before it, because URL parsers drop `..` even when it is encoded.
pub(crate) fn part(id: &str) -> String {
    let mark = if id.starts_with(['.', '~']) { "~" } else { "" };
    format!("{mark}{}", encoded(id))
}

/// The id of a part of a path.
pub(crate) fn id_of(part: &str) -> &str {
    part.strip_prefix('~').filter(|id| id.starts_with(['.', '~'])).unwrap_or(part)
}

/// Where the console is nested.
#[derive(Clone, Debug)]
pub(crate) struct Root(pub(crate) String);

impl Root {
    /// A file that all pages use.
    pub(crate) fn asset(&self, name: &str) -> String {
        format!("{}/-/{name}", self.0)
    }

    /// A page of no workspace.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }

    /// The pages of a workspace.
    pub(crate) fn workspace(&self, id: &str) -> Pages {
        Pages(format!("{}/{}", self.0, part(id)))
    }
}

/// The pages of a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Pages(String);

impl Pages {
    /// A page by its path below the workspace.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }

    /// The stream of a page.
    pub(crate) fn live(&self, path: &str) -> String {
        self.page(&format!("-live/{path}"))
    }

    pub(crate) fn segment(&self, id: &str) -> String {
        self.page(&format!("segments/{}", part(id)))
    }

    pub(crate) fn contact(&self, id: &str) -> String {
        self.page(&format!("contacts/{}", part(id)))
    }

    pub(crate) fn field(&self, key: &str) -> String {
        self.page(&format!("fields/{}", part(key)))
    }

    pub(crate) fn campaign(&self, id: &str) -> String {
        self.page(&format!("campaigns/{}", part(id)))
    }

    /// A frozen audience.
    pub(crate) fn audience(&self, name: &str) -> String {
        self.page(&format!("audiences/{}", part(name)))
    }

    pub(crate) fn members(&self, segment: &str) -> String {
        self.page(&format!("contacts?segment={}", encoded(segment)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_leads_back_to_itself() {
        for id in ["a", "..", "~", "~.", "a/b", "a b", "50%", "?", "#", "\u{1F600}"] {
            let part = part(id);
            let decoded = percent_encoding::percent_decode_str(&part).decode_utf8_lossy();
            assert_eq!(id_of(&decoded), id);
            assert!(!part.contains(['/', '?', '#', ' ']), "{part}");
        }
    }
}
