//! The one color a brand may set.

use std::fmt;

use super::setting::Setting;

/// A CSS color, `#rrggbb` or `oklch(…)`. It is written into a stylesheet, so nothing but digits and
/// the punctuation of these two forms is let through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accent(String);

impl Accent {
    /// The color as CSS.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_hex(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `oklch(L C H)`: three numbers, the first and second possibly a percentage, the third possibly in degrees.
fn is_oklch(text: &str) -> bool {
    let Some(inner) = text.strip_prefix("oklch(").and_then(|rest| rest.strip_suffix(')')) else {
        return false;
    };
    let parts: Vec<&str> = inner.split(' ').filter(|part| !part.is_empty()).collect();
    let [lightness, chroma, hue] = parts[..] else {
        return false;
    };
    is_number(lightness.strip_suffix('%').unwrap_or(lightness))
        && is_number(chroma.strip_suffix('%').unwrap_or(chroma))
        && is_number(hue.strip_suffix("deg").unwrap_or(hue))
}

fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(fraction)
}

impl Setting for Accent {
    fn kind() -> String {
        "color".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if is_hex(text) || is_oklch(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("must be a color such as #1d4ed8 or oklch(0.55 0.19 262), not {text:?}"))
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn both_forms_are_read() {
        for text in ["#1d4ed8", "#ABCDEF", "oklch(0.55 0.19 262)", "oklch(55% 0.19 262deg)"] {
            assert_eq!(Accent::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn nothing_that_could_leave_the_declaration_is_read() {
        for text in [
            "red",
            "#fff",
            "#1d4ed8;",
            "oklch(0.5 0.1 200);}body{display:none",
            "oklch(url(x) 0 0)",
            "oklch(0.5 0.1)",
            "oklch(0.5 0.1 200 / 1)",
            "oklch(. . .)",
            "var(--x)",
            "",
            "#1d4éd8",
        ] {
            assert!(Accent::parse(text).is_err(), "{text}");
        }
    }
}
