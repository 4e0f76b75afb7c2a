//! Parameters of a query or a form, where a repeated one is noticed.

use std::sync::Arc;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};

use super::{body, percent};
use crate::{
    app::App,
    kernel::{Code, Error, Refusal},
};

/// Parameters in the order in which they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

/// The parameters of the address.
#[derive(Debug, Clone)]
pub struct Query(pub Params);

/// The parameters of a form body (`application/x-www-form-urlencoded`).
#[derive(Debug, Clone)]
pub struct FormBody(pub Params);

impl Params {
    /// Reads a query or body; see [`percent::pairs`] for what is refused.
    pub fn read(text: &[u8]) -> Result<Self, Refusal> {
        percent::pairs(text).map(Self)
    }

    /// The value of a parameter that may not be repeated. An empty value counts as none (RFC 6749 §3.1).
    ///
    /// # Errors
    /// `InvalidRequest` at `name` when it came twice (RFC 6749 §3.1, §3.2).
    pub fn once(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            let refusal = Code::InvalidRequest.because(format!("The parameter {name} is repeated."));
            return Err(refusal.at(name, "repeated", "is repeated"));
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// The value of a form's field; empty when it was not sent, so that the operation can say what it needs.
    ///
    /// # Errors
    /// As [`Params::once`].
    pub fn field(&self, name: &'static str) -> Result<&str, Refusal> {
        Ok(self.once(name)?.unwrap_or_default())
    }

    /// Every value of a parameter that may be repeated (`resource`, RFC 8707 §2).
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    /// Every parameter.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Names only: values are passwords and codes.
impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl FromRequestParts<Arc<App>> for Query {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Error> {
        Ok(Self(Params::read(parts.uri.query().unwrap_or_default().as_bytes())?))
    }
}

impl FromRequest<Arc<App>> for FormBody {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        body::judge_type(request.headers(), "application/x-www-form-urlencoded")?;
        let bytes = body::read(request, app.config.server.form_limit.as_usize()).await?;
        Ok(Self(Params::read(&bytes)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_refused_where_one_is_wanted() {
        let params = Params::read(b"a=1&b=2&a=3&c=").unwrap();
        assert_eq!(params.once("b"), Ok(Some("2")));
        assert_eq!(params.once("c"), Ok(None));
        assert_eq!(params.once("d"), Ok(None));
        let refusal = params.once("a").unwrap_err();
        assert_eq!((refusal.code, refusal.fields[0].field), (Code::InvalidRequest, "a"));
        assert_eq!(params.all("a").collect::<Vec<_>>(), ["1", "3"]);
        assert!(Params::read(b"a=&a=").unwrap().once("a").is_err());
    }

    #[test]
    fn debug_shows_no_values() {
        let shown = format!("{:?}", Params::read(b"password=hunter2").unwrap());
        assert!(shown.contains("password") && !shown.contains("hunter2"));
    }
}
