//! Whether a logout request may be carried out, asked about, or not at all.

use serde::{Deserialize, Serialize};

use super::hint::Hint;
use crate::{
    domain::clients::Client,
    kernel::{Code, Refusal, email::Email, id::SessionId},
};

/// Who is signed in in this browser, as the client knows them.
#[derive(Debug, Clone)]
pub struct Present {
    /// Their session.
    pub session: SessionId,
    /// The `sub` that the client knows.
    pub subject: String,
    /// Their address.
    pub email: Option<Email>,
}

impl Present {
    /// Whether a `logout_hint` means them: address, subject or session (RP-Initiated Logout 1.0 §2 leaves the form to us).
    fn is_meant(&self, hint: &str) -> bool {
        hint == self.subject
            || hint == self.session.to_string()
            || Email::parse(hint)
                .is_ok_and(|meant| Some(meant.canonical()) == self.email.as_ref().map(Email::canonical))
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
    /// Name of the client that asks, where one does, in a language of the person's (`ui_locales`).
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
/// could sign anybody out by a link (§2, ASVS 10.6.2). A `logout_hint` proves nothing, but one that names somebody else
/// contradicts.
pub fn must_ask(hint: Option<&Hint>, named: Option<&str>, present: Option<&Present>) -> bool {
    let Some(present) = present else { return false }; // nobody is signed in: nothing to lose
    let proved = hint.is_some_and(|hint| {
        hint.subject == present.subject && hint.session.is_none_or(|session| session == present.session)
    });
    !proved || named.is_some_and(|named| !present.is_meant(named))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clients::testing::client;

    fn hint() -> Hint {
        Hint { subject: "ada".into(), session: Some(SessionId::fresh()), client_id: "shop".into() }
    }

    fn present(subject: &str, session: SessionId) -> Present {
        Present { session, subject: subject.into(), email: Email::parse("Ada@example.test").ok() }
    }

    #[test]
    fn only_the_hinted_person_in_the_hinted_session_is_not_asked() {
        let hint = hint();
        let session = hint.session.unwrap();
        assert!(!must_ask(Some(&hint), None, Some(&present("ada", session))));
        assert!(must_ask(Some(&hint), None, Some(&present("bob", session))));
        assert!(must_ask(Some(&hint), None, Some(&present("ada", SessionId::fresh()))));
        assert!(must_ask(None, None, Some(&present("ada", session))));
        assert!(!must_ask(None, None, None));
        let without_session = Hint { session: None, ..hint.clone() };
        assert!(!must_ask(Some(&without_session), None, Some(&present("ada", session))));
    }

    #[test]
    fn a_logout_hint_proves_nothing_and_may_contradict() {
        let hint = hint();
        let ada = present("ada", hint.session.unwrap());
        for meant in ["ada", "ada@EXAMPLE.test", &ada.session.to_string()] {
            assert!(!must_ask(Some(&hint), Some(meant), Some(&ada)), "{meant}");
            assert!(must_ask(None, Some(meant), Some(&ada)), "{meant}");
        }
        for other in ["bob", "bob@example.test", "ses_0", "Ada"] {
            assert!(must_ask(Some(&hint), Some(other), Some(&ada)), "{other}");
            assert!(!must_ask(Some(&hint), Some(other), None), "{other}");
        }
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
}
