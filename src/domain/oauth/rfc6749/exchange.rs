//! The exchange of a code (RFC 6749 §4.1.3) with its PKCE proof (RFC 7636 §4.5, §4.6).

use std::borrow::Cow;

use oxide_auth::{
    code_grant::{
        accesstoken::{AccessToken, Authorization, Error, Input, Output, Request},
        extensions::Pkce,
    },
    primitives::{
        grant::{Extensions, Grant, Value},
        scope::Scope,
    },
};

use super::token_refusal;
use crate::{
    domain::oauth::Parameters,
    kernel::{Code, Refusal, Time, scope::Scopes},
};

/// What the code stands for, as far as RFC 6749 and RFC 7636 care.
pub struct StoredCode<'a> {
    /// The client it was issued to.
    pub client_id: &'a str,
    /// The address it was sent to.
    pub redirect_uri: &'a str,
    /// What it grants.
    pub scope: &'a Scopes,
    /// The S256 challenge, where one was given.
    pub challenge: Option<&'a str>,
    /// Until when it is good.
    pub expires_at: Time,
}

/// Whether `client_id` may have tokens for this code, at `now`.
pub fn exchange(client_id: &str, parameters: &Parameters, stored: &StoredCode<'_>, now: Time) -> Result<(), Refusal> {
    let refused = |why: &'static str| Code::InvalidGrant.because(why);
    parameters.required("code")?;
    check_address(parameters.once("redirect_uri")?, stored).map_err(refused)?;
    let verifier = parameters.once("code_verifier")?;
    check_verifier(verifier, stored.challenge)?;
    if stored.expires_at <= now {
        return Err(refused("the code has expired"));
    }
    let request = Presented { client_id, redirect_uri: stored.redirect_uri, parameters };
    let mut machine = AccessToken::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => Input::Authenticated, // before, by `clients::authenticate`
            Output::Recover { .. } => Input::Recovered(Some(Box::new(grant(stored)?))),
            Output::Extend { .. } => {
                let challenge = stored.challenge.map(|challenge| Value::private(Some(format!("{challenge}S"))));
                Pkce::optional()
                    .verify(challenge, verifier.map(Cow::Borrowed))
                    .map_err(|()| refused("code_verifier does not match code_challenge"))?;
                Input::Extended { access_extensions: Extensions::new() }
            }
            Output::Issue { .. } => return Ok(()), // the machine is content; tokens are born in `token/mint.rs`
            Output::Ok(_) => return Err(refused("the code is not good")),
            Output::Err(error) => return Err(refusal(*error)),
        };
    }
}

/// Byte-exact where present. It may be absent only where PKCE binds the code already (OAuth 2.1 draft §10.2); else RFC 6749
/// §4.1.3 demands it, because the authorization request always had it.
fn check_address(presented: Option<&str>, stored: &StoredCode<'_>) -> Result<(), &'static str> {
    match presented {
        Some(uri) if uri == stored.redirect_uri => Ok(()),
        Some(_) => Err("redirect_uri is not the one of the authorization request"),
        None if stored.challenge.is_some() => Ok(()),
        None => Err("redirect_uri is missing"),
    }
}

/// 43 to 128 unreserved characters (RFC 7636 §4.1); none where there was no challenge (RFC 9700 §2.1.1, downgrade).
fn check_verifier(verifier: Option<&str>, challenge: Option<&str>) -> Result<(), Refusal> {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    match (verifier, challenge) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(Code::InvalidGrant.because("code_verifier was sent, but no code_challenge")),
        (None, Some(_)) => Err(Code::InvalidGrant.because("code_verifier is missing")),
        (Some(verifier), Some(_)) if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) => {
            Err(Code::InvalidGrant.because("code_verifier is not as RFC 7636 section 4.1 has it"))
        }
        (Some(_), Some(_)) => Ok(()),
    }
}

fn grant(stored: &StoredCode<'_>) -> Result<Grant, Refusal> {
    let damaged = || Code::InvalidGrant.because("the code is not good");
    Ok(Grant {
        owner_id: String::new(), // the machine does not look at it
        client_id: stored.client_id.to_owned(),
        scope: stored.scope.to_string().parse::<Scope>().map_err(|_| damaged())?,
        redirect_uri: stored.redirect_uri.parse().map_err(|_| damaged())?,
        until: stored.expires_at,
        extensions: Extensions::new(),
    })
}

fn refusal(mut error: Error) -> Refusal {
    match error.description() {
        Some(description) => token_refusal(description.kind()),
        None => Code::InvalidGrant.because("the code is not good"),
    }
}

/// The request as the machine reads it. The address was compared before and is handed in as it was stored.
struct Presented<'a> {
    client_id: &'a str,
    redirect_uri: &'a str,
    parameters: &'a Parameters,
}

impl Request for Presented<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.parameters.first("code").map(Cow::Borrowed)
    }

    fn authorization(&self) -> Authorization<'_> {
        Authorization::Username(Cow::Borrowed(self.client_id))
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.redirect_uri))
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("authorization_code"))
    }

    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::Clock;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"; // RFC 7636 appendix B
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const URI: &str = "https://shop.example.test/cb";

    fn outcome(client: &str, pairs: &[(&str, &str)], challenge: Option<&str>, age: i64) -> Result<(), Code> {
        let now = Clock::System.now();
        let parameters = Parameters::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
        let scope = Scopes::parse("openid").unwrap();
        let expires_at = now + TimeDelta::seconds(60 - age);
        let stored = StoredCode { client_id: "shop", redirect_uri: URI, scope: &scope, challenge, expires_at };
        exchange(client, &parameters, &stored, now).map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_right_client_with_the_right_proof() {
        let good = [("code", "c"), ("redirect_uri", URI), ("code_verifier", VERIFIER)];
        assert_eq!(outcome("shop", &good, Some(CHALLENGE), 0), Ok(()));
        assert_eq!(outcome("shop", &[("code", "c"), ("code_verifier", VERIFIER)], Some(CHALLENGE), 0), Ok(()));
        assert_eq!(outcome("shop", &[("code", "c"), ("redirect_uri", URI)], None, 0), Ok(()));
    }

    #[test]
    fn everything_else_is_invalid_grant() {
        let good = [("code", "c"), ("redirect_uri", URI), ("code_verifier", VERIFIER)];
        let invalid = Err(Code::InvalidGrant);
        assert_eq!(outcome("other", &good, Some(CHALLENGE), 0), invalid);
        assert_eq!(outcome("shop", &good, Some(CHALLENGE), 60), invalid);
        assert_eq!(outcome("shop", &good, None, 0), invalid, "verifier without challenge");
        assert_eq!(outcome("shop", &good[..2], Some(CHALLENGE), 0), invalid, "challenge without verifier");
        assert_eq!(outcome("shop", &[("code", "c")], None, 0), invalid, "no address and no PKCE");
        for address in ["https://shop.example.test/cb/", "https://shop.example.test:443/cb", "https://evil.test/cb"] {
            let bad = [("code", "c"), ("redirect_uri", address), ("code_verifier", VERIFIER)];
            assert_eq!(outcome("shop", &bad, Some(CHALLENGE), 0), invalid, "{address}");
        }
        for verifier in ["short", &"a".repeat(129), &"ä".repeat(30), &VERIFIER.replace('d', "e"), CHALLENGE] {
            let bad = [("code", "c"), ("redirect_uri", URI), ("code_verifier", verifier)];
            assert_eq!(outcome("shop", &bad, Some(CHALLENGE), 0), invalid, "{verifier}");
        }
        assert_eq!(outcome("shop", &good[1..], Some(CHALLENGE), 0), Err(Code::InvalidRequest), "no code");
    }
}
