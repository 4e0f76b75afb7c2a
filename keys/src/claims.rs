//! Checking the claims of a token whose signature holds (RFC 7519 §4.1, RFC 8725 §3).
//!
//! Own code on purpose: josekit's validator passes a token that lacks `exp` or `aud`, and panics on very large numbers.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{Expectation, Expiry, Invalid};

/// The end of the year 9999, in seconds since 1970: no honest NumericDate lies beyond, and all arithmetic below it is exact.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// Whether the claims are what is expected at `now`.
///
/// # Errors
/// The first reason why not.
pub(crate) fn check(
    claims: &Map<String, Value>,
    expected: &Expectation<'_>,
    now: DateTime<Utc>,
) -> Result<(), Invalid> {
    for name in expected.required {
        present(claims, name)?;
    }
    for name in ["sub", "jti"] {
        text(claims, name)?;
    }
    check_issuer(claims, expected)?;
    check_audience(claims, expected)?;
    check_times(claims, expected, now)
}

/// Whether `typ` is one of `types`: compared without case and without the `application/` that may be left out
/// (RFC 7515 §4.1.9). A token without one is plain `JWT`.
pub(crate) fn is_type(typ: Option<&str>, types: &[&str]) -> bool {
    let typ = typ.unwrap_or("JWT");
    let typ = match typ.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
        _ => typ,
    };
    types.iter().any(|accepted| accepted.eq_ignore_ascii_case(typ))
}

fn check_issuer(claims: &Map<String, Value>, expected: &Expectation<'_>) -> Result<(), Invalid> {
    match text(claims, "iss")? {
        Some(issuer) if issuer == expected.issuer => Ok(()),
        Some(_) => Err(Invalid::WrongIssuer),
        None => Err(missing("iss")),
    }
}

/// `aud` is a string or an array of strings (RFC 7519 §4.1.3), and is looked at even where no audience is expected.
fn check_audience(claims: &Map<String, Value>, expected: &Expectation<'_>) -> Result<(), Invalid> {
    let audiences: Vec<&str> = match claims.get("aud") {
        None | Some(Value::Null) if expected.audience.is_some() => return Err(missing("aud")),
        None => return Ok(()),
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => {
            several.iter().map(Value::as_str).collect::<Option<_>>().ok_or_else(|| malformed("aud"))?
        }
        Some(_) => return Err(malformed("aud")),
    };
    match expected.audience {
        Some(audience) if !audiences.contains(&audience) => Err(Invalid::WrongAudience),
        _ => Ok(()),
    }
}

fn check_times(claims: &Map<String, Value>, expected: &Expectation<'_>, now: DateTime<Utc>) -> Result<(), Invalid> {
    let expires = time(claims, "exp")?.ok_or_else(|| missing("exp"))?;
    let begins = time(claims, "nbf")?;
    let issued = time(claims, "iat")?;

    let now = now.timestamp_millis() as f64 / 1000.0;
    let soon = now + expected.leeway.as_secs_f64();
    if expected.expiry == Expiry::Enforced && expires <= now {
        return Err(Invalid::Expired);
    }
    if begins.is_some_and(|begins| begins > soon) {
        return Err(Invalid::NotYetValid);
    }
    if issued.is_some_and(|issued| issued > soon) {
        return Err(Invalid::IssuedInFuture);
    }
    Ok(())
}

/// A NumericDate, in seconds: a JSON number, fractions allowed (RFC 7519 §2), within range.
pub(crate) fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<f64>, Invalid> {
    claims
        .get(name)
        .map(|value| match value.as_f64() {
            Some(seconds) if (0.0..=LAST_SECOND).contains(&seconds) => Ok(seconds),
            _ => Err(malformed(name)),
        })
        .transpose()
}

pub(crate) fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Result<Option<&'c str>, Invalid> {
    claims.get(name).map(|value| value.as_str().ok_or_else(|| malformed(name))).transpose()
}

pub(crate) fn present(claims: &Map<String, Value>, name: &str) -> Result<(), Invalid> {
    match claims.get(name) {
        None | Some(Value::Null) => Err(missing(name)),
        Some(Value::String(text)) if text.is_empty() => Err(missing(name)),
        Some(_) => Ok(()),
    }
}

pub(crate) fn missing(name: &str) -> Invalid {
    Invalid::ClaimMissing(name.to_owned())
}

pub(crate) fn malformed(name: &str) -> Invalid {
    Invalid::ClaimMalformed(name.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_700_000_000;

    /// The verdict on a good token with some claims changed; null takes a claim out, so write `"null"` to keep one.
    fn verdict(changes: Value) -> Result<(), Invalid> {
        verdict_on(&with(changes), &expected())
    }

    fn expected() -> Expectation<'static> {
        Expectation::new(&["at+jwt"], "https://id.test", Some("api"), &["sub", "iat", "jti"])
    }

    fn with(changes: Value) -> Map<String, Value> {
        let mut claims = json!({
            "iss": "https://id.test", "aud": "api", "sub": "usr_1", "jti": "1", "iat": NOW, "exp": NOW + 600,
        });
        for (name, value) in changes.as_object().unwrap() {
            let claims = claims.as_object_mut().unwrap();
            match value {
                Value::Null => claims.remove(name),
                Value::String(text) if text == "null" => claims.insert(name.clone(), Value::Null),
                _ => claims.insert(name.clone(), value.clone()),
            };
        }
        claims.as_object().unwrap().clone()
    }

    fn verdict_on(claims: &Map<String, Value>, expected: &Expectation<'_>) -> Result<(), Invalid> {
        check(claims, expected, DateTime::from_timestamp(NOW, 0).unwrap())
    }

    #[test]
    fn a_good_token_passes() {
        assert_eq!(verdict(json!({})), Ok(()));
        assert_eq!(verdict(json!({ "nbf": NOW, "scope": "openid", "exp": NOW as f64 + 0.5 })), Ok(()));
    }

    #[test]
    fn absence_is_refusal() {
        for name in ["iss", "aud", "exp", "sub", "iat", "jti"] {
            assert_eq!(verdict(json!({ name: null })), Err(missing(name)));
            assert!(verdict(json!({ name: "null" })).is_err(), "{name} is null");
            assert!(verdict(json!({ name: "" })).is_err(), "{name} is empty");
        }
    }

    #[test]
    fn expiry_is_required_even_where_it_is_ignored() {
        let expected = Expectation { expiry: Expiry::Ignored, required: &[], ..expected() };
        assert_eq!(verdict_on(&with(json!({ "exp": 1 })), &expected), Ok(()));
        assert_eq!(verdict_on(&with(json!({ "exp": null })), &expected), Err(missing("exp")));
        assert_eq!(verdict_on(&with(json!({ "exp": 1e300 })), &expected), Err(malformed("exp")));
    }

    #[test]
    fn times_are_numbers_in_range() {
        let wrong = [
            json!(1e300),
            json!(u64::MAX),
            json!(i64::MIN),
            json!(-1),
            json!(253_402_300_800_u64),
            json!(NOW.to_string()),
            json!(true),
            json!([NOW]),
            json!("null"),
        ];
        for name in ["exp", "nbf", "iat"] {
            for value in &wrong {
                // A required claim that is null counts as missing.
                let refused = verdict(json!({ name: value }));
                assert!(
                    refused == Err(malformed(name)) || (value == "null" && refused == Err(missing(name))),
                    "{name} = {value}: {refused:?}"
                );
            }
        }
        assert_eq!(verdict(json!({ "exp": 253_402_300_799_u64 })), Ok(()));
    }

    #[test]
    fn expiry_is_exact_and_has_no_leeway() {
        assert_eq!(verdict(json!({ "exp": NOW + 1 })), Ok(()));
        assert_eq!(verdict(json!({ "exp": NOW })), Err(Invalid::Expired));
        assert_eq!(verdict(json!({ "exp": 0 })), Err(Invalid::Expired));
    }

    #[test]
    fn the_future_begins_after_the_leeway() {
        assert_eq!(verdict(json!({ "iat": NOW + 60, "nbf": NOW + 60 })), Ok(()));
        assert_eq!(verdict(json!({ "iat": NOW + 61 })), Err(Invalid::IssuedInFuture));
        assert_eq!(verdict(json!({ "nbf": NOW + 61 })), Err(Invalid::NotYetValid));
        let patient = Expectation { leeway: std::time::Duration::MAX, ..expected() };
        assert_eq!(verdict_on(&with(json!({ "iat": 253_402_300_799_u64 })), &patient), Ok(()));
    }

    #[test]
    fn the_issuer_is_compared_exactly() {
        for issuer in ["https://id.test/", "https://ID.test", "http://id.test", "https://id.test.evil"] {
            assert_eq!(verdict(json!({ "iss": issuer })), Err(Invalid::WrongIssuer), "{issuer}");
        }
        assert_eq!(verdict(json!({ "iss": ["https://id.test"] })), Err(malformed("iss")));
    }

    #[test]
    fn the_audience_is_one_of_theirs() {
        assert_eq!(verdict(json!({ "aud": ["other", "api"] })), Ok(()));
        for audience in [json!("other"), json!("api2"), json!([]), json!(["other"])] {
            assert_eq!(verdict(json!({ "aud": audience })), Err(Invalid::WrongAudience), "{audience}");
        }
        for audience in [json!(7), json!(["api", 7]), json!({ "api": true }), json!([["api"]])] {
            assert_eq!(verdict(json!({ "aud": audience })), Err(malformed("aud")), "{audience}");
        }
        let anyone = Expectation { audience: None, ..expected() };
        assert_eq!(verdict_on(&with(json!({ "aud": null })), &anyone), Ok(()));
        assert_eq!(verdict_on(&with(json!({ "aud": 7 })), &anyone), Err(malformed("aud")));
    }

    #[test]
    fn names_are_strings() {
        for name in ["sub", "jti"] {
            assert_eq!(verdict(json!({ name: 7 })), Err(malformed(name)));
        }
    }

    #[test]
    fn types_are_compared_without_case_and_prefix() {
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"] {
            assert!(is_type(Some(typ), &["at+jwt"]), "{typ}");
        }
        for typ in [None, Some("JWT"), Some(""), Some("at+jwt "), Some("text/at+jwt"), Some("applicationé/")] {
            assert!(!is_type(typ, &["at+jwt"]), "{typ:?}");
        }
        assert!(is_type(None, &["JWT"]) && is_type(Some("jwt"), &["JWT"]) && !is_type(Some("at+jwt"), &["JWT"]));
        assert!(!is_type(Some("at+jwt"), &[]));
    }
}
