//! Comma-separated values (RFC 4180), with cells that a spreadsheet would read as formulas guarded.

use enlist::Json;

/// A line of cells.
pub(crate) fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            line.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            line.extend(["\"", &cell.replace('"', "\"\""), "\""]);
        } else {
            line.push_str(cell);
        }
    }
    line + "\r\n"
}

/// A value as a cell. Members of a list are separated by semicolons.
pub(crate) fn cell(value: &Json) -> String {
    match value {
        Json::Null | Json::TooDeep => String::new(),
        Json::Text(text) => text.clone(),
        Json::List(members) => members.iter().map(cell).collect::<Vec<_>>().join("; "),
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => value.to_string(),
    }
}

/// A cell with an apostrophe before what a spreadsheet would read as a formula. A number stays a number.
pub(crate) fn guarded(cell: &str) -> String {
    let is_number = cell.parse::<f64>().is_ok();
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_guarded() {
        assert_eq!(line(["a", "b,c", "d\"e", "f\ng"].into_iter()), "a,\"b,c\",\"d\"\"e\",\"f\ng\"\r\n");
        assert_eq!(["=cmd()", "@x", "+x", "-5", "a"].map(guarded), ["'=cmd()", "'@x", "'+x", "-5", "a"]);
    }
}
