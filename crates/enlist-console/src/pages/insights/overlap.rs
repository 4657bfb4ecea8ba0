//! How many contacts segments share, as a table of tints.
//!
//! Invariant: a tint says nothing that its cell does not say in numbers.

use enlist::{Error, View};
use maud::{Markup, html};

use crate::words::{hue, number};

/// How many tints there are.
const TINTS: u64 = 8;

/// How many contacts each two segments share.
pub(crate) struct Overlap {
    /// The ids and names of the segments.
    segments: Vec<(String, String)>,
    /// For each segment, how many of its contacts are in each.
    shared: Vec<Vec<u64>>,
}

impl Overlap {
    pub(crate) fn find(view: View<'_>, segments: &[(String, String)]) -> Result<Self, Error> {
        let mut shared = vec![vec![0; segments.len()]; segments.len()];
        for (row, (one, _)) in segments.iter().enumerate() {
            shared[row][row] = view.count(one)?;
            for (column, (other, _)) in segments.iter().enumerate().skip(row + 1) {
                let count = view.overlap(one, other)?;
                (shared[row][column], shared[column][row]) = (count, count);
            }
        }
        Ok(Overlap { segments: segments.to_vec(), shared })
    }

    pub(crate) fn drawn(&self) -> Markup {
        let chip = |(id, name): &(String, String)| html! { span.chip.(hue(id)) { bdi { (name) } } };
        html! {
            h2 { "Overlap" }
            p.quiet { "Of the members of the segment at the left, how many are also in each other." }
            div.scroll tabindex="0" role="region" aria-label="Overlap of segments" {
                table.numbers.overlap {
                    thead { tr { th { "Members of" } @for segment in &self.segments { th scope="col" { "in " (chip(segment)) } } } }
                    tbody {
                        @for (row, segment) in self.segments.iter().enumerate() {
                            tr {
                                th scope="row" { (chip(segment)) }
                                @for shared in &self.shared[row] { (cell(*shared, self.shared[row][row])) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(shared: u64, all: u64) -> Markup {
    // An empty segment shares nothing with any.
    let tint = (shared * TINTS).checked_div(all).unwrap_or(0).min(TINTS - 1);
    let percent = (shared * 200 + all).checked_div(2 * all).unwrap_or(0);
    let share = if percent == 0 && shared > 0 { "<1 %".to_owned() } else { format!("{percent} %") };
    html! { td class={ "tint-" (tint) } { (number(shared)) " " span.share { (share) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_its_number_its_share_and_a_tint() {
        for (shared, all, tint, share) in [
            (0, 0, 0, "0 %"),
            (0, 9, 0, "0 %"),
            (1, 300, 0, "&lt;1 %"),
            (2, 3, 5, "67 %"),
            (5, 10, 4, "50 %"),
            (10, 10, 7, "100 %"),
        ] {
            let cell = cell(shared, all).into_string();
            assert!(cell.contains(&format!("tint-{tint}")) && cell.contains(share), "{cell}");
        }
    }
}
