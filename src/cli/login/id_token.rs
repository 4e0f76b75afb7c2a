//! Whether an ID token is what it has to be (OpenID Connect Core §3.1.3.7, §3.1.3.8).

use chrono::TimeDelta;
use keys::{Algorithm, Foreign, ForeignAlgorithm, ForeignKeys, at_hash, c_hash};
use serde_json::{Map, Value};

use super::{Ending, provider::Provider, redemption::Tokens};
use crate::kernel::{Code, Error, clock::Time, secret::Secret};

/// How far our clock may be behind the issuer's.
const SKEW: TimeDelta = TimeDelta::seconds(10);

/// What the claims have to fit.
pub(super) struct Claims<'a> {
    pub(super) client_id: &'a str,
    /// What was sent along; a device sends nothing.
    pub(super) nonce: Option<&'a Secret>,
    /// The code that it came for, where it came for one.
    pub(super) code: Option<&'a Secret>,
    pub(super) tokens: &'a Tokens,
}

impl Claims<'_> {
    /// The claims, if the issuer signed them and they are about this sign-in.
    pub(super) fn verify(
        &self,
        id_token: &str,
        provider: &Provider,
        keys: &ForeignKeys,
        now: Time,
    ) -> Result<Map<String, Value>, Ending> {
        let unfit = |why: String| Ending::from(Error::from(Code::InvalidToken.because(format!("The ID token {why}."))));
        let foreign = Foreign::parse(id_token).map_err(|error| unfit(format!("cannot be read: {error}")))?;
        let ForeignAlgorithm::Signed(algorithm) = foreign.algorithm() else {
            return Err(unfit("is not signed with a key of the issuer".into()));
        };
        let claims = foreign.believe(keys).map_err(|error| unfit(format!("is not the issuer's: {error}")))?;
        match self.objection(&claims, &provider.issuer, algorithm, now) {
            None => Ok(claims),
            Some(why) => Err(unfit(why.into())),
        }
    }

    /// The first thing that is wrong with the claims. Pure.
    fn objection(
        &self,
        claims: &Map<String, Value>,
        issuer: &str,
        algorithm: Algorithm,
        now: Time,
    ) -> Option<&'static str> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let time = |name: &str| claims.get(name).and_then(Value::as_f64);
        let audiences: Vec<&str> = match claims.get("aud") {
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one],
            _ => Vec::new(),
        };
        let moment = |at: Time| at.timestamp_millis() as f64 / 1000.0;
        let hash_fits = |name: &str, hash: String| claims.get(name).is_none_or(|claimed| *claimed == *hash);
        let checks = [
            (text("iss") == Some(issuer), "names another issuer"),
            (text("sub").is_some_and(|sub| !sub.is_empty()), "names nobody"),
            (audiences.contains(&self.client_id), "is for another client"),
            (audiences.len() == 1 || text("azp").is_some(), "is for several, and does not say for whom first"),
            (text("azp").is_none_or(|azp| azp == self.client_id), "is for another client first"),
            (time("exp").is_some_and(|exp| exp > moment(now - SKEW)), "is expired"),
            (time("iat").is_some_and(|iat| iat <= moment(now + SKEW)), "was issued in the future"),
            (self.nonce.is_none_or(|nonce| text("nonce") == Some(nonce.expose())), "is the answer to another request"),
            (hash_fits("at_hash", at_hash(algorithm, &self.tokens.access_token)), "belongs to another access token"),
            (
                self.code.is_none_or(|code| hash_fits("c_hash", c_hash(algorithm, code.expose()))),
                "belongs to another code",
            ),
        ];
        checks.into_iter().find(|(holds, _)| !holds).map(|(_, why)| why)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::Clock;

    fn objection(change: impl FnOnce(&mut Value)) -> Option<&'static str> {
        let now = Clock::System.now();
        let tokens: Tokens = serde_json::from_value(json!({ "access_token": "a", "token_type": "Bearer" })).unwrap();
        let (nonce, code) = (Secret::new("n"), Secret::new("c"));
        let claims = Claims { client_id: "shop", nonce: Some(&nonce), code: Some(&code), tokens: &tokens };
        let mut value = json!({
            "iss": "https://id.example", "sub": "u", "aud": "shop", "nonce": "n",
            "exp": now.timestamp() + 60, "iat": now.timestamp(),
            "at_hash": at_hash(Algorithm::RS256, "a"),
        });
        change(&mut value);
        claims.objection(value.as_object().unwrap(), "https://id.example", Algorithm::RS256, now)
    }

    #[test]
    fn a_sound_token_raises_no_objection() {
        assert_eq!(objection(|_| {}), None);
        assert_eq!(objection(|claims| claims["aud"] = json!(["shop"])), None);
        assert_eq!(
            objection(|claims| *claims = {
                claims["azp"] = json!("shop");
                claims["aud"] = json!(["shop", "api"]);
                claims.take()
            }),
            None
        );
    }

    #[test]
    fn each_claim_is_looked_at() {
        for (name, value) in [
            ("iss", json!("https://id.example/")),
            ("sub", json!("")),
            ("aud", json!("other")),
            ("aud", json!([])),
            ("aud", json!(["shop", "other"])),
            ("azp", json!("other")),
            ("exp", json!(1)),
            ("exp", json!("soon")),
            ("iat", json!(99_999_999_999_u64)),
            ("nonce", json!("m")),
            ("nonce", Value::Null),
            ("at_hash", json!("x")),
            ("at_hash", Value::Null),
            ("c_hash", json!("x")),
        ] {
            assert!(objection(|claims| claims[name] = value.clone()).is_some(), "{name}: {value}");
        }
    }
}
