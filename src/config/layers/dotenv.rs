//! `.env`: its entries with the numbers of their lines.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// One entry of `.env`, or a line that is none.
pub(super) struct Entry {
    /// Number of the (last) line, from 1.
    pub line: usize,
    /// Name and value; nothing if the line could not be read. The line is not kept: it may hold a secret.
    pub pair: Option<(String, String)>,
}

/// Hands the text over line by line and counts, because the parser does not tell where it is.
struct Lines<'a> {
    rest: &'a [u8],
    count: Rc<Cell<usize>>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |at| at + 1);
        let taken = end.min(buffer.len());
        let (line, rest) = self.rest.split_at(taken);
        buffer[..taken].copy_from_slice(line);
        self.rest = rest;
        if taken > 0 && taken == end {
            self.count.set(self.count.get() + 1);
        }
        Ok(taken)
    }
}

/// The entries in the order of the file. `$NAME` in unquoted and double-quoted values is replaced, as in a shell.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let count = Rc::new(Cell::new(0));
    let lines = Lines { rest: text.trim_start_matches('\u{feff}').as_bytes(), count: Rc::clone(&count) };
    dotenvy::from_read_iter(lines).map(|item| Entry { line: count.get(), pair: item.ok() }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn read(text: &str) -> Vec<(usize, Option<(String, String)>)> {
        entries(text).into_iter().map(|entry| (entry.line, entry.pair)).collect()
    }

    fn pair(name: &str, value: &str) -> Option<(String, String)> {
        Some((name.into(), value.into()))
    }

    #[test]
    fn lines_are_numbered_through_comments_and_blank_lines() {
        let text = "# first\nA=1\n\nexport B='two words' # why\nC=\"x\ny\"\nD=4";
        assert_eq!(
            read(text),
            [(2, pair("A", "1")), (4, pair("B", "two words")), (6, pair("C", "x\ny")), (7, pair("D", "4")),]
        );
    }

    #[test]
    fn a_line_longer_than_any_buffer_is_one_line() {
        let long = "x".repeat(100_000);
        assert_eq!(read(&format!("A={long}\nB=2\n")), [(1, pair("A", &long)), (2, pair("B", "2"))]);
    }

    #[test]
    fn a_line_that_is_no_entry_is_reported_and_the_next_is_read() {
        assert_eq!(read("A=1\nnonsense\nB=2"), [(1, pair("A", "1")), (2, None), (3, pair("B", "2"))]);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(read("\u{feff}A=1"), [(1, pair("A", "1"))]);
    }
}
