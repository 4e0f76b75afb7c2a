//! How hard a password is to guess, shown beside the field that was just refused. Nothing is refused for it.

use serde::Serialize;

use super::password::Context;

/// zxcvbn takes quadratic time: it is given no more than this of a password.
const READ: usize = 100;

/// An estimate in five steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Strength {
    /// 0 (a few guesses) to 4 (more than ten thousand million guesses).
    pub score: u8,
    /// The same in words.
    pub words: &'static str,
    /// What makes it weak, in one sentence, where something does.
    pub advice: Option<String>,
}

/// Estimates a password, as typed.
pub fn strength(typed: &str, context: &Context<'_>) -> Strength {
    let read: String = typed.chars().take(READ).collect();
    let address = context.email.map_or("", |email| email.as_typed());
    let local = address.split('@').next().unwrap_or("");
    let name: String = context.name.chars().take(READ).collect();
    let estimate = zxcvbn::zxcvbn(&read, &[address, local, &name, context.product]);
    let score = u8::from(estimate.score());
    let advice = estimate.feedback().and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
    Strength { score, words: words(score), advice }
}

fn words(score: u8) -> &'static str {
    match score {
        0 => "very weak",
        1 => "weak",
        2 => "fair",
        3 => "good",
        _ => "strong",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::email::Email;

    #[test]
    fn the_weak_and_the_strong_are_told_apart() {
        let weak = strength("password1", &Context::default());
        assert_eq!((weak.score, weak.words), (0, "very weak"));
        assert!(weak.advice.is_some());
        let strong = strength("violet umbrella forgets tuesday", &Context::default());
        assert_eq!((strong.score, strong.words), (4, "strong"));
    }

    #[test]
    fn the_persons_words_count_as_known() {
        let email = Email::parse("zqhvxkwp@example.test").unwrap();
        let context = Context { email: Some(&email), ..Context::default() };
        assert!(strength("zqhvxkwp", &context).score < strength("zqhvxkwp", &Context::default()).score);
    }

    #[test]
    fn a_very_long_password_takes_no_longer_than_its_beginning() {
        let long = "violet umbrella ".repeat(4096);
        let beginning: String = long.chars().take(READ).collect();
        assert_eq!(strength(&long, &Context::default()), strength(&beginning, &Context::default()));
    }
}
