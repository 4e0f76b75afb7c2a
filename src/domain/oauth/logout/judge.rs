//! Whether a logout request may be carried out, asked about, or not at all.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    domain::clients::Client,
    kernel::{
        Code, Principal, Refusal,
        id::{SessionId, UserId},
    },
};

/// An ID token that was given as a hint: authentic, perhaps expired (§2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Whose.
    pub user: UserId,
    /// Of which session.
    pub session: Option<SessionId>,
    /// For which client.
    pub client_id: String,
}

impl Hint {
    /// Reads the claims of a verified ID token.
    pub fn read(claims: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let client_id = match claims.get("aud")? {
            Value::String(one) => one.clone(),
            Value::Array(several) if several.len() == 1 => several[0].as_str()?.to_owned(),
            _ => text("azp")?.to_owned(),
        };
        Some(Self {
            user: text("sub")?.parse().ok()?,
            session: text("sid").and_then(|sid| sid.parse().ok()),
            client_id,
        })
    }
}

/// Where a person goes afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// A registered address, byte for byte as presented.
    pub uri: String,
    /// To be repeated.
    pub state: Option<String>,
}

/// A logout request that may be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutRequest {
    /// Name of the client that asks, where one does.
    pub application: Option<String>,
    /// Where the person goes afterwards.
    pub back: Option<Return>,
}

/// The client a request is from: hint and `client_id` must agree (§2).
pub fn client_id<'a>(presented: Option<&'a str>, hint: Option<&'a Hint>) -> Result<Option<&'a str>, Refusal> {
    match (presented, hint.map(|hint| hint.client_id.as_str())) {
        (Some(presented), Some(hinted)) if presented != hinted => {
            Err(Code::InvalidRequest
                .because("The id_token_hint was issued to another application than client_id names."))
        }
        (presented, hinted) => Ok(presented.or(hinted)),
    }
}

/// A registered address of a known client, or none at all: never a redirect to anywhere else (§3).
pub fn back(uri: Option<&str>, state: Option<&str>, client: Option<&Client>) -> Result<Option<Return>, Refusal> {
    let Some(uri) = uri else { return Ok(None) };
    let Some(client) = client else {
        return Err(Code::InvalidRequest
            .because("A post_logout_redirect_uri needs an id_token_hint or a client_id that says whose it is."));
    };
    if !client.returns_to(uri) {
        return Err(Code::InvalidRequest
            .because("The post_logout_redirect_uri is not registered for this application.")
            .hiding(uri));
    }
    Ok(Some(Return { uri: uri.to_owned(), state: state.map(str::to_owned) }))
}

/// Whether the person has to be asked: unless the hint proves that the client means this very person and session, anybody
/// could sign anybody out by a link (§2, ASVS 10.6.2).
pub fn must_ask(hint: Option<&Hint>, person: Option<&Principal>) -> bool {
    match (hint, person) {
        (_, None) => false, // nobody is signed in: nothing to lose
        (None, Some(_)) => true,
        (Some(hint), Some(person)) => {
            hint.user != person.user || hint.session.is_some_and(|session| session != person.session)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        domain::clients::testing::client,
        kernel::{Clock, assurance::Method},
    };

    fn hint() -> Hint {
        Hint { user: UserId::fresh(), session: Some(SessionId::fresh()), client_id: "shop".into() }
    }

    fn person(user: UserId, session: SessionId) -> Principal {
        Principal { user, session, authenticated_at: Clock::System.now(), methods: vec![Method::Password] }
    }

    #[test]
    fn only_the_hinted_person_in_the_hinted_session_is_not_asked() {
        let hint = hint();
        let session = hint.session.unwrap();
        assert!(!must_ask(Some(&hint), Some(&person(hint.user, session))));
        assert!(must_ask(Some(&hint), Some(&person(UserId::fresh(), session))));
        assert!(must_ask(Some(&hint), Some(&person(hint.user, SessionId::fresh()))));
        assert!(must_ask(None, Some(&person(hint.user, session))));
        assert!(!must_ask(None, None));
        let without_session = Hint { session: None, ..hint.clone() };
        assert!(!must_ask(Some(&without_session), Some(&person(hint.user, session))));
    }

    #[test]
    fn hint_and_client_must_agree() {
        let hint = hint();
        assert_eq!(client_id(Some("shop"), Some(&hint)), Ok(Some("shop")));
        assert_eq!(client_id(None, Some(&hint)), Ok(Some("shop")));
        assert_eq!(client_id(Some("other"), None), Ok(Some("other")));
        assert!(client_id(Some("other"), Some(&hint)).is_err());
    }

    #[test]
    fn only_a_registered_address_of_a_known_client_is_gone_to() {
        assert_eq!(back(None, Some("s"), None), Ok(None));
        assert!(back(Some("https://shop.example.test/bye"), None, None).is_err());
        assert!(back(Some("https://shop.example.test/bye"), Some("s"), Some(&client())).unwrap().is_some());
        for other in ["https://shop.example.test/bye/", "https://shop.example.test/cb", "https://evil.test/"] {
            assert!(back(Some(other), None, Some(&client())).is_err(), "{other}");
        }
    }

    #[test]
    fn a_hint_names_one_client() {
        let read = |aud: Value| Hint::read(json!({"sub": UserId::fresh(), "aud": aud}).as_object().unwrap());
        assert_eq!(read(json!("shop")).unwrap().client_id, "shop");
        assert_eq!(read(json!(["shop"])).unwrap().client_id, "shop");
        assert!(read(json!(["shop", "other"])).is_none());
        assert!(read(json!(7)).is_none());
    }
}
