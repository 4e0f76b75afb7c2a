//! What every page is given, and how a page is shown, or shown again after a refusal.

use std::collections::BTreeMap;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{Application, FlowContext, words};
use crate::{
    domain::users::{ShowMyself, User},
    kernel::{Code, Error, Refusal, Result, id::FlowId},
    web::{
        Site,
        extract::{Form, Visitor},
        layers::PageRules,
        reply,
    },
};

/// The context that all pages share; see the head of `templates/layout.html`.
#[derive(Debug, Serialize)]
pub struct Frame {
    site: Site,
    lang: &'static str,
    csrf: String,
    flow: Option<FlowId>,
    query: String,
    errors: Vec<PageError>,
    values: BTreeMap<&'static str, String>,
    person: Option<Person>,
    application: Option<Application>,
    #[serde(skip)]
    rules: PageRules,
    #[serde(skip)]
    status: StatusCode,
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// One line of the summary at the top of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct PageError {
    field: Option<&'static str>,
    message: String,
}

/// Who is signed in.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// What they want to be called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether it is proved.
    pub verified: bool,
}

#[derive(Serialize)]
struct Whole<'a, Own> {
    #[serde(flatten)]
    frame: &'a Frame,
    #[serde(flatten)]
    own: Own,
}

impl Frame {
    /// The frame of a page with a form for this browser.
    pub fn of(visitor: &Visitor, form: Form) -> Self {
        Self {
            site: visitor.face.site.clone(),
            lang: "en",
            csrf: visitor.csrf(form),
            flow: None,
            query: String::new(),
            errors: Vec::new(),
            values: BTreeMap::new(),
            person: None,
            application: None,
            rules: PageRules::default(),
            status: StatusCode::OK,
            retry_after: None,
        }
    }

    /// Puts the page into a flow: its application is shown, its forms and links carry it, and what follows a form may
    /// lead to the application.
    #[must_use]
    pub fn within(mut self, context: &FlowContext) -> Self {
        self.flow = context.flow;
        self.query = context.query();
        self.application = context.application.clone();
        self.rules.form_targets.extend(context.redirect_origin.clone());
        self
    }

    /// Sets what the page needs beyond the rules of all pages.
    #[must_use]
    pub fn ruled(mut self, rules: PageRules) -> Self {
        self.rules = rules;
        self
    }

    /// Keeps a field's value. Never a password.
    #[must_use]
    pub fn keeping(mut self, field: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(field, value.into());
        self
    }

    /// Shows who is signed in.
    #[must_use]
    pub fn for_person(mut self, user: &User) -> Self {
        self.person = Some(Person::of(user));
        self
    }

    /// Shows the page again with what was wrong. Refusals that no form can mend, and faults, go on to the error page.
    pub fn after(mut self, error: Error) -> Result<Self> {
        let refusal = match &error {
            Error::Refused(refusal) | Error::Settled(refusal) if is_mendable(refusal.code) => refusal,
            _ => return Err(error),
        };
        self.status = reply::page::words(refusal.code).status;
        self.errors = errors(refusal);
        self.retry_after = reply::retry_after(&error);
        Ok(self)
    }

    /// The page.
    ///
    /// # Errors
    /// A fault when the template does not fit.
    pub fn show(self, visitor: &Visitor, template: &str, own: impl Serialize) -> Result<Response> {
        let html = visitor.face.templates.render(template, Whole { frame: &self, own })?;
        let mut response = (self.status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self.rules);
        Ok(response)
    }
}

impl Person {
    /// A person as pages show them.
    pub fn of(user: &User) -> Self {
        Self {
            name: user.name.clone(),
            email: user.email.as_typed().to_owned(),
            verified: user.email_verified_at.is_some(),
        }
    }
}

/// The signed-in person, if anyone is.
pub async fn signed_in(visitor: &Visitor) -> Result<Option<User>> {
    if visitor.principal.is_none() {
        return Ok(None);
    }
    match visitor.app.perform(visitor.caller(), ShowMyself).await {
        Ok(user) => Ok(Some(user)),
        Err(error) if error.refusal().is_some_and(|refusal| refusal.code == Code::NotSignedIn) => {
            visitor.forget_session()?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether the person can do something about it in the form that was sent.
fn is_mendable(code: Code) -> bool {
    matches!(
        code,
        Code::InvalidInput
            | Code::WrongCredentials
            | Code::EmailUnverified
            | Code::ProofInvalid
            | Code::Conflict
            | Code::TooManyRequests
            | Code::Busy
    )
}

/// The lines of the summary: one per field, or else the refusal's sentence.
fn errors(refusal: &Refusal) -> Vec<PageError> {
    if refusal.fields.is_empty() {
        let words = reply::page::words(refusal.code);
        let message = refusal.sentence.as_deref().unwrap_or(words.happened).to_owned();
        return vec![PageError { field: None, message }];
    }
    refusal.fields.iter().map(|field| PageError { field: Some(field.field), message: words::sentence(field) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_line_and_a_sentence_stands_alone() {
        let refusal = Code::InvalidInput.because("Some fields need another look.").at("email", "x", "is odd");
        assert_eq!(
            errors(&refusal),
            [PageError { field: Some("email"), message: "The e-mail address is odd.".into() }]
        );
        let refusal = Code::WrongCredentials.because("That did not match.");
        assert_eq!(errors(&refusal), [PageError { field: None, message: "That did not match.".into() }]);
    }

    #[test]
    fn a_foreign_form_is_not_shown_again() {
        assert!(!is_mendable(Code::ForeignForm) && !is_mendable(Code::Malformed) && is_mendable(Code::InvalidInput));
    }
}
