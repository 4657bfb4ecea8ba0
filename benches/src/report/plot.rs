//! A plot as SVG: the cost of an event in each lane over the number of segments, from the JSON of several runs. Both
//! axes are logarithmic.
//!
//! It knows the report's JSON and nothing else. Invariant: the same runs give the same bytes.

use std::fmt::Write;

use serde_json::Value;

use crate::failure::Failure;
use crate::report::LANES;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
const COLORS: [&str; LANES.len()] = [
    "#0b6e4f", "#52b788", "#c1121f", "#e09f3e", "#d65a9a", "#a62667", "#1d4e89", "#7b9acc", "#6a4c93",
    "#8d6e63", "#336791",
];

/// A lane's cost at each number of segments.
struct Line {
    name: &'static str,
    color: &'static str,
    points: Vec<(f64, f64)>,
}

/// The range of an axis, in powers of ten.
#[derive(Clone, Copy)]
struct Axis {
    first: i32,
    last: i32,
}

impl Axis {
    fn around(values: impl Iterator<Item = f64>) -> Self {
        let (mut least, mut greatest) = (f64::INFINITY, 1.0_f64);
        for value in values {
            (least, greatest) = (least.min(value), greatest.max(value));
        }
        let first = least.min(greatest).log10().floor() as i32;
        Axis { first, last: (greatest.log10().ceil() as i32).max(first + 1) }
    }

    /// The position of a value, from 0 to 1.
    fn place(self, value: f64) -> f64 {
        (value.log10() - f64::from(self.first)) / f64::from(self.last - self.first)
    }

    fn powers(self) -> impl Iterator<Item = f64> {
        (self.first..=self.last).map(|power| 10.0_f64.powi(power))
    }
}

/// Reads the runs of a file: one JSON object, or several in a row.
///
/// # Errors
/// [`Failure::File`] or [`Failure::Run`].
pub fn read_runs(path: &str) -> Result<Vec<Value>, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::File { path: path.to_owned(), error })?;
    let runs: Vec<Value> = serde_json::Deserializer::from_str(&text)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|_| Failure::Run { path: path.to_owned(), member: "valid JSON" })?;
    for run in &runs {
        for member in ["contacts", "segments", "engine"] {
            if run.get(member).is_none() {
                return Err(Failure::Run { path: path.to_owned(), member });
            }
        }
    }
    Ok(runs)
}

/// The plot of some runs.
pub fn svg(runs: &[Value]) -> String {
    let lines = lines(runs);
    let across =
        Axis::around(lines.iter().flat_map(|line| line.points.iter().map(|(segments, _)| *segments)));
    let up = Axis::around(lines.iter().flat_map(|line| line.points.iter().map(|(_, cost)| *cost)));
    let x = |segments: f64| LEFT + across.place(segments) * (WIDTH - LEFT - RIGHT);
    let y = |cost: f64| HEIGHT - BOTTOM - up.place(cost) * (HEIGHT - TOP - BOTTOM);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    text(&mut out, (LEFT, TOP - 18.0), "start", &title(runs));
    for segments in across.powers() {
        line(&mut out, (x(segments), TOP), (x(segments), HEIGHT - BOTTOM));
        text(&mut out, (x(segments), HEIGHT - BOTTOM + 18.0), "middle", &format!("{segments}"));
    }
    for cost in up.powers() {
        line(&mut out, (LEFT, y(cost)), (WIDTH - RIGHT, y(cost)));
        text(&mut out, (LEFT - 8.0, y(cost) + 4.0), "end", &duration(cost));
    }
    text(&mut out, ((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12.0), "middle", "segments");
    for Line { name, color, points } in &lines {
        let path: Vec<String> =
            points.iter().map(|(segments, cost)| format!("{:.1},{:.1}", x(*segments), y(*cost))).collect();
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>",
            path.join(" ")
        );
        for (segments, cost) in points {
            let _ = writeln!(
                out,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{color}\"/>",
                x(*segments),
                y(*cost)
            );
        }
        if let Some((segments, cost)) = points.last() {
            text(&mut out, (x(*segments) + 8.0, y(*cost) + 4.0), "start", &name.replace('_', " "));
        }
    }
    out.push_str("</svg>\n");
    out
}

fn lines(runs: &[Value]) -> Vec<Line> {
    let of_lane = |(name, color): (&'static str, &'static str)| {
        let point = |run: &Value| Some((run["segments"].as_f64()?, run[name]["ns_per_event"].as_f64()?));
        let mut points: Vec<(f64, f64)> = runs.iter().filter_map(point).collect();
        points.sort_by(|one, two| one.0.total_cmp(&two.0));
        Line { name, color, points }
    };
    LANES.into_iter().zip(COLORS).map(of_lane).filter(|line| !line.points.is_empty()).collect()
}

fn title(runs: &[Value]) -> String {
    let mut contacts: Vec<u64> = runs.iter().filter_map(|run| run["contacts"].as_u64()).collect();
    contacts.sort_unstable();
    contacts.dedup();
    let contacts: Vec<String> = contacts.iter().map(u64::to_string).collect();
    format!("Time an event, one thread, {} contacts", contacts.join(" and "))
}

fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        1e6.. => format!("{} ms", nanoseconds / 1e6),
        1e3.. => format!("{} µs", nanoseconds / 1e3),
        _ => format!("{nanoseconds} ns"),
    }
}

fn text(out: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}

fn line(out: &mut String, from: (f64, f64), to: (f64, f64)) {
    let _ = writeln!(
        out,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"#ddd\"/>",
        from.0, from.1, to.0, to.1
    );
}
