//! `application/x-www-form-urlencoded`, read strictly: lenient decoders make two readers see two requests.

use std::borrow::Cow;

use crate::kernel::{Code, Refusal};

/// More parameters than any request here has.
const MAX_PAIRS: usize = 200;

/// The pairs of a query or form, in order; repeated names stay repeated.
///
/// # Errors
/// `Malformed` for a `%` without two hexadecimal digits, invalid UTF-8, NUL, or more than 200 pairs.
pub fn pairs(text: &[u8]) -> Result<Vec<(String, String)>, Refusal> {
    let mut pairs = Vec::new();
    for piece in text.split(|b| *b == b'&').filter(|piece| !piece.is_empty()) {
        if pairs.len() == MAX_PAIRS {
            return Err(Code::Malformed.because(format!("The request has more than {MAX_PAIRS} parameters.")));
        }
        let mut halves = piece.splitn(2, |b| *b == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        pairs.push((decoded(name)?, decoded(value)?));
    }
    Ok(pairs)
}

fn decoded(text: &[u8]) -> Result<String, Refusal> {
    let bytes = if text.iter().any(|b| matches!(b, b'%' | b'+')) { Cow::Owned(unescaped(text)?) } else { text.into() };
    let text = std::str::from_utf8(&bytes).map_err(|_| Code::Malformed.because("A parameter is not UTF-8."))?;
    if text.contains('\0') {
        return Err(Code::Malformed.because("A parameter has a NUL character."));
    }
    Ok(text.to_owned())
}

fn unescaped(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(digit), rest.next().and_then(digit)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(Code::Malformed.because("A percent sign is not followed by two hexadecimal digits.")),
            },
            other => *other,
        });
    }
    Ok(bytes)
}

fn digit(byte: &u8) -> Option<u8> {
    char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, Code> {
        pairs(text.as_bytes()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn pairs_are_read_in_order() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read("a=1&b=x+y%2Bz&&a=%C3%A4&c&d=e=f").unwrap(),
            [pair("a", "1"), pair("b", "x y+z"), pair("a", "ä"), pair("c", ""), pair("d", "e=f")]
        );
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn what_cannot_be_read_exactly_is_refused() {
        for bad in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=%00", "a=%C3", "%=1", "a=%+1"] {
            assert_eq!(read(bad), Err(Code::Malformed), "{bad}");
        }
        assert_eq!(pairs(b"a=\xff").map_err(|refusal| refusal.code), Err(Code::Malformed));
        assert_eq!(read(&"a=1&".repeat(MAX_PAIRS + 1)), Err(Code::Malformed));
    }
}
