//! What a segment is, for a workspace that has none, and four rules to begin with.
//!
//! It does not know the rules themselves: the builder fills them in, by name.

use maud::{Markup, html};

use crate::address::Pages;
use crate::builder::starters::{STARTERS, Starter};

/// The list of segments when there is none.
pub(crate) fn welcome(pages: &Pages) -> Markup {
    html! {
        section.empty {
            h2 { "No segment yet" }
            p { "A segment is a rule over your contacts. A contact that fits it is in it, and one that no longer fits it leaves, by itself." }
            p { "Begin with one of these, and change it as you like:" }
            ul.starters {
                @for Starter { id, name, finds, .. } in &STARTERS {
                    li { a href=(pages.page(&format!("segments/-new?starter={id}"))) { strong { (name) } span.quiet { (finds) } } }
                }
            }
        }
    }
}
