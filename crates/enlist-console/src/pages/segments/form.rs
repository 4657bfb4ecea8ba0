//! The form of the builder as markup: name, rule, preview, deletion.
//!
//! It decides nothing. Invariant: every element that a person may be in has an id, so that the form drawn again keeps the cursor.

use maud::{Markup, html};

use crate::address::Pages;
use crate::builder::draft::{Draft, Key};
use crate::builder::finding::{Found, Preview, Sample, Tested};
use crate::builder::form::tree;
use crate::builder::rows::root;
use crate::pages::contact::explained::node;
use crate::pages::segments::uses::{Use, used_by};
use crate::words::number;

/// The key by which the cursor goes to the name. No row has it.
pub(crate) const NAME: Key = 0;

/// A builder at one moment.
pub(crate) struct State {
    /// `None` for one that is not saved yet.
    pub(crate) segment: Option<String>,
    pub(crate) name: String,
    /// The revision that it began from.
    pub(crate) began_at: String,
    /// A contact to be tested.
    pub(crate) contact: String,
    pub(crate) draft: Draft,
    /// Why it was not saved or deleted.
    pub(crate) refusal: Option<Refusal>,
    /// Where the cursor goes.
    pub(crate) focus: Option<Key>,
}

/// Why a segment was not saved or deleted.
pub(crate) enum Refusal {
    Sentence(String),
    /// Somebody else has saved it meanwhile: how it is called now, its rule in words, and its revision.
    Changed {
        name: String,
        sentence: String,
        revision: String,
    },
}

impl State {
    pub(crate) fn empty() -> Self {
        State {
            segment: None,
            name: String::new(),
            began_at: String::new(),
            contact: String::new(),
            draft: Draft::empty(),
            refusal: None,
            focus: None,
        }
    }
}

/// The form.
pub(crate) fn form(pages: &Pages, address: &str, state: &State, found: &Found, uses: &[Use]) -> Markup {
    let is_new = state.segment.is_none();
    let is_ready =
        found.preview.is_some() && found.remarks.unfinished.is_empty() && !state.name.trim().is_empty();
    html! {
        // A request replaces one that is not answered yet: the last state wins.
        form.builder #builder method="post" action=(address) data-unsaved[found.is_unsaved]
            hx-post=(address) hx-trigger="submit, change, input delay:150ms" hx-swap="outerMorph" hx-sync="this:replace" {
            // Enter in an input is the first button: it shows the count, and saves nothing.
            button.unseen name="do" value="show" tabindex="-1" { "Count" }
            button.unseen #save-now name="do" value="save" tabindex="-1" aria-hidden="true" { "Save" }
            input type="hidden" name="tree" value=(tree(&state.draft));
            input type="hidden" name="began_at" value=(state.began_at);
            h1.unseen { @if is_new { "New segment" } @else { "Segment" } }
            header {
                input.title #name name="name" value=(state.name) placeholder="Name" aria-label="Name" autocomplete="off" autofocus[state.focus == Some(NAME)];
                span.quiet role="status" { @if found.is_unsaved { "Unsaved" } @else if !is_new { "Saved" } }
                @if let Some(id) = &state.segment { a.button href=(pages.members(id)) { "Show members" } }
                button.primary #save name="do" value="save" disabled[!is_ready || !found.is_unsaved] title="Ctrl+Enter" { "Save" }
            }
            (refused(address, state, found))
            div.columns {
                section aria-label="Rule" { (root(&state.draft.root, &found.offer, &found.remarks)) noscript { button name="do" value="show" { "Count" } } }
                section aria-label="Preview" { (previewed(pages, state, found)) }
            }
            @if !is_new { (deletion(pages, found, uses)) }
        }
    }
}

fn refused(address: &str, state: &State, found: &Found) -> Markup {
    match &state.refusal {
        None => html! {},
        Some(Refusal::Sentence(sentence)) => html! { p.problem role="alert" { (sentence) } },
        Some(Refusal::Changed { name, sentence, revision }) => html! {
            section.conflict role="alert" {
                p.problem { "Somebody else has saved this segment since you opened it." }
                dl {
                    dt { "Theirs" } dd { strong { bdi { (name) } } ": " bdi { (sentence) } }
                    dt { "Yours" } dd { strong { bdi { (state.name) } } ": " bdi { (found.sentence) } }
                }
                a.button href=(address) data-leave { "Take theirs" }
                " " button name="do" value={"overwrite:" (revision)} { "Save mine instead" }
            }
        },
    }
}

fn deletion(pages: &Pages, found: &Found, uses: &[Use]) -> Markup {
    let is_used = !found.used_by.is_empty() || !uses.is_empty();
    html! {
        section.delete aria-label="Delete" {
            @if !is_used {
                p.quiet { "Deletes the rule. No contact is deleted." }
            } @else {
                p { "It cannot be deleted while it is used by " (used_by(pages, &found.used_by, uses)) }
            }
            button name="do" value="delete" disabled[is_used] { "Delete the segment" }
        }
    }
}

fn previewed(pages: &Pages, state: &State, found: &Found) -> Markup {
    let unfinished = found.remarks.unfinished.len();
    html! {
        @if let Some(preview) = &found.preview {
            div.count aria-live="polite" aria-atomic="true" {
                p { strong { (number(preview.members.count)) } " of " (number(preview.total)) }
                @if found.is_unsaved { (changes(preview)) }
                @if unfinished > 0 {
                    p.quiet { "Counted without " (unfinished) @if unfinished == 1 { " unfinished row." } @else { " unfinished rows." } }
                }
            }
            p.quiet { bdi { (found.sentence) } }
            (sample(pages, "Members", &preview.members))
            @if state.segment.is_some() && found.is_unsaved {
                (sample(pages, "Enter", &preview.enters))
                (sample(pages, "Leave", &preview.leaves))
            }
            (test(state, found))
        } @else if found.remarks.problems.is_empty() {
            p.quiet { "Choose a field, an operator and a value. The count comes while you build." }
        } @else {
            p.quiet { "The count comes when what is marked is mended." }
        }
    }
}

fn changes(preview: &Preview) -> Markup {
    html! {
        p {
            span.enters { "+" (number(preview.enters.count)) " enter" } " "
            span.leaves { "−" (number(preview.leaves.count)) " leave" } " when you save"
        }
    }
}

/// Some contacts of a set.
fn sample(pages: &Pages, what: &str, sample: &Sample) -> Markup {
    let more = sample.count - sample.some.len() as u64;
    html! {
        h2 { (what) " " span.quiet { (number(sample.count)) } }
        @if sample.count > 0 {
            ul.sample {
                @for (id, name) in &sample.some { li { a.name href=(pages.contact(id)) dir="auto" { (name) } } }
                @if more > 0 { li.quiet { "and " (number(more)) " more" } }
            }
        }
    }
}

/// A contact, and why it would be in or not.
fn test(state: &State, found: &Found) -> Markup {
    html! {
        h2 { "Test a contact" }
        div.bar {
            input #contact name="contact" value=(state.contact) aria-label="Name or id of a contact" placeholder="Name or id" autocomplete="off";
            noscript { button name="do" value="show" { "Why" } }
        }
        @match &found.tested {
            None => {}
            Some(Tested::Nobody) => p.problem { "Nobody has this name or id." },
            Some(Tested::Several(several)) => p.add {
                @for (id, name) in several { button name="do" value={"test:" (id)} dir="auto" { (name) } }
            },
            Some(Tested::Why(name, root)) => {
                p { bdi { (name) } @if root.holds() { span.enters { " is in" } } @else { span.leaves { " is not in" } } }
                ul.why { (node(root)) }
            }
        }
    }
}
