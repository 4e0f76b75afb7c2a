//! An application asks (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

use keys::{Expectation, Expiry};

use super::{AuthorizationResponse, Binding, Flow, Progress, current};
use crate::{
    app::{Cx, Guard, Limit, Operation},
    domain::{
        clients,
        oauth::{
            Parameters,
            request::{self, Rejection, ReturnAddress, Rules},
        },
        rates::rate,
    },
    kernel::{Code, Result, id::UserId},
};

/// Begins an authorization. Errors are for the person: client and redirect URI could not be trusted. Everything else is an
/// answer to the client.
#[derive(Debug, Clone)]
pub struct BeginAuthorization {
    /// What the application sent.
    pub parameters: Parameters,
    /// The browser it came through.
    pub browser: Binding,
}

impl Operation for BeginAuthorization {
    type Output = Progress;
    const NAME: &'static str = "authorization.begin";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.authorizations_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<Progress> {
        let client_id = self
            .parameters
            .once("client_id")?
            .ok_or_else(|| Code::InvalidRequest.because("The parameter client_id is missing."))?;
        let client = clients::store::find(cx.db().reader(), cx.tenant().id, client_id).await?;
        let client =
            client.ok_or_else(|| Code::InvalidClient.because("The application (client_id) is not known here."))?;
        let (address, trouble) = ReturnAddress::judge(&self.parameters, &client)?;
        if let Err(refusal) = trouble {
            return Ok(Progress::Answer(AuthorizationResponse::rejection(cx, Rejection { address, refusal })));
        }
        let ring = cx.app.keyrings.of(cx.tenant().id)?;
        let issuer = cx.tenant().issuer.clone();
        let now = cx.now;
        let hinted_user = |hint: &str| {
            let expectation = Expectation {
                expiry: Expiry::Ignored,
                accept_retired: true,
                ..Expectation::new(&["JWT"], &issuer, None, &["sub", "aud"])
            };
            let verified = ring.verify(hint, &expectation, now).ok()?;
            verified.claims.get("sub")?.as_str()?.parse::<UserId>().ok()
        };
        match request::check(&self.parameters, &client, address, &Rules { now, hinted_user: &hinted_user }) {
            Ok(request) => current::advance(cx, Flow::begin(request, self.browser, now), &client, false).await,
            Err(rejection) => Ok(Progress::Answer(AuthorizationResponse::rejection(cx, *rejection))),
        }
    }
}
