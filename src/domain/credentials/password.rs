//! Which passwords are accepted (NIST SP 800-63B-4 §3.1.1.2): long enough, not common, not the person's own name. Nothing
//! about kinds of characters, and no periodic change.

use super::common::is_common;
use crate::{
    config,
    kernel::{email::Email, refusal::Findings, secret::Secret},
    ports::passwords::normalize,
};

/// How long a password may be, in code points after NFKC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// At least.
    pub min: usize,
    /// At most.
    pub max: usize,
}

impl From<&config::Passwords> for Rules {
    fn from(section: &config::Passwords) -> Self {
        Self { min: section.min_length as usize, max: section.max_length as usize }
    }
}

/// The words that a guesser who knows the person tries first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The address.
    pub email: Option<&'a Email>,
    /// The person's name.
    pub name: &'a str,
    /// The product's name.
    pub product: &'a str,
}

/// Why a password is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Nothing was typed.
    #[error("is required")]
    Missing,
    /// Fewer characters than this.
    #[error("must have at least {0} characters")]
    TooShort(usize),
    /// More characters than this.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// A control character: it was not typed but pasted by mistake, and NUL ends the text in other systems.
    #[error("contains characters that cannot be used here")]
    Unprintable,
    /// On the list of the most common ones.
    #[error("is one of the most common passwords and would be guessed at once")]
    Common,
    /// Made of the address, the name or the product's name.
    #[error("is too close to your name, your address or the name of this service")]
    Personal,
}

impl Weakness {
    /// The stable name on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "required",
            Self::TooShort(_) => "too_short",
            Self::TooLong(_) => "too_long",
            Self::Unprintable => "unprintable",
            Self::Common => "too_common",
            Self::Personal => "too_personal",
        }
    }
}

/// Whether a password, as typed, is accepted.
pub fn judge(typed: &Secret, context: &Context<'_>, rules: Rules) -> Result<(), Weakness> {
    // Before normalization, which may lengthen a text eighteenfold (U+FDFA) and so costs time.
    if typed.expose().is_empty() {
        return Err(Weakness::Missing);
    }
    if typed.expose().chars().count() > rules.max {
        return Err(Weakness::TooLong(rules.max));
    }
    let normalized = normalize(typed.expose());
    let text = normalized.expose();
    match text.chars().count() {
        length if length < rules.min => return Err(Weakness::TooShort(rules.min)),
        length if length > rules.max => return Err(Weakness::TooLong(rules.max)),
        _ => {}
    }
    if text.chars().any(char::is_control) {
        return Err(Weakness::Unprintable);
    }
    let folded = text.to_lowercase();
    if is_common(&folded) {
        return Err(Weakness::Common);
    }
    if is_personal(&folded, context) {
        return Err(Weakness::Personal);
    }
    Ok(())
}

/// Notes in `findings` why a password is not accepted, if so.
pub fn check(findings: &mut Findings, typed: &Secret, context: &Context<'_>, rules: Rules) {
    if let Err(weakness) = judge(typed, context, rules) {
        findings.note("password", weakness.code(), weakness.to_string());
    }
}

/// Whether hardly anything is left without the person's words: `ada.lovelace1` for Ada Lovelace.
fn is_personal(folded: &str, context: &Context<'_>) -> bool {
    /// Shorter words are taken out of nothing: they are in too many others.
    const SHORTEST_WORD: usize = 3;
    /// What is added to a name to make it look like a password: "1", "!!", "123".
    const LONGEST_ORNAMENT: usize = 3;

    let mut words = words(context);
    words.retain(|word| word.chars().count() >= SHORTEST_WORD);
    // The longest first: the address before its local part.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut rest = folded.to_owned();
    for word in &words {
        rest = rest.replace(word.as_str(), "");
    }
    rest.retain(char::is_alphanumeric);
    rest.len() < folded.len() && rest.chars().count() <= LONGEST_ORNAMENT && contains_any(folded, &words)
}

fn contains_any(folded: &str, words: &[String]) -> bool {
    words.iter().any(|word| folded.contains(word.as_str()))
}

/// Address, local part, name and product name, whole and in parts.
fn words(context: &Context<'_>) -> Vec<String> {
    let mut whole = vec![context.name.to_owned(), context.product.to_owned()];
    if let Some(email) = context.email {
        whole.extend([email.as_typed().to_owned(), email.canonical().to_owned()]);
        whole.extend(email.as_typed().split('@').map(str::to_owned));
    }
    let folded = whole.iter().map(|text| normalize(text.trim()).expose().to_lowercase());
    folded
        .flat_map(|text| {
            let parts: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
            parts.into_iter().chain([text])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules { min: 8, max: 64 };

    fn verdict(typed: &str) -> Result<(), Weakness> {
        let email = Email::parse("Ada.Lovelace@analytical.example").unwrap();
        let context = Context { email: Some(&email), name: "Ada King Lovelace", product: "Signet" };
        judge(&Secret::new(typed), &context, RULES)
    }

    #[test]
    fn length_is_counted_in_code_points_after_normalization() {
        assert_eq!(verdict("äöüßéñç"), Err(Weakness::TooShort(8)));
        assert_eq!(verdict("äöüßéñçø"), Ok(()));
        // Seven letters with combining marks are fourteen code points as typed and seven after NFKC.
        assert_eq!(verdict(&"e\u{301}".repeat(7)), Err(Weakness::TooShort(8)));
        assert_eq!(verdict(&"火".repeat(64)), Ok(()));
        assert_eq!(verdict(&"火".repeat(65)), Err(Weakness::TooLong(64)));
        // One character that NFKC makes eighteen of.
        assert_eq!(verdict(&"\u{FDFA}".repeat(4)), Err(Weakness::TooLong(64)));
        assert_eq!(verdict(""), Err(Weakness::Missing));
    }

    #[test]
    fn no_composition_rules() {
        for good in ["violet umbrella", "zzgtrwqk", "73915028461", "   spaces   around   "] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn common_passwords_are_refused_in_every_spelling() {
        for common in ["password123", "PassWord123", "ｐａｓｓｗｏｒｄ", "qwertyuiop"] {
            assert_eq!(verdict(common), Err(Weakness::Common), "{common}");
        }
    }

    #[test]
    fn what_everybody_knows_of_the_person_is_refused() {
        for personal in [
            "ada.lovelace@analytical.example",
            "Ada.Lovelace",
            "adalovelace",
            "AdaKingLovelace1",
            "lovelace!!",
            "signetsignet",
            "Signet-123",
            "analytical.example",
        ] {
            assert_eq!(verdict(personal), Err(Weakness::Personal), "{personal}");
        }
        for good in ["lovelace wrote the first program", "canada bermuda", "signet ring of gold"] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
        // Little is left of it without separators, but nothing of it is the person's.
        assert_eq!(verdict("--------x!"), Ok(()));
    }

    #[test]
    fn control_characters_are_refused() {
        assert_eq!(verdict("long enough\0"), Err(Weakness::Unprintable));
        assert_eq!(verdict("long\tenough"), Err(Weakness::Unprintable));
    }
}
