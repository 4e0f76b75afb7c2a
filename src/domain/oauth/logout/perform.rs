//! Carrying out a logout: at once where the hint proves it, else after the person was asked.

use keys::{Expectation, Expiry};

use super::judge::{self, Hint, LogoutRequest};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients,
        oauth::{Parameters, flow::Binding},
        sessions::SignOut,
    },
    kernel::{Code, Fault, Result, id::FlowId, secret::Digest},
};

/// What becomes of a logout request.
#[derive(Debug, Clone)]
pub enum Logout {
    /// The person is signed out (or nobody was signed in).
    Done(LogoutRequest),
    /// The person has to be asked; the request waits under this name.
    Ask(FlowId),
}

/// A client, or a person by a link, asks for a logout. Errors are for the person.
#[derive(Debug, Clone)]
pub struct BeginLogout {
    /// What was sent.
    pub parameters: Parameters,
    /// The browser it came through.
    pub browser: Binding,
}

impl Operation for BeginLogout {
    type Output = Logout;
    const NAME: &'static str = "logout.begin";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Logout> {
        self.parameters.refuse_repeated()?;
        let hint = self.parameters.once("id_token_hint")?.map(|token| read_hint(cx, token)).transpose()?;
        let client = match judge::client_id(self.parameters.once("client_id")?, hint.as_ref())? {
            Some(id) => clients::store::find(cx.db().reader(), cx.tenant().id, id).await?,
            None => None,
        };
        let uri = self.parameters.once("post_logout_redirect_uri")?;
        let back = judge::back(uri, self.parameters.once("state")?, client.as_ref())?;
        let request = LogoutRequest { application: client.map(|client| client.client_name), back };
        if judge::must_ask(hint.as_ref(), cx.caller.person()) {
            let id = FlowId::fresh();
            let waiting = (self.browser.0, &request);
            let bytes =
                serde_json::to_vec(&waiting).map_err(|error| Fault::broken_by("a logout is not JSON", error))?;
            cx.ephemeral().put(&key(cx, id), &bytes, cx.config().tokens.flow_ttl.std()).await?;
            return Ok(Logout::Ask(id));
        }
        if cx.caller.person().is_some() {
            SignOut.run(cx).await?;
        }
        Ok(Logout::Done(request))
    }
}

/// A request that waits for the person's word.
#[derive(Debug, Clone)]
pub struct AskedLogout {
    /// Which.
    pub id: FlowId,
    /// The browser that asks.
    pub browser: Binding,
}

impl AskedLogout {
    async fn find(&self, cx: &Cx) -> Result<LogoutRequest> {
        let gone = || Code::FlowExpired.because("This request to sign out has ended. Go back to the application.");
        let bytes = cx.ephemeral().get(&key(cx, self.id)).await?.ok_or_else(gone)?;
        let (browser, request): (Digest, LogoutRequest) = serde_json::from_slice(&bytes)
            .map_err(|error| Fault::broken_by("a stored logout cannot be read", error))?;
        if browser == self.browser.0 { Ok(request) } else { Err(gone().into()) }
    }
}

/// Reads what the confirmation page shows; changes nothing.
#[derive(Debug, Clone)]
pub struct ShowLogout(pub AskedLogout);

impl Operation for ShowLogout {
    type Output = LogoutRequest;
    const NAME: &'static str = "logout.show";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<LogoutRequest> {
        self.0.find(cx).await
    }
}

/// The person's word: sign out, or stay.
#[derive(Debug, Clone)]
pub struct ConfirmLogout {
    /// The request; none where the person came by themselves.
    pub asked: Option<AskedLogout>,
    /// Whether they want it.
    pub confirmed: bool,
}

impl Operation for ConfirmLogout {
    type Output = LogoutRequest;
    const NAME: &'static str = "logout.confirm";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<LogoutRequest> {
        let request = match &self.asked {
            Some(asked) => {
                let request = asked.find(cx).await?;
                cx.ephemeral().delete(&key(cx, asked.id)).await?;
                request
            }
            None => LogoutRequest { application: None, back: None },
        };
        if self.confirmed && cx.caller.person().is_some() {
            SignOut.run(cx).await?;
        }
        Ok(request)
    }
}

/// An ID token of this issuer, expired or signed by a retired key (RP-Initiated Logout §2).
fn read_hint(cx: &Cx, token: &str) -> Result<Hint> {
    let expectation = Expectation {
        expiry: Expiry::Ignored,
        accept_retired: true,
        ..Expectation::new(&["JWT"], &cx.tenant().issuer, None, &["sub", "aud"])
    };
    let refusal = || Code::InvalidRequest.because("The id_token_hint is not an ID token of this service.");
    let verified = cx.app.keyrings.of(cx.tenant().id)?.verify(token, &expectation, cx.now);
    let verified = verified.map_err(|invalid| refusal().hiding(invalid.to_string()))?;
    Ok(Hint::read(&verified.claims).ok_or_else(refusal)?)
}

fn key(cx: &Cx, id: FlowId) -> String {
    format!("logout:{}:{}", cx.tenant().id.uuid().simple(), id.uuid().simple())
}
