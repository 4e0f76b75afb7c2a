//! Which of our own pages a sign-in leads to when no application waits for it.

use crate::{domain::oauth::ciba, kernel::Result, web::extract::Params};

/// A page that people are sent away from to sign in, and brought back to. By name: an address in an address could lead
/// anywhere (RFC 9700 §4.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// `/`.
    Home,
    /// `/account/password`.
    Password,
    /// `/account/consents`.
    Consents,
    /// `/account/agents`.
    Agents,
    /// `/account/requests`.
    Requests,
}

impl Destination {
    /// The parameter of `/login` that names it.
    pub(super) const PARAMETER: &'static str = "to";

    /// What the parameters name; home, where they name nothing that is known.
    ///
    /// # Errors
    /// When it is given twice.
    pub(super) fn of(params: &Params) -> Result<Self> {
        Ok(match params.once(Self::PARAMETER)? {
            Some("password") => Self::Password,
            Some("consents") => Self::Consents,
            Some("agents") => Self::Agents,
            Some("requests") => Self::Requests,
            _ => Self::Home,
        })
    }

    /// Its name, where it has to be said.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Home => None,
            Self::Password => Some("password"),
            Self::Consents => Some("consents"),
            Self::Agents => Some("agents"),
            Self::Requests => Some("requests"),
        }
    }

    /// Its path.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Home => "/",
            Self::Password => "/account/password",
            Self::Consents => "/account/consents",
            Self::Agents => "/account/agents",
            Self::Requests => ciba::PAGE,
        }
    }

    /// The sign-in that leads to it.
    pub(super) fn sign_in(self) -> String {
        self.name().map_or_else(|| "/login".to_owned(), |name| format!("/login?{}={name}", Self::PARAMETER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_one_of_our_pages_and_an_address_nowhere() {
        let named = |value: &str| Params::read(format!("to={value}").as_bytes()).unwrap();
        use Destination::{Agents, Consents, Home, Password, Requests};
        for destination in [Home, Password, Consents, Agents, Requests] {
            let name = destination.name().unwrap_or_default();
            assert_eq!(Destination::of(&named(name)).unwrap(), destination);
        }
        for odd in ["https://evil.test/", "//evil.test", "/account/password", "PASSWORD"] {
            assert_eq!(Destination::of(&named(odd)).unwrap(), Destination::Home, "{odd}");
        }
        assert_eq!(Destination::Password.sign_in(), "/login?to=password");
        assert_eq!(Destination::Home.sign_in(), "/login");
    }
}
