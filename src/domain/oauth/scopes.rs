//! The scopes that Signet knows, in words for people and as claims for clients (OpenID Connect Core §5.4).

use super::native_sso;
use crate::{
    domain::{
        clients::{Client, GrantType},
        resources::Resource,
    },
    kernel::{Code, Refusal, scope::Scopes},
};

/// One scope.
#[derive(Debug)]
pub struct Scope {
    /// Its name.
    pub name: &'static str,
    /// What allowing it means, as a consent page says it.
    pub words: &'static str,
    /// The claims it gives.
    pub claims: &'static [&'static str],
}

/// Every scope with a meaning of its own; a client may be registered for others, which mean something to its APIs.
pub const SCOPES: &[Scope] = &[
    Scope { name: "openid", words: "Know that it is you", claims: &["sub"] },
    Scope {
        name: "profile",
        words: "See your name and profile",
        claims: &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    },
    Scope { name: "email", words: "See your e-mail address", claims: &["email", "email_verified"] },
    Scope { name: "address", words: "See your postal address", claims: &["address"] },
    Scope { name: "phone", words: "See your phone number", claims: &["phone_number", "phone_number_verified"] },
    Scope { name: native_sso::SCOPE, words: "Sign you in to the other apps of its maker on this device", claims: &[] },
    Scope { name: OFFLINE_ACCESS, words: "Keep this access while you are away, until you withdraw it", claims: &[] },
];

/// The scope that asks for access while the person is away (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// What allowing `scope` means.
pub fn words(scope: &str) -> Option<&'static str> {
    SCOPES.iter().find(|known| known.name == scope).map(|known| known.words)
}

/// The scope that gives a claim.
pub fn scope_of(claim: &str) -> Option<&'static str> {
    SCOPES.iter().find(|scope| scope.claims.contains(&claim)).map(|scope| scope.name)
}

/// Every claim that some scope gives: `claims_supported`, with those of the ID token itself left out.
pub fn claims() -> impl Iterator<Item = &'static str> {
    SCOPES.iter().flat_map(|scope| scope.claims.iter().copied())
}

/// What a client may have of what it asks for, where a person will be asked. Scopes that are not understood or not allowed are left
/// out, not refused (OpenID Connect Core §3.1.2.1); the answer says what was granted (RFC 6749 §3.3). Access while away needs the
/// grant that makes use of it. `usual`: what a request without a scope asks for, the scopes of the APIs that it names.
///
/// # Errors
/// `invalid_scope` where none is asked for and nothing is usual (RFC 6749 §3.3), or the text is malformed.
pub fn permitted(client: &Client, asked: Option<&str>, usual: &Scopes) -> Result<Scopes, Refusal> {
    let asked = match asked {
        Some(asked) => Scopes::parse(asked).map_err(|error| Code::InvalidScope.because(error.to_string()))?,
        None if usual.is_empty() => return Err(Code::InvalidScope.because("scope is missing")),
        None => usual.clone(),
    };
    let scope = asked.intersection(&client.scope);
    // A device secret is good for apps of one vendor, and belongs to an ID token.
    let shares = client.metadata.native_sso_group.is_some() && scope.has("openid");
    let scope = if shares { scope } else { scope.without(native_sso::SCOPE) };
    Ok(if client.may(GrantType::RefreshToken) { scope } else { scope.without(OFFLINE_ACCESS) })
}

/// What a request without a scope asks for: everything that means something to the APIs which it names.
pub fn usual(named: &[Resource]) -> Scopes {
    named.iter().fold(Scopes::default(), |scope, resource| scope.union(&resource.scope))
}
