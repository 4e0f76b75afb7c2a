//! Secrets on the standard input: arguments are seen by everyone on the machine.

use std::io::{self, BufRead};

use super::Ending;
use crate::kernel::secret::Secret;

/// More than any secret that is taken, in bytes.
const LONGEST: u64 = 64 * 1024;

/// One line of the standard input, without its end.
pub(super) fn line() -> Result<Secret, Ending> {
    first_line(io::stdin().lock())
}

fn first_line(input: impl BufRead) -> Result<Secret, Ending> {
    let mut line = String::new();
    let read = input.take(LONGEST).read_line(&mut line);
    read.map_err(|error| Ending::Usage(format!("The standard input cannot be read as a line of text: {error}")))?;
    let text = line.strip_suffix('\n').unwrap_or(&line);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(Ending::Usage("A line was expected on the standard input, and there was none.".into()));
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_read_without_its_end() {
        let read = |text: &str| first_line(text.as_bytes()).unwrap().expose().to_owned();
        assert_eq!(read("pass word \n"), "pass word ");
        assert_eq!(read("password\r\nmore"), "password");
        assert_eq!(read("no end"), "no end");
        for bad in [&b""[..], b"\n", b"\r\n", b"\xff\n"] {
            assert!(first_line(bad).is_err(), "{bad:?}");
        }
    }
}
