//! Text that people and programs send: bounded, printable, safe for every store.

/// Why a text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("is required")]
    Empty,
    /// Longer than the field allows, in characters.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// A control character (NUL included) or an invisible direction override.
    #[error("contains characters that cannot be used here")]
    Unprintable,
}

/// One line of text: trimmed, 1 to `max` characters, no control characters, no bidirectional overrides
/// (they let a name pose as another).
pub fn line(input: &str, max: usize) -> Result<String, TextError> {
    let text = input.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong(max));
    }
    if text.chars().any(unprintable) {
        return Err(TextError::Unprintable);
    }
    Ok(text.to_owned())
}

/// Characters that no field takes.
pub fn unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_bounded() {
        assert_eq!(line("  Ada Lovelace ", 50), Ok("Ada Lovelace".into()));
        assert_eq!(line("   ", 50), Err(TextError::Empty));
        assert_eq!(line("äöü", 2), Err(TextError::TooLong(2)));
        assert_eq!(line("äöü", 3), Ok("äöü".into()));
    }

    #[test]
    fn control_characters_and_overrides_are_refused() {
        for bad in ["a\0b", "a\nb", "a\u{202E}b", "a\u{7f}b", "a\u{85}b"] {
            assert_eq!(line(bad, 50), Err(TextError::Unprintable), "{bad:?}");
        }
    }
}
