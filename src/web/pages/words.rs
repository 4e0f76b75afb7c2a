//! Times and field names as people say them.

use chrono::SecondsFormat;
use serde::Serialize;

use crate::kernel::{Time, refusal::FieldError};

/// An instant as templates get it: exact, and as people say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// RFC 3339.
    pub iso: String,
    /// "2 hours ago", "3 March 2026".
    pub words: String,
}

/// `at`, seen from `now`.
pub fn moment(at: Time, now: Time) -> Moment {
    Moment { iso: at.to_rfc3339_opts(SecondsFormat::Secs, true), words: ago(at, now) }
}

fn ago(at: Time, now: Time) -> String {
    let seconds = (now - at).num_seconds();
    let count = |count: i64, unit: &str| match count {
        1 => format!("1 {unit} ago"),
        count => format!("{count} {unit}s ago"),
    };
    match seconds {
        ..=59 => "just now".into(), // clocks differ a little: what is ahead of us is now
        60..=3_599 => count(seconds / 60, "minute"),
        3_600..=86_399 => count(seconds / 3_600, "hour"),
        86_400..=604_799 => count(seconds / 86_400, "day"),
        _ => at.format("%-d %B %Y").to_string(),
    }
}

/// A field error as a whole sentence: "The name is required." Messages that begin with a capital are sentences already.
pub fn sentence(error: &FieldError) -> String {
    match (error.field, error.code) {
        ("email", "invalid") => return "Enter an e-mail address, such as name@example.com.".into(),
        ("current_password", "wrong") => return "That is not your current password.".into(),
        _ => {}
    }
    let message = error.message.trim_end_matches('.');
    if message.starts_with(char::is_uppercase) {
        return format!("{message}.");
    }
    format!("{} {message}.", label(error.field))
}

/// What the pages call a field.
fn label(field: &str) -> &str {
    match field {
        "email" | "username" => "The e-mail address",
        "password" => "The password",
        "current_password" => "The current password",
        "name" => "The name",
        "code" => "The code",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};

    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let now = Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap();
        let said = |before: TimeDelta| moment(now - before, now).words;
        assert_eq!(said(TimeDelta::seconds(-30)), "just now");
        assert_eq!(said(TimeDelta::seconds(59)), "just now");
        assert_eq!(said(TimeDelta::minutes(1)), "1 minute ago");
        assert_eq!(said(TimeDelta::hours(2)), "2 hours ago");
        assert_eq!(said(TimeDelta::days(6)), "6 days ago");
        assert_eq!(said(TimeDelta::days(30)), "24 October 2026");
        assert_eq!(moment(now, now).iso, "2026-11-23T12:00:00Z");
    }

    #[test]
    fn errors_are_whole_sentences() {
        let error = |field, code, message: &'static str| sentence(&FieldError { field, code, message: message.into() });
        assert_eq!(error("name", "invalid", "is required"), "The name is required.");
        assert_eq!(error("password", "odd", "Choose a longer one."), "Choose a longer one.");
        assert!(error("email", "invalid", "is not an e-mail address").starts_with("Enter "));
    }
}
