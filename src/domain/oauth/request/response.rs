//! What the answer brings (OAuth 2.0 Multiple Response Types).

use serde::{Deserialize, Serialize};

use super::{Draft, Rules};
use crate::{
    config::Oauth,
    domain::{
        clients::{Client, GrantType, Profile},
        oauth::profile::admits_response_type,
    },
    kernel::{Code, Refusal},
};

/// What the answer brings. Nothing of the three is `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseType {
    /// A code.
    pub code: bool,
    /// An ID token.
    pub id_token: bool,
    /// An access token.
    pub token: bool,
}

impl ResponseType {
    /// A code and nothing else.
    pub const CODE: Self = Self::of(true, false, false);
    /// Nothing but the news that the person allowed it (Multiple Response Types §4).
    pub const NONE: Self = Self::of(false, false, false);

    /// Every type, in the order in which metadata lists them. `token` alone is not among them: what comes without an ID token
    /// or code can be exchanged for that of another client (RFC 9700 §2.1.2).
    pub const ALL: &[Self] = &[
        Self::CODE,
        Self::NONE,
        Self::of(false, true, false),
        Self::of(false, true, true),
        Self::of(true, true, false),
        Self::of(true, false, true),
        Self::of(true, true, true),
    ];

    const fn of(code: bool, id_token: bool, token: bool) -> Self {
        Self { code, id_token, token }
    }

    /// The name on the wire, its words in the registered order.
    pub fn name(self) -> &'static str {
        match (self.code, self.id_token, self.token) {
            (false, false, false) => "none",
            (true, false, false) => "code",
            (false, true, false) => "id_token",
            (false, true, true) => "id_token token",
            (true, true, false) => "code id_token",
            (true, false, true) => "code token",
            (true, true, true) => "code id_token token",
            (false, false, true) => "token",
        }
    }

    /// The type that `text` names; the order of its words does not matter (RFC 6749 §3.1.1).
    pub fn parse(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self::NONE);
        }
        let mut asked = Self::NONE;
        for word in text.split(' ') {
            let part = match word {
                "code" => &mut asked.code,
                "id_token" => &mut asked.id_token,
                "token" => &mut asked.token,
                _ => return None,
            };
            if std::mem::replace(part, true) {
                return None; // said twice
            }
        }
        Self::ALL.contains(&asked).then_some(asked)
    }

    /// Whether tokens travel through the browser: nothing that comes in a query, where servers log it.
    pub fn is_front_channel(self) -> bool {
        self.id_token || self.token
    }

    /// The types that a server with these settings offers.
    pub fn offered(oauth: &Oauth) -> impl Iterator<Item = Self> {
        let (implicit_and_hybrid, profile) = (oauth.implicit_and_hybrid, Profile::of_all(oauth));
        let offered = move |kind: &Self| {
            (implicit_and_hybrid || !kind.is_front_channel()) && admits_response_type(profile, *kind)
        };
        Self::ALL.iter().copied().filter(offered)
    }

    /// Whether a client registered for it; without a registration it has `code` (OpenID Connect Registration §2).
    fn is_for(self, client: &Client) -> bool {
        let registered = &client.metadata.response_types;
        let named = registered.iter().any(|name| Self::parse(name) == Some(self));
        (named || registered.is_empty() && self == Self::CODE)
            && (!self.code || client.may(GrantType::AuthorizationCode))
    }
}

/// Known, offered here, and registered by the client.
pub fn response_type(draft: &mut Draft<'_>, client: &Client, rules: &Rules<'_>) -> Result<(), Refusal> {
    let asked = ResponseType::parse(draft.parameters.required("response_type")?)
        .filter(|asked| ResponseType::offered(rules.oauth).any(|offered| offered == *asked))
        .ok_or_else(|| Code::UnsupportedResponseType.because("this response_type is not supported"))?;
    if !asked.is_for(client) || !admits_response_type(client.profile(rules.oauth), asked) {
        return Err(Code::UnauthorizedClient.because("the client is not registered for this response_type"));
    }
    draft.request.response_type = asked;
    Ok(())
}

/// An ID token needs `openid`, and through the browser a nonce: it is all that tells a replayed one (OpenID Connect Core
/// §3.2.2.1, §3.2.2.11, §3.3.2.11).
pub fn id_token(draft: &mut Draft<'_>, _: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    if !draft.request.response_type.id_token {
        return Ok(());
    }
    if !draft.request.is_openid() {
        return Err(Code::InvalidScope.because("an ID token needs the scope openid"));
    }
    match draft.request.nonce {
        Some(_) => Ok(()),
        None => Err(Code::InvalidRequest.because("nonce is required with this response_type")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SecurityProfile;

    #[test]
    fn words_in_any_order_name_a_type() {
        for each in ResponseType::ALL {
            assert_eq!(ResponseType::parse(each.name()), Some(*each), "{}", each.name());
            let turned: Vec<_> = each.name().split(' ').rev().collect();
            assert_eq!(ResponseType::parse(&turned.join(" ")), Some(*each), "{turned:?}");
        }
        for text in ["", " ", "token", "none code", "code code", "code  id_token", "CODE", "code,id_token", "code id"] {
            assert_eq!(ResponseType::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn nothing_comes_through_the_browser_unless_that_is_switched_on() {
        let offered = |implicit_and_hybrid, profile| {
            let oauth = Oauth { implicit_and_hybrid, profile, ..Oauth::default() };
            ResponseType::offered(&oauth).map(ResponseType::name).collect::<Vec<_>>()
        };
        assert_eq!(offered(false, SecurityProfile::None), ["code", "none"]);
        assert_eq!(offered(true, SecurityProfile::None).len(), 7);
        assert_eq!(offered(true, SecurityProfile::Fapi2), ["code"]);
    }
}
