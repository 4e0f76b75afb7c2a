//! Whom an issuer means: a person of ours, or a service.

use serde_json::{Map, Value};

use super::{Believed, SubjectMapping, link::LONGEST_SUBJECT, store};
use crate::{
    app::Cx,
    domain::users::{self, User},
    kernel::{Result, email::canonical_name},
};

/// Whom it means.
#[derive(Debug, Clone)]
pub enum Whose {
    /// A person. `new`: nobody linked them yet.
    Person {
        /// Who.
        user: Box<User>,
        /// Whether the link has to be written.
        new: bool,
    },
    /// A service, by a name that no person and no client can have.
    Service(String),
}

/// Whom a believed token is about; none where nobody may be meant.
pub async fn whose(cx: &Cx, believed: &Believed) -> Result<Option<Whose>> {
    let Believed { issuer, subject, claims } = believed;
    if !(1..=LONGEST_SUBJECT).contains(&subject.len()) || subject.contains('\0') {
        return Ok(None);
    }
    if issuer.subject_mapping == SubjectMapping::Service {
        // A vertical bar stands in no client_id and in no identifier of a person (RFC 9700 §4.15), nor in an issuer's.
        return Ok(Some(Whose::Service(format!("{}|{subject}", issuer.issuer))));
    }
    let (db, tenant) = (cx.db().reader(), cx.tenant().id);
    let (user, new) = match store::linked(db, issuer, subject).await? {
        Some(linked) => (users::store::find(db, tenant, linked).await?, false),
        None => match verified_address(claims).filter(|_| issuer.subject_mapping == SubjectMapping::Email) {
            Some(address) => (users::store::find_by_email(db, tenant, &canonical_name(address)).await?, true),
            None => (None, false),
        },
    };
    // An address that nobody proved here may have been registered by anybody.
    let user = user.filter(|user| !user.is_locked() && (!new || user.email_verified_at.is_some()));
    Ok(user.map(|user| Whose::Person { user: Box::new(user), new }))
}

/// The address, where the issuer says that it is the person's (OpenID Connect Core §5.1): the Boolean, and no text.
fn verified_address(claims: &Map<String, Value>) -> Option<&str> {
    let verified = claims.get("email_verified") == Some(&Value::Bool(true));
    claims.get("email").and_then(Value::as_str).filter(|_| verified)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_counts_only_where_it_was_verified() {
        let address = |claims: Value| verified_address(claims.as_object().unwrap()).map(str::to_owned);
        assert_eq!(address(json!({ "email": "a@b.test", "email_verified": true })), Some("a@b.test".into()));
        for bad in [
            json!({ "email": "a@b.test" }),
            json!({ "email": "a@b.test", "email_verified": false }),
            json!({ "email": "a@b.test", "email_verified": "true" }),
            json!({ "email": ["a@b.test"], "email_verified": true }),
            json!({ "email_verified": true }),
        ] {
            assert_eq!(address(bad.clone()), None, "{bad}");
        }
    }
}
