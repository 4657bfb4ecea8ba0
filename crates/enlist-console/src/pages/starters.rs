//! What a segment is, for a workspace that has none, and four rules to begin with.
//!
//! It does not know the rules themselves: the builder fills them in, by name. Invariant: each name is one that the builder knows.

use maud::{Markup, html};

use crate::address::Pages;

/// A rule to begin with: its name in the address, what it is called, whom it finds.
type Starter = (&'static str, &'static str, &'static str);

const STARTERS: [Starter; 4] = [
    ("new-this-week", "New this week", "Contacts that came in the last seven days."),
    ("no-activity", "No activity", "Contacts that have not been active for a while."),
    ("open-conversations", "Open conversations", "Contacts with a conversation that is still open."),
    ("without-email", "Without e-mail", "Contacts whose e-mail address is not known."),
];

/// The list of segments when there is none.
pub(crate) fn welcome(pages: &Pages) -> Markup {
    html! {
        section.empty {
            h2 { "No segment yet" }
            p { "A segment is a rule over your contacts. Whoever fits it is in it, and whoever no longer fits it leaves, by itself." }
            p { "Begin with one of these, and change it as you like:" }
            ul.starters {
                @for (name, title, sentence) in STARTERS {
                    li { a href=(pages.page(&format!("segments/-new?starter={name}"))) { strong { (title) } span.quiet { (sentence) } } }
                }
            }
        }
    }
}
