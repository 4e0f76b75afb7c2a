//! The tokens as a person reads them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::redemption::Tokens;

/// Everything that came, for programs: the answer of the token endpoint as it is, and its tokens decoded.
pub(super) fn value(issuer: &str, client_id: &str, tokens: &Tokens, id_token: Option<&Map<String, Value>>) -> Value {
    let id_header = tokens.id_token.as_deref().and_then(decoded).map(|token| token["header"].clone());
    json!({
        "issuer": issuer,
        "client_id": client_id,
        "tokens": tokens,
        "id_token": id_token.map(|claims| json!({ "header": id_header, "claims": claims })),
        "access_token": decoded(&tokens.access_token),
    })
}

/// The same for people, without the tokens themselves: terminals are scrolled back and shared.
pub(super) fn words(value: &Value) -> String {
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let who = value["id_token"]["claims"]["sub"]
        .as_str()
        .map(|sub| format!("Signed in at {} as {sub}.\n", quiet(&value["issuer"])));
    let mut words = who.unwrap_or_else(|| format!("{} gave an access token.\n", quiet(&value["issuer"])));
    if !value["id_token"].is_null() {
        words.push_str(&format!("\nID token, verified: {}\n", pretty(&value["id_token"])));
    }
    match &value["access_token"] {
        Value::Null => words.push_str("\nAccess token: opaque, for its API to look up\n"),
        token => words.push_str(&format!("\nAccess token: {}\n", pretty(token))),
    }
    let tokens = &value["tokens"];
    if let Some(seconds) = tokens["expires_in"].as_u64() {
        words.push_str(&format!("It lives {seconds} s"));
        words.push_str(if tokens["refresh_token"].is_string() { "; a refresh token came with it.\n" } else { ".\n" });
    }
    if let Some(key) = value["access_token"]["claims"]["cnf"]["jkt"].as_str() {
        words.push_str(&format!("It is bound to the key {key}, which is gone now: nobody can use it.\n"));
    }
    words.push_str("--json prints the tokens themselves, too.\n");
    words
}

fn quiet(text: &Value) -> &str {
    text.as_str().unwrap_or_default()
}

/// Header and claims of a JWT; nothing for a token that is none.
pub(in crate::cli) fn decoded(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (header, claims, _signature, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let object =
        |part: &str| -> Option<Map<String, Value>> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    Some(json!({ "header": object(header)?, "claims": object(claims)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(access_token: &str) -> Tokens {
        let value =
            json!({ "access_token": access_token, "token_type": "Bearer", "expires_in": 600, "refresh_token": "r" });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn people_see_claims_and_no_token() {
        let token = format!(
            "{}.{}.c2ln",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#),
            URL_SAFE_NO_PAD.encode(r#"{"sub":"usr_1"}"#)
        );
        let claims = json!({ "sub": "usr_1" });
        let shown = value("https://id.example", "shop", &tokens(&token), claims.as_object());
        assert_eq!(shown["access_token"]["claims"]["sub"], "usr_1");
        assert_eq!(shown["tokens"]["access_token"], token);
        let words = words(&shown);
        assert!(words.starts_with("Signed in at https://id.example as usr_1."), "{words}");
        assert!(words.contains("ES256") && words.contains("600 s; a refresh token"), "{words}");
        assert!(!words.contains(&token), "{words}");
    }

    #[test]
    fn an_opaque_token_is_called_one() {
        for token in ["sgt_at_x", "a.b", "a.b.c", "a.b.c.d"] {
            let shown = value("https://id.example", "shop", &tokens(token), None);
            assert!(shown["access_token"].is_null(), "{token}");
            assert!(words(&shown).contains("opaque"));
        }
    }
}
