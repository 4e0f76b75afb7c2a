//! What letters say in the same way: when, until when, from which device. Templates get instants as `{iso, words}`.

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use crate::{
    config::Span,
    kernel::{Time, device::Device},
};

/// An instant, exact: a mail is read later.
pub fn at(time: Time) -> Value {
    json!({ "iso": iso(time), "words": time.format("%-d %B %Y, %H:%M UTC").to_string() })
}

/// An end that is `left` after now.
pub fn ends(at: Time, left: Span) -> Value {
    json!({ "iso": iso(at), "words": format!("in {}", long(left)) })
}

/// The device and the address that something was done from; empty for the command line.
pub fn device(device: &Device) -> Map<String, Value> {
    let mut said = Map::new();
    if device.user_agent.is_some() {
        said.insert("device".into(), device.name().into());
    }
    if let Some(address) = device.address {
        said.insert("address".into(), address.to_canonical().to_string().into());
    }
    said
}

fn iso(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// "24 hours", "1 hour", "90 minutes".
fn long(span: Span) -> String {
    const UNITS: &[(u64, &str)] = &[(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    // "24 hours" is plainer than "1 day": a unit is taken from two of it on, or where no smaller one is whole.
    let seconds = span.seconds();
    let taken = UNITS.iter().find(|(unit, name)| {
        let enough = if *name == "day" { 2 * unit } else { *unit };
        seconds >= enough && seconds.is_multiple_of(*unit)
    });
    let (unit, name) = taken.copied().unwrap_or((1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        count => format!("{count} {name}s"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    #[test]
    fn spans_are_said_plainly() {
        let cases = [
            (Span::hours(24), "24 hours"),
            (Span::hours(1), "1 hour"),
            (Span::minutes(90), "90 minutes"),
            (Span::days(7), "7 days"),
            (Span::secs(61), "61 seconds"),
        ];
        for (span, words) in cases {
            assert_eq!(long(span), words);
        }
    }

    #[test]
    fn instants_are_exact() {
        let time = Utc.with_ymd_and_hms(2026, 3, 7, 9, 5, 59).unwrap();
        assert_eq!(at(time), json!({ "iso": "2026-03-07T09:05:59Z", "words": "7 March 2026, 09:05 UTC" }));
        assert_eq!(ends(time, Span::hours(1)), json!({ "iso": "2026-03-07T09:05:59Z", "words": "in 1 hour" }));
    }

    #[test]
    fn the_command_line_has_no_device() {
        assert!(device(&Device::default()).is_empty());
        let phone = Device { address: "192.0.2.7".parse().ok(), user_agent: Some("curl/8".into()) };
        assert_eq!(Value::Object(device(&phone)), json!({ "device": "curl", "address": "192.0.2.7" }));
    }
}
