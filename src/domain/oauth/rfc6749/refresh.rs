//! The refresh request (RFC 6749 §6): which scope the next token has. Whether the token is good, `refresh::judge` decided.

use std::borrow::Cow;

use oxide_auth::{
    code_grant::refresh::{Error, Input, Output, Refresh, Request},
    primitives::{
        grant::{Extensions, Grant},
        scope::Scope,
    },
};

use super::token_refusal;
use crate::{
    domain::oauth::Parameters,
    kernel::{Code, Refusal, Time, scope::Scopes},
};

/// What the refresh token stands for, as far as RFC 6749 cares.
pub struct StoredGrant<'a> {
    /// The client it was issued to.
    pub client_id: &'a str,
    /// What was granted.
    pub scope: &'a Scopes,
    /// Until when it is good.
    pub expires_at: Time,
}

/// The scope of the next access token: as asked for, but nothing that was not granted.
pub fn refresh(client_id: &str, parameters: &Parameters, stored: &StoredGrant<'_>) -> Result<Scopes, Refusal> {
    let damaged = || Code::InvalidGrant.because("the refresh token is not good");
    let asked = parameters.once("scope")?;
    if let Some(text) = asked {
        Scopes::parse(text).map_err(|error| Code::InvalidScope.because(error.to_string()))?;
    }
    let request = Presented { client_id, parameters };
    let mut machine = Refresh::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Unauthenticated { .. } => Input::Authenticated { scope: request.scope() }, // before, by us
            Output::RecoverRefresh { .. } => Input::Recovered {
                scope: request.scope(),
                grant: Some(Box::new(Grant {
                    owner_id: String::new(), // the machine does not look at it
                    client_id: stored.client_id.to_owned(),
                    scope: stored.scope.to_string().parse::<Scope>().map_err(|_| damaged())?,
                    redirect_uri: "https://unused.invalid/".parse().map_err(|_| damaged())?, // nor at this one
                    until: stored.expires_at,
                    extensions: Extensions::new(),
                })),
            },
            Output::Refresh { grant, .. } => return Scopes::parse(&grant.scope.to_string()).map_err(|_| damaged()),
            Output::Ok(_) => return Err(damaged()),
            Output::Err(error) => return Err(refusal(error)),
        };
    }
}

fn refusal(mut error: Error) -> Refusal {
    match error.description() {
        Some(description) => token_refusal(description.kind()),
        None => Code::InvalidGrant.because("the refresh token is not good"),
    }
}

/// The request as the machine reads it, its client already authenticated.
struct Presented<'a> {
    client_id: &'a str,
    parameters: &'a Parameters,
}

impl Request for Presented<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.parameters.first("refresh_token").map(Cow::Borrowed)
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.parameters.first("scope").map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("refresh_token"))
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(&[])))
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

    fn scope(client: &str, asked: Option<&str>) -> Result<String, Code> {
        let granted = Scopes::parse("openid profile email").unwrap();
        let expires_at = Clock::System.now() + TimeDelta::hours(1);
        let stored = StoredGrant { client_id: "shop", scope: &granted, expires_at };
        let mut pairs = vec![("refresh_token".to_owned(), "t".to_owned())];
        pairs.extend(asked.map(|asked| ("scope".to_owned(), asked.to_owned())));
        let scope = refresh(client, &Parameters::new(pairs), &stored);
        scope.map(|scope| scope.to_string()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn scope_narrows_and_never_grows() {
        assert_eq!(scope("shop", None), Ok("email openid profile".into()));
        assert_eq!(scope("shop", Some("openid")), Ok("openid".into()));
        assert_eq!(scope("shop", Some("openid phone")), Err(Code::InvalidScope));
        assert_eq!(scope("shop", Some("openid \"x\"")), Err(Code::InvalidScope));
    }

    #[test]
    fn another_client_has_no_use_for_it() {
        assert_eq!(scope("other", None), Err(Code::InvalidGrant));
    }
}
