//! Printing: answers on the standard output, troubles on the standard error output, for people or for programs.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::Ending;
use crate::kernel::{Fault, Result};

/// Where and how a command answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Print {
    /// In JSON, one value on one line.
    pub(super) json: bool,
}

impl Print {
    /// The answer: `value` for programs, `words` for people.
    pub(super) fn answer(self, value: &impl Serialize, words: impl FnOnce() -> String) -> Result<()> {
        if self.json {
            let text = serde_json::to_string(value).map_err(|error| Fault::broken_by("an answer in JSON", error))?;
            self.text(&text)
        } else {
            self.text(&words())
        }
    }

    /// A text as it is, with a line end.
    pub(super) fn text(self, text: &str) -> Result<()> {
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
        match written {
            // Whoever read our output has seen enough (`signet user list | head`).
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other.map_err(|error| Fault::broken_by("the answer cannot be printed", error))?),
        }
    }

    /// Something for people only, beside the answer.
    pub(super) fn remark(self, words: &str) {
        let _ = writeln!(io::stderr().lock(), "{words}"); // nobody is there to be told that nobody is there
    }

    /// Why the command was not done.
    pub(super) fn trouble(self, ending: &Ending) {
        if self.json {
            self.remark(&trouble_value(ending).to_string());
        } else {
            self.remark(&format!("signet: {}", ending.words()));
        }
    }
}

fn trouble_value(ending: &Ending) -> Value {
    let mut value = json!({ "error": ending.name(), "message": ending.words() });
    if let Ending::Refused(refusal) = ending
        && !refusal.fields.is_empty()
    {
        let fields = refusal.fields.iter();
        value["fields"] =
            fields.map(|field| json!({ "field": field.field, "code": field.code, "message": field.message })).collect();
    }
    value
}

/// Rows below their heads, columns aligned; or `empty` where there are none.
pub(super) fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]], empty: &str) -> String {
    if rows.is_empty() {
        return empty.to_owned();
    }
    let heads = heads.map(str::to_owned);
    let lines = || std::iter::once(&heads).chain(rows);
    let width = |column: usize| lines().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for line in lines() {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// Names beside their values, one a line; the further lines of a value stand below its first.
pub(super) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let below = format!("\n{:indent$}", "", indent = width + 4);
    facts.iter().map(|(name, value)| format!("  {name:width$}  {}\n", value.replace('\n', &below))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Code;

    #[test]
    fn tables_are_aligned_by_characters() {
        let rows = [["ä".to_owned(), "1".to_owned()], ["long".to_owned(), String::new()]];
        assert_eq!(table(["A", "B"], &rows, "Nothing."), "A     B\nä     1\nlong\n");
        assert_eq!(table(["A", "B"], &[], "Nothing."), "Nothing.");
    }

    #[test]
    fn values_stand_below_each_other() {
        assert_eq!(facts(&[("a", "1".to_owned()), ("long", "2\n3".to_owned())]), "  a     1\n  long  2\n        3\n");
    }

    #[test]
    fn troubles_name_their_fields_for_programs() {
        let refusal = Code::InvalidInput.because("Look again.").at("email", "taken", "is taken");
        let value = trouble_value(&Ending::Refused(Box::new(refusal)));
        assert_eq!(value["error"], "invalid_input");
        assert_eq!(value["fields"][0]["code"], "taken");
    }
}
