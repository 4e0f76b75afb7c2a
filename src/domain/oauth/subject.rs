//! Who a person is to a client (OpenID Connect Core §8), and the claims about them (§5): by scope, and one by one.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{request::ClaimRequest, scopes::SCOPES};
use crate::{
    app::Cx,
    domain::{
        clients::{Client, SubjectType},
        users::User,
    },
    kernel::{Fault, Result, id::UserId, mac::MacKeys, scope::Scopes},
};

/// What `sub` says about a person to a client: the person's identifier, or one that only the clients of a sector see.
///
/// # Errors
/// A fault where the salt is not there, or a pairwise client has no sector.
pub fn of(cx: &Cx, client: &Client, user: UserId) -> Result<String> {
    match client.metadata.subject_type {
        SubjectType::Public => Ok(user.to_string()),
        SubjectType::Pairwise => {
            let sector = client.sector().ok_or_else(|| Fault::broken("a pairwise client without a sector"))?;
            Ok(pairwise(&cx.app.pairwise.of(cx.tenant().id)?, &sector, user))
        }
    }
}

/// The subject of a person in a sector (OpenID Connect Core §8.1): the same in the whole sector and forever, and telling
/// nobody without the salt who it is in another one.
fn pairwise(salt: &MacKeys, sector: &str, user: UserId) -> String {
    URL_SAFE_NO_PAD.encode(salt.tag(&[b"pairwise", sector.as_bytes(), user.as_bytes()]))
}

/// Everything that the granted scopes give.
pub fn by_scope(user: &User, granted: &Scopes) -> Map<String, Value> {
    SCOPES
        .iter()
        .filter(|scope| granted.has(scope.name))
        .flat_map(|scope| scope.claims)
        .filter_map(|name| Some(((*name).to_owned(), claim(user, name)?)))
        .collect()
}

/// The claims that were asked for one by one, where the value is one that was asked for (§5.5.1).
pub fn requested(user: &User, requested: &BTreeMap<String, Option<ClaimRequest>>) -> Map<String, Value> {
    let taken = |request: &Option<ClaimRequest>, value: &Value| request.as_ref().is_none_or(|r| r.takes(value));
    requested
        .iter()
        .filter_map(|(name, request)| Some((name.clone(), claim(user, name).filter(|value| taken(request, value))?)))
        .collect()
}

/// One claim; none where the person has none, or it is no claim about people.
fn claim(user: &User, name: &str) -> Option<Value> {
    match name {
        "sub" => Some(user.id.to_string().into()),
        "name" => Some(user.name.clone().into()),
        "email" => Some(user.email.as_typed().into()),
        "email_verified" => Some(user.email_verified_at.is_some().into()),
        "updated_at" => Some(user.updated_at.timestamp().into()),
        _ if super::scopes::claims().any(|known| known == name) => {
            user.claims.get(name).filter(|value| !value.is_null()).cloned()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::{
        Clock,
        email::Email,
        id::{TenantId, UserId},
    };

    fn user() -> User {
        let now = Clock::System.now();
        let claims = json!({ "given_name": "Ada", "phone_number": "+44 20", "password_hint": "no", "locale": null });
        User {
            id: UserId::fresh(),
            tenant: TenantId::fresh(),
            email: Email::parse("ada@example.test").unwrap(),
            email_verified_at: Some(now),
            name: "Ada Lovelace".into(),
            claims: claims.as_object().cloned().unwrap(),
            admin: true,
            locked_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    fn names(claims: &Map<String, Value>) -> Vec<&str> {
        let mut names: Vec<_> = claims.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_pairwise_subject_is_one_per_sector_and_person() {
        let salt = MacKeys::new(vec![[1; 32]]);
        let (ada, eve) = (UserId::fresh(), UserId::fresh());
        let subject = pairwise(&salt, "shop.example.test", ada);
        assert_eq!(subject, pairwise(&salt, "shop.example.test", ada));
        assert_ne!(subject, pairwise(&salt, "news.example.test", ada));
        assert_ne!(subject, pairwise(&salt, "shop.example.test", eve));
        assert_ne!(subject, pairwise(&MacKeys::new(vec![[2; 32]]), "shop.example.test", ada));
        assert!(subject.len() <= 255 && subject.is_ascii());
    }

    #[test]
    fn scopes_give_their_claims_and_no_others() {
        let by = |scope| by_scope(&user(), &Scopes::parse(scope).unwrap());
        assert_eq!(names(&by("openid")), ["sub"]);
        assert_eq!(names(&by("openid email")), ["email", "email_verified", "sub"]);
        assert_eq!(names(&by("openid profile")), ["given_name", "name", "sub", "updated_at"]);
        assert_eq!(names(&by("openid phone address admin")), ["phone_number", "sub"]);
    }

    #[test]
    fn single_claims_are_given_only_with_a_wanted_value() {
        let ask = |text| requested(&user(), &serde_json::from_str(text).unwrap());
        assert_eq!(names(&ask(r#"{"email":null,"phone_number":{"essential":true}}"#)), ["email", "phone_number"]);
        assert_eq!(names(&ask(r#"{"given_name":{"value":"Ada"}}"#)), ["given_name"]);
        assert!(ask(r#"{"given_name":{"value":"Eve"}}"#).is_empty());
        assert!(ask(r#"{"password_hint":null,"locale":null,"admin":null}"#).is_empty());
    }
}
