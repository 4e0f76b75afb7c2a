//! From the claims of a request object to parameters.

use serde_json::{Map, Value};

use super::refused;
use crate::{domain::oauth::Parameters, kernel::Refusal};

/// Claims that are about the JWT, not about the request (RFC 7519 §4.1).
const OF_THE_JWT: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Parameters that say where the object is, and never count again.
const OF_THE_OBJECT: &[&str] = &["request", "request_uri"];

/// The parameters of the request. What stands in the object counts, whatever stands outside; with `merged`, what stands
/// outside counts where the object lacks it.
pub fn unfold(
    claims: &Map<String, Value>,
    sent: &Parameters,
    client_id: &str,
    merged: bool,
) -> Result<Parameters, Refusal> {
    if OF_THE_OBJECT.iter().any(|name| claims.contains_key(*name)) {
        return Err(refused("a request object cannot hold request or request_uri")); // RFC 9101 §4
    }
    // A client assertion is no request (RFC 9101 §10.8): both are signed by the client, for this server.
    if claims.get("sub").is_some_and(|sub| sub == client_id) {
        return Err(refused("a request object is not about the client: sub"));
    }
    let mut inside = Vec::new();
    for (name, value) in claims.iter().filter(|(name, _)| !OF_THE_JWT.contains(&name.as_str())) {
        texts(name, value, &mut inside)?;
    }
    let inside = Parameters::new(inside);
    // RFC 9101 §5, OpenID Connect Core §6.1: what may stand in both has to be the same.
    if inside.first("client_id").is_some_and(|inside| inside != client_id) {
        return Err(refused("client_id differs inside of the request object"));
    }
    if let (Some(within), Some(without)) = (inside.first("response_type"), sent.first("response_type"))
        && !same_words(within, without)
    {
        return Err(refused("response_type differs inside of the request object"));
    }
    let missing = |name: &str| merged && !OF_THE_OBJECT.contains(&name) && inside.first(name).is_none();
    let outside = sent.iter().filter(|(name, _)| *name == "client_id" && inside.first(name).is_none() || missing(name));
    let outside: Vec<_> = outside.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(outside.iter().fold(inside, |all, (name, value)| all.with(name, value)))
}

/// A claim as the text that the parameter would be. Numbers and JSON are allowed for what is a number or JSON
/// (OpenID Connect Core §6.1); a list is a parameter that stands several times (RFC 8707 §2).
fn texts(name: &str, value: &Value, into: &mut Vec<(String, String)>) -> Result<(), Refusal> {
    match (name, value) {
        (_, Value::Null) => {}
        (_, Value::String(text)) => into.push((name.to_owned(), text.clone())),
        ("max_age" | "requested_expiry", Value::Number(number)) => into.push((name.to_owned(), number.to_string())),
        ("claims" | "registration" | "authorization_details", Value::Object(_) | Value::Array(_)) => {
            into.push((name.to_owned(), value.to_string()));
        }
        ("resource" | "audience", Value::Array(several)) => {
            for one in several {
                let one = one.as_str().ok_or_else(|| refused(format!("{name} is not a list of texts")))?;
                into.push((name.to_owned(), one.to_owned()));
            }
        }
        _ if KNOWN.contains(&name) => return Err(refused(format!("{name} is of the wrong type"))),
        _ => {} // not understood, and ignored like an unknown parameter
    }
    Ok(())
}

/// Parameters that mean something here: of the wrong type they are a mistake, not a stranger.
const KNOWN: &[&str] = &[
    "acr_values",
    "audience",
    "binding_message",
    "authorization_details",
    "claims",
    "client_id",
    "client_notification_token",
    "code_challenge",
    "code_challenge_method",
    "display",
    "dpop_jkt",
    "id_token_hint",
    "login_hint",
    "login_hint_token",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "registration",
    "requested_expiry",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
    "user_code",
];

fn same_words(one: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut words: Vec<_> = text.split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    sorted(one) == sorted(other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::Code;

    fn sent(pairs: &[(&str, &str)]) -> Parameters {
        Parameters::new(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    fn outcome(claims: Value, outside: &[(&str, &str)], merged: bool) -> Result<Vec<(String, String)>, Code> {
        let unfolded = unfold(claims.as_object().unwrap(), &sent(outside), "shop", merged);
        let unfolded = unfolded.map_err(|refusal| refusal.code)?;
        let mut pairs: Vec<_> = unfolded.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        pairs.sort();
        Ok(pairs)
    }

    fn pairs(pairs: &[(&str, &str)]) -> Result<Vec<(String, String)>, Code> {
        Ok(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn claims_become_parameters() {
        let claims = json!({
            "iss": "shop", "aud": "https://id.test", "exp": 1, "nbf": 1, "iat": 1, "jti": "x",
            "client_id": "shop", "scope": "openid", "max_age": 600, "claims": {"userinfo": {"email": null}},
            "resource": ["https://a.test", "https://b.test"], "nonce": null, "vendor": {"x": 1},
        });
        let expected = pairs(&[
            ("claims", r#"{"userinfo":{"email":null}}"#),
            ("client_id", "shop"),
            ("max_age", "600"),
            ("resource", "https://a.test"),
            ("resource", "https://b.test"),
            ("scope", "openid"),
        ]);
        assert_eq!(outcome(claims, &[], false), expected);
    }

    #[test]
    fn what_stands_outside_never_overrides() {
        let outside = [
            ("client_id", "shop"),
            ("scope", "openid email"),
            ("state", "evil"),
            ("prompt", "none"),
            ("request", "eyJ"),
        ];
        let inside = json!({ "scope": "openid", "state": "good" });
        let alone = pairs(&[("client_id", "shop"), ("scope", "openid"), ("state", "good")]);
        assert_eq!(outcome(inside.clone(), &outside, false), alone);
        let completed = pairs(&[("client_id", "shop"), ("prompt", "none"), ("scope", "openid"), ("state", "good")]);
        assert_eq!(outcome(inside, &outside, true), completed);
    }

    #[test]
    fn what_stands_in_both_has_to_agree() {
        let outside = [("client_id", "shop"), ("response_type", "code id_token")];
        let refused = Err(Code::InvalidRequestObject);
        assert_eq!(outcome(json!({ "client_id": "other" }), &outside, true), refused);
        assert_eq!(outcome(json!({ "response_type": "code" }), &outside, true), refused);
        assert!(outcome(json!({ "response_type": "id_token code" }), &outside, true).is_ok());
    }

    #[test]
    fn what_is_no_request_object_is_refused() {
        for claims in [
            json!({ "request": "eyJ" }),
            json!({ "request_uri": "https://shop.test/request" }),
            json!({ "sub": "shop" }),
            json!({ "scope": ["openid"] }),
            json!({ "state": 7 }),
            json!({ "max_age": true }),
            json!({ "resource": [7] }),
            json!({ "redirect_uri": {} }),
        ] {
            assert_eq!(outcome(claims.clone(), &[], false), Err(Code::InvalidRequestObject), "{claims}");
        }
    }
}
