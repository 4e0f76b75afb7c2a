//! How the answer travels (OAuth 2.0 Multiple Response Types, Form Post Response Mode, JWT Secured Authorization Response Mode).

use serde::{Deserialize, Serialize};

use crate::kernel::{Code, Refusal};

/// How the answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseMode {
    /// Over which way.
    pub way: Way,
    /// Whether as one signed JWT (JARM).
    jwt: bool,
}

/// The way to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// In the query of the redirect URI.
    Query,
    /// In the fragment of the redirect URI, which browsers keep to themselves.
    Fragment,
    /// In a form that the browser posts to the redirect URI.
    FormPost,
}

/// The way that goes with the response type, as a JWT (JARM §2.3.4).
const JWT: &str = "jwt";

impl ResponseMode {
    /// Each parameter for itself, in the query.
    pub const QUERY: Self = Self::plain(Way::Query);
    /// The same in the fragment.
    pub const FRAGMENT: Self = Self::plain(Way::Fragment);
    /// The same in a form.
    pub const FORM_POST: Self = Self::plain(Way::FormPost);

    /// Every mode, as metadata lists them.
    pub const ALL: &[Self] = &[
        Self::QUERY,
        Self::FRAGMENT,
        Self::FORM_POST,
        Self::secured(Way::Query),
        Self::secured(Way::Fragment),
        Self::secured(Way::FormPost),
    ];

    const fn plain(way: Way) -> Self {
        Self { way, jwt: false }
    }

    const fn secured(way: Way) -> Self {
        Self { way, jwt: true }
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match (self.way, self.jwt) {
            (Way::Query, false) => "query",
            (Way::Fragment, false) => "fragment",
            (Way::FormPost, false) => "form_post",
            (Way::Query, true) => "query.jwt",
            (Way::Fragment, true) => "fragment.jwt",
            (Way::FormPost, true) => "form_post.jwt",
        }
    }

    /// What may be asked for: every mode, and the short name of those as a JWT.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|mode| mode.name()).chain([JWT])
    }

    /// The same way, as one JWT.
    pub fn signed(self) -> Self {
        Self::secured(self.way)
    }

    /// Whether the answer is one JWT.
    pub fn is_jwt(self) -> bool {
        self.jwt
    }

    /// The mode of a request: what it asks for, or what goes with the response type (Multiple Response Types §2.1, §5). It is
    /// known even where the request is refused, so that the refusal reaches the client the way it listens; that is why the
    /// response type need not be one that is offered. `encrypted`: whether a JWT is for the client's eyes only.
    ///
    /// # Errors
    /// The refusal, and the mode in which it travels.
    pub fn of(response_type: Option<&str>, asked: Option<&str>, encrypted: bool) -> Result<Self, (Refusal, Self)> {
        let tokens = response_type.is_some_and(|text| text.split(' ').any(|word| matches!(word, "token" | "id_token")));
        let usual = if tokens { Way::Fragment } else { Way::Query };
        let default = Self::plain(usual);
        let Some(asked) = asked else { return Ok(default) };
        if asked == JWT {
            return Ok(Self::secured(usual));
        }
        match Self::ALL.iter().copied().find(|mode| mode.name() == asked) {
            // Where servers log it, there is nothing for strangers to read (JARM §2.3.1).
            Some(Self { way: Way::Query, jwt }) if tokens && !(jwt && encrypted) => {
                let refusal = Code::InvalidRequest.because(format!("response_mode={asked} is not for tokens"));
                Err((refusal, Self { way: usual, jwt }))
            }
            Some(mode) => Ok(mode),
            None => Err((Code::InvalidRequest.because("response_mode is not supported"), default)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(response_type: &str, asked: Option<&str>) -> Result<&'static str, &'static str> {
        let mode = ResponseMode::of(Some(response_type), asked, false);
        mode.map(ResponseMode::name).map_err(|(_, mode)| mode.name())
    }

    #[test]
    fn the_mode_goes_with_the_type() {
        for response_type in ["code", "none", "nonsense", ""] {
            assert_eq!(mode(response_type, None), Ok("query"), "{response_type}");
            for each in ResponseMode::ALL {
                assert_eq!(mode(response_type, Some(each.name())), Ok(each.name()));
            }
            assert_eq!(mode(response_type, Some("jwt")), Ok("query.jwt"));
            assert_eq!(mode(response_type, Some("magic")), Err("query"));
        }
        for response_type in ["token", "id_token", "id_token token", "code token", "code id_token", "id_token x"] {
            assert_eq!(mode(response_type, None), Ok("fragment"), "{response_type}");
            assert_eq!(mode(response_type, Some("jwt")), Ok("fragment.jwt"), "{response_type}");
            for asked in ["form_post", "form_post.jwt", "fragment.jwt"] {
                assert_eq!(mode(response_type, Some(asked)), Ok(asked), "{response_type}");
            }
            assert_eq!(mode(response_type, Some("query")), Err("fragment"), "{response_type}");
            assert_eq!(mode(response_type, Some("query.jwt")), Err("fragment.jwt"), "{response_type}");
        }
        assert_eq!(ResponseMode::of(None, None, false).ok(), Some(ResponseMode::QUERY));
    }

    #[test]
    fn tokens_stand_in_a_query_only_where_nobody_else_can_read_them() {
        let encrypted = |asked| ResponseMode::of(Some("id_token"), Some(asked), true).map_err(|(_, mode)| mode.name());
        assert_eq!(encrypted("query.jwt").map(ResponseMode::name), Ok("query.jwt"));
        assert_eq!(encrypted("query"), Err("fragment"));
    }

    #[test]
    fn every_name_that_is_listed_can_be_asked_for() {
        for name in ResponseMode::names() {
            assert!(mode("code", Some(name)).is_ok(), "{name}");
        }
        for name in ["JWT", "jwt.query", "query.JWT", "form_post.jwt ", ""] {
            assert!(mode("code", Some(name)).is_err(), "{name}");
        }
    }
}
