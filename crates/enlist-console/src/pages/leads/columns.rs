//! The columns of the board as they are kept, and what a person does with them.
//!
//! It draws nothing. Invariant: no segment has two columns, and a board has no more columns than [`MOST`].

use axum::extract::Form as Pairs;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::access::{Shape, Visit};
use crate::address::encoded;
use crate::failure::Failure;

/// How many columns a board has while nobody has chosen.
const FIRST: usize = 4;
/// How many columns a board has at most.
pub(crate) const MOST: usize = 12;

/// A change of the columns. A column is named by its segment, so that a page that is not the newest changes no other.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    Add {
        segment: String,
    },
    Remove {
        column: String,
    },
    MoveLeft {
        column: String,
    },
    MoveRight {
        column: String,
    },
    /// The column shows another segment.
    Show {
        column: String,
        segment: String,
    },
    /// From left to right. Columns that are not named come last.
    Order {
        columns: Vec<String>,
    },
    /// These and no others.
    Keep {
        columns: Vec<String>,
    },
}

impl Change {
    /// The change that a form asks for.
    fn read(pairs: &[(String, String)]) -> Option<Self> {
        let all = |name: &'static str| {
            pairs.iter().filter(move |(each, _)| each == name).map(|(_, value)| value.clone())
        };
        let columns: Vec<String> = all("column").collect();
        let (column, segment) = (columns.first().cloned(), all("segment").next());
        Some(match all("do").next()?.as_str() {
            "add" => Change::Add { segment: segment? },
            "remove" => Change::Remove { column: column? },
            "left" => Change::MoveLeft { column: column? },
            "right" => Change::MoveRight { column: column? },
            "show" => Change::Show { column: column?, segment: segment? },
            "order" => Change::Order { columns },
            "keep" => Change::Keep { columns },
            _ => return None,
        })
    }

    /// The segment that gets a column by it.
    fn new_segment(&self) -> Option<&str> {
        match self {
            Change::Add { segment } | Change::Show { segment, .. } => Some(segment),
            Change::Remove { .. }
            | Change::MoveLeft { .. }
            | Change::MoveRight { .. }
            | Change::Order { .. }
            | Change::Keep { .. } => None,
        }
    }

    fn make(self, columns: &mut Vec<String>) {
        let position = |columns: &[String], column: &str| columns.iter().position(|each| each == column);
        match self {
            Change::Add { segment } => columns.push(segment),
            Change::Remove { column } => columns.retain(|each| *each != column),
            Change::MoveLeft { column } => {
                if let Some(at) = position(columns, &column).filter(|at| *at > 0) {
                    columns.swap(at, at - 1);
                }
            }
            Change::MoveRight { column } => {
                if let Some(at) = position(columns, &column).filter(|at| at + 1 < columns.len()) {
                    columns.swap(at, at + 1);
                }
            }
            Change::Show { column, segment } => {
                let is_shown = columns.contains(&segment);
                if let Some(at) = position(columns, &column).filter(|_| !is_shown) {
                    columns[at] = segment;
                }
            }
            Change::Order { columns: order } => {
                columns.sort_by_key(|column| position(&order, column).unwrap_or(order.len()));
            }
            Change::Keep { columns: these } => *columns = these,
        }
        *columns = distinct(std::mem::take(columns));
    }
}

/// At most [`MOST`], each once, at its first place.
pub(crate) fn distinct(columns: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for column in columns {
        if kept.len() < MOST && !kept.contains(&column) {
            kept.push(column);
        }
    }
    kept
}

/// The columns while nobody has chosen, of all segments.
pub(crate) fn first<'a>(segments: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    segments.into_iter().take(FIRST).cloned().collect()
}

/// A button or a choice of the board.
pub(crate) async fn act(
    visit: Visit<Shape>,
    Pairs(pairs): Pairs<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let change = Change::read(&pairs)
        .ok_or_else(|| Failure::new(StatusCode::BAD_REQUEST, "This is no form of the board."))?;
    let segments: Vec<String> = visit
        .read(|view| Ok(view.segments().map(|segment| segment.id().as_str().to_owned()).collect()))
        .await?;
    if let Some(segment) = change.new_segment().filter(|id| segments.iter().all(|each| each != id)) {
        return Err(Failure::unknown("segment", segment));
    }
    let shown = change.new_segment().map(|id| format!("leads#column/{}", encoded(id)));
    let arranged = visit.arrange(move |arrangement| {
        change.make(arrangement.columns.get_or_insert_with(|| first(&segments)));
    });
    arranged.await?;
    Ok(Redirect::to(&visit.pages.page(shown.as_deref().unwrap_or("leads"))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(pairs: &[(&str, &str)]) -> String {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut columns = ["a", "b", "c"].map(str::to_owned).to_vec();
        Change::read(&pairs).unwrap().make(&mut columns);
        columns.join("")
    }

    #[test]
    fn columns_are_added_removed_moved_and_ordered() {
        let of = |name, column| changed(&[("do", name), ("column", column)]);
        assert_eq!([of("remove", "b"), of("left", "b"), of("right", "b")], ["ac", "bac", "acb"]);
        assert_eq!([of("left", "a"), of("right", "c"), of("left", "z")], ["abc", "abc", "abc"]);
        let with = |name, segment| changed(&[("do", name), ("column", "b"), ("segment", segment)]);
        assert_eq!([with("add", "d"), with("add", "a")], ["abcd", "abc"]);
        assert_eq!([with("show", "d"), with("show", "a"), with("show", "b")], ["adc", "abc", "abc"]);
    }

    #[test]
    fn an_order_that_misses_a_column_loses_none() {
        assert_eq!(changed(&[("do", "order"), ("column", "c"), ("column", "z"), ("column", "a")]), "cab");
        assert_eq!(changed(&[("do", "keep"), ("column", "c"), ("column", "c"), ("column", "z")]), "cz");
    }

    #[test]
    fn a_board_is_never_full_of_more_than_it_may_have() {
        assert_eq!(distinct((0..20).map(|number| number.to_string())).len(), MOST);
        assert_eq!(Change::read(&[("do".to_owned(), "dance".to_owned())]), None);
    }
}
