//! What clients send to the endpoints that they call themselves: a form, and perhaps a header that says who they are (RFC 6749 §2.3).

use std::sync::Arc;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::HeaderMap,
};

use super::{authorize::parameters, basic::basic, cors};
use crate::{
    app::{App, Operation},
    domain::oauth::Parameters,
    kernel::{Error, Result, secret::Secret},
    web::extract::{Call, FormBody},
};

/// A request of a client, read and not yet believed.
pub(super) struct FromClient {
    /// Where it came from.
    pub asker: Asker,
    /// The form.
    pub parameters: Parameters,
    /// User and password of the `Authorization` header.
    pub basic: Option<(String, Secret)>,
}

/// Whoever sent it.
pub(super) struct Asker {
    call: Call,
    /// The headers of the request.
    pub headers: HeaderMap,
    /// Which client it says to be, by the header or else by the form.
    client_id: Option<String>,
}

impl FromRequest<Arc<App>> for FromClient {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let call = Call::from_request_parts(&mut parts, app).await?;
        let headers = parts.headers.clone();
        let FormBody(form) = FormBody::from_request(Request::from_parts(parts, body), app).await?;
        let parameters = parameters(&form);
        let basic = basic(&headers)?;
        let client_id = basic.as_ref().map(|(id, _)| id.as_str()).or_else(|| parameters.first("client_id"));
        let client_id = client_id.map(str::to_owned);
        Ok(Self { asker: Asker { call, headers, client_id }, parameters, basic })
    }
}

impl Asker {
    /// Lets scripts of the client read the answer, whatever it is.
    pub async fn lets_its_scripts_read(&self) -> Result<()> {
        cors::judge(&self.call.app, &self.call, &self.headers, self.client_id.as_deref()).await
    }

    /// Performs what it asks for. Where that is done, the log names the client.
    pub async fn perform<O: Operation>(&self, operation: O) -> Result<O::Output> {
        let output = self.call.app.perform(self.call.caller(), operation).await?;
        if let Some(client_id) = &self.client_id {
            self.call.noted.client(client_id);
        }
        Ok(output)
    }
}
