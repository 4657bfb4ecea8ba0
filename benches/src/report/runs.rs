//! Several runs of one plan, and the median of each figure.
//!
//! Each run is a process of its own, so that all begin with the same memory and caches, and memory does not grow with
//! the runs. It knows the report's JSON and nothing else. Invariant: a median is one of the runs' figures; a ratio's
//! is that of the ratios within each run.

use std::path::Path;
use std::process::{Command, Stdio};

use comfy_table::Table;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::report::{LANES, table};

/// The sections of the JSON whose figures are in the table, in order. Of a lane it has the time of an event.
const SECTIONS: [&str; 4] = ["ratio", "one_event", "reads", "front_door"];

/// The JSON of each run.
pub struct Runs {
    each: Vec<Value>,
    median: Value,
}

impl Runs {
    /// Runs a program with these arguments this many times. It has to print the JSON of a run.
    ///
    /// # Errors
    /// [`Failure::Nothing`] if there are no runs, [`Failure::OneRun`] if one fails.
    pub fn of_program(
        program: &Path,
        arguments: &[String],
        runs: usize,
        progress: &dyn Fn(usize),
    ) -> Result<Self, Failure> {
        let mut each = Vec::new();
        for no in 1..=runs {
            progress(no);
            let failed = |problem: String| Failure::OneRun { no, runs, problem };
            let output = Command::new(program)
                .args(arguments)
                .stderr(Stdio::inherit())
                .output()
                .map_err(|error| failed(error.to_string()))?;
            if !output.status.success() {
                return Err(failed(output.status.to_string()));
            }
            each.push(serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))?);
        }
        Self::of(each)
    }

    /// Of the JSON of each run.
    ///
    /// # Errors
    /// [`Failure::Nothing`] if there are none.
    pub fn of(each: Vec<Value>) -> Result<Self, Failure> {
        if each.is_empty() {
            return Err(Failure::Nothing { what: "--runs" });
        }
        let median = median(&each.iter().collect::<Vec<_>>());
        Ok(Runs { each, median })
    }

    /// The object of one run in which every figure is the median, with the number of runs, and each run.
    pub fn to_json(&self) -> Value {
        let mut object = self.median.clone();
        object["runs"] = self.each.len().into();
        object["each_run"] = json!(self.each);
        object
    }

    /// The table for people: the median, the least and the greatest of each figure.
    pub fn to_text(&self) -> String {
        let plan = ["profile", "contacts", "segments", "events", "seed"].map(|name| {
            let said = &self.median[name];
            format!("{name} {}", said.as_str().map_or_else(|| said.to_string(), str::to_owned))
        });
        format!("{} runs: {}; all digests agree\n\n{}\n", self.each.len(), plan.join(", "), self.table())
    }

    fn table(&self) -> Table {
        let mut figures = Vec::new();
        for lane in LANES {
            leaves(&self.median[lane]["ns_per_event"], &format!("/{lane}/ns_per_event"), &mut figures);
        }
        for section in SECTIONS {
            leaves(&self.median[section], &format!("/{section}"), &mut figures);
        }
        let title = format!("figure of {} runs", self.each.len());
        let mut table = table([&title, "median", "least", "greatest"]);
        for (path, median) in figures {
            let mut all: Vec<f64> = self.each.iter().filter_map(|run| run.pointer(&path)?.as_f64()).collect();
            all.sort_unstable_by(f64::total_cmp);
            let ends = [median, all[0], all[all.len() - 1]].map(shown);
            table.add_row([path[1..].replace('/', " ")].into_iter().chain(ends));
        }
        table
    }
}

/// The median of each number; everything else is as in the first run.
fn median(runs: &[&Value]) -> Value {
    let of_all = |pick: &dyn Fn(&Value) -> Option<&Value>| {
        let picked: Vec<&Value> = runs.iter().filter_map(|run| pick(run)).collect();
        median(&picked)
    };
    match runs[0] {
        Value::Object(members) => {
            let named = |name: &String| (name.clone(), of_all(&|run| run.get(name)));
            Value::Object(members.keys().map(named).collect::<Map<_, _>>())
        }
        Value::Array(items) => (0..items.len()).map(|no| of_all(&|run| run.get(no))).collect(),
        Value::Number(_) => {
            let mut all: Vec<&Value> = runs.iter().copied().filter(|run| run.is_number()).collect();
            all.sort_by(|one, two| one.as_f64().unwrap_or(0.0).total_cmp(&two.as_f64().unwrap_or(0.0)));
            all[all.len() / 2].clone()
        }
        same @ (Value::Null | Value::Bool(_) | Value::String(_)) => same.clone(),
    }
}

/// The numbers of a value with their paths.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| leaves(member, &format!("{path}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(no, item)| leaves(item, &format!("{path}/{no}"), found));
        }
        Value::Number(number) => found.extend(number.as_f64().map(|number| (path.to_owned(), number))),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn shown(figure: f64) -> String {
    match figure.abs() {
        100.0.. => format!("{figure:.0}"),
        10.0.. => format!("{figure:.1}"),
        _ => format!("{figure:.3}"),
    }
}
