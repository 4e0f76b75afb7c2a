//! The person behind an access token of this API.

use std::{ops::Deref, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    app::App,
    domain::oauth::first_party,
    kernel::{Caller, Code, Error, Principal},
    web::extract::{Call, Shown},
};

/// A person who calls the API.
#[derive(Debug, Clone)]
pub struct ApiPerson {
    /// The request.
    pub call: Call,
    /// Who.
    pub principal: Principal,
}

impl ApiPerson {
    /// The caller of an operation.
    pub fn caller(&self) -> Caller {
        self.call.caller_for(&self.principal)
    }
}

impl Deref for ApiPerson {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl FromRequestParts<Arc<App>> for ApiPerson {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let call = Call::from_request_parts(parts, app).await?;
        let shown = Shown::from_request_parts(parts, app).await?;
        let Some(presented) = shown.access_token(&call, &parts.headers)? else {
            return Err(Code::NotSignedIn.because("Send an access token: Authorization: Bearer …").into());
        };
        let principal = first_party::verify_api(app, &call.tenant, &presented, call.now).await?;
        call.noted.user(principal.user);
        Ok(Self { call, principal })
    }
}
