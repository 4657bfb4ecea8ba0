//! The board as markup: columns with their menus, and cards.
//!
//! It finds nothing out. Invariant: a column and a card have ids of their own, so that a redraw moves them and an open menu stays open.

use maud::{Markup, html};

use crate::address::{Pages, encoded};
use crate::frame::chip;
use crate::moments::since;
use crate::pages::leads::columns::MOST;
use crate::pages::leads::page::{Board, Card, Column, Found, Source};
use crate::words::{hue, number};

/// The content of the page.
pub(crate) fn drawn(pages: &Pages, board: &Board) -> Markup {
    html! {
        header {
            h1 { "Leads" }
            @match board.source {
                Source::Kept => (add(pages, board)),
                Source::Address => (keep(pages, board)),
            }
        }
        @if board.columns.is_empty() {
            (empty(pages, board))
        } @else {
            p.quiet.order { "The newest contacts of each segment. Who is in which is the rule's; a card moves by itself." }
            div.board #board {
                @for (at, column) in board.columns.iter().enumerate() { (self::column(pages, board, at, column)) }
            }
            @if board.source == Source::Kept {
                // A script puts the columns in, in their new order.
                form #column-order method="post" action=(pages.page("leads")) hidden { input type="hidden" name="do" value="order"; }
            }
        }
    }
}

fn empty(pages: &Pages, board: &Board) -> Markup {
    html! {
        section.empty {
            @if board.segments.is_empty() {
                h2 { "No segment yet" }
                p { "Each column of the board is a segment. A contact's card comes when the contact enters the segment, and goes when it leaves." }
                a.button href=(pages.page("segments/-new")) { "New segment" }
            } @else {
                h2 { "No column" }
                p { "Each column of the board is a segment. Add one with “+ Column”." }
            }
        }
    }
}

/// The segments that have no column.
fn others(board: &Board) -> impl Iterator<Item = &(String, String)> {
    board.segments.iter().filter(|(id, _)| board.columns.iter().all(|column| column.id != *id))
}

/// The menu that adds a column.
fn add(pages: &Pages, board: &Board) -> Markup {
    let is_full = board.columns.len() >= MOST;
    html! {
        @if !board.segments.is_empty() {
            button popovertarget="add-column" disabled[is_full || others(board).next().is_none()] { "+ Column" }
            div.menu #add-column popover {
                form method="post" action=(pages.page("leads")) {
                    input type="hidden" name="do" value="add";
                    @for (id, name) in others(board) { button name="segment" value=(id) dir="auto" { (name) } }
                }
            }
        }
        @if is_full { p.quiet { "A board has at most " (MOST) " columns." } }
    }
}

/// What can be done with columns that the address names.
fn keep(pages: &Pages, board: &Board) -> Markup {
    html! {
        p.quiet { "These columns are in the address, and not kept. " a href=(pages.page("leads")) { "Show those that are kept" } }
        form method="post" action=(pages.page("leads")) {
            @for column in &board.columns { input type="hidden" name="column" value=(column.id); }
            button name="do" value="keep" { "Keep these" }
        }
    }
}

fn column(pages: &Pages, board: &Board, at: usize, column: &Column) -> Markup {
    let name = column.found.as_ref().map_or(&column.id, |found| &found.name);
    html! {
        section.column.(hue(&column.id)) id={ "column/" (encoded(&column.id)) } data-column=(column.id) {
            header {
                @match board.source {
                    Source::Kept => {
                        h2.unseen { bdi { (name) } }
                        (dropdown(pages, board, at, column))
                    }
                    Source::Address => h2 { bdi { (name) } },
                }
                @if let Some(found) = &column.found { span.quiet { (number(found.count)) } }
                @if board.source == Source::Kept { (menu(pages, board, at, column, name)) }
            }
            @match &column.found {
                None => {
                    p.problem { "This segment was deleted." }
                    @if board.source == Source::Kept {
                        form method="post" action=(pages.page("leads")) {
                            input type="hidden" name="column" value=(column.id);
                            button name="do" value="remove" { "Remove the column" }
                        }
                    }
                }
                Some(found) => {
                    @for card in &found.cards { (self::card(pages, board, column, card)) }
                    @if found.count == 0 { p.quiet { "Nobody is in it now." } } @else { (all(pages, column, found)) }
                }
            }
        }
    }
}

fn all(pages: &Pages, column: &Column, found: &Found) -> Markup {
    html! { a href=(pages.members(&column.id)) { "All " (number(found.count)) span.unseen { " of " bdi { (found.name) } } } }
}

/// Which segment the column shows.
fn dropdown(pages: &Pages, board: &Board, at: usize, column: &Column) -> Markup {
    html! {
        form method="post" action=(pages.page("leads")) {
            input type="hidden" name="do" value="show";
            input type="hidden" name="column" value=(column.id);
            select name="segment" data-submit id={ "of/" (encoded(&column.id)) } aria-label={ "Segment of column " (at + 1) } {
                @if column.found.is_none() { option value=(column.id) selected { (column.id) } }
                @for (id, name) in &board.segments {
                    @let is_own = *id == column.id;
                    @if is_own || board.columns.iter().all(|other| other.id != *id) { option value=(id) selected[is_own] { (name) } }
                }
            }
            noscript { button { "Show" } }
        }
    }
}

fn menu(pages: &Pages, board: &Board, at: usize, column: &Column, name: &str) -> Markup {
    let id = format!("menu/{}", encoded(&column.id));
    html! {
        button.plain popovertarget=(id) aria-label={ "Column " (name) } { "⋯" }
        div.menu id=(id) popover {
            form method="post" action=(pages.page("leads")) {
                input type="hidden" name="column" value=(column.id);
                button name="do" value="left" disabled[at == 0] { "Move left" }
                button name="do" value="right" disabled[at + 1 == board.columns.len()] { "Move right" }
                button name="do" value="remove" { "Remove" }
            }
            @if column.found.is_some() { a href=(pages.segment(&column.id)) { "Open the segment" } }
        }
    }
}

fn card(pages: &Pages, board: &Board, column: &Column, card: &Card) -> Markup {
    html! {
        article.card id={ "card/" (encoded(&column.id)) "/" (encoded(&card.id)) } {
            a.name href=(pages.contact(&card.id)) dir="auto" {
                @if card.name.is_empty() { span.quiet { (card.id) } } @else { (card.name) }
            }
            @if !card.channel.is_empty() { span.quiet { " · " bdi { (card.channel) } } }
            @if !card.labels.is_empty() { p { @for label in &card.labels { span.label dir="auto" { (label) } } } }
            @if let Some((at, cause)) = &card.entered {
                p.quiet { "entered " (since(*at, board.now, &board.zone)) ": " bdi { (cause) } }
            }
            @if !card.also.is_empty() {
                p.quiet { "also in " @for other in card.also.iter().filter_map(|other| board.columns.get(*other)) { (in_column(pages, other)) } }
            }
        }
    }
}

fn in_column(pages: &Pages, column: &Column) -> Markup {
    let name = column.found.as_ref().map_or(&column.id, |found| &found.name);
    chip(&pages.members(&column.id), &column.id, name)
}
