//! Carrying out a logout: at once where the hint proves it, else after the person was asked.

use super::{
    AskedLogout, SignOutHere,
    hint::Hint,
    judge::{self, LogoutRequest, Present},
};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients::{self, Client},
        oauth::{Parameters, flow::Binding, subject},
        users,
    },
    kernel::{Result, id::FlowId},
};

/// A logout that was carried out.
#[derive(Debug, Clone)]
pub struct SignedOut {
    /// What was asked for.
    pub request: LogoutRequest,
    /// What the browser has to load in frames before it goes on.
    pub frames: Vec<String>,
}

/// What becomes of a logout request.
#[derive(Debug, Clone)]
pub enum Logout {
    /// The person is signed out (or nobody was signed in).
    Done(SignedOut),
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
        let hint = match self.parameters.once("id_token_hint")? {
            Some(token) => Some(Hint::verify(cx, token).await?),
            None => None,
        };
        let client = match judge::client_id(self.parameters.once("client_id")?, hint.as_ref())? {
            Some(id) => clients::store::find(cx.db().reader(), cx.tenant().id, id).await?,
            None => None,
        };
        let uri = self.parameters.once("post_logout_redirect_uri")?;
        let back = judge::back(uri, self.parameters.once("state")?, client.as_ref())?;
        let present = present(cx, client.as_ref()).await?;
        let locales = self.parameters.once("ui_locales")?.unwrap_or_default();
        let name = |client: Client| client.text_in("client_name", locales, &client.client_name).to_owned();
        let request = LogoutRequest { application: client.map(name), back };
        let named = self.parameters.once("logout_hint")?;
        if judge::must_ask(hint.as_ref(), named, present.as_ref()) {
            return Ok(Logout::Ask(AskedLogout::keep(cx, self.browser, &request).await?));
        }
        let frames = if present.is_some() { SignOutHere.run(cx).await? } else { Vec::new() };
        Ok(Logout::Done(SignedOut { request, frames }))
    }
}

/// Who is signed in, as the client knows them.
async fn present(cx: &Cx, client: Option<&Client>) -> Result<Option<Present>> {
    let Some(person) = cx.caller.person() else { return Ok(None) };
    let user = users::store::find(cx.db().reader(), cx.tenant().id, person.user).await?;
    let subject = match client {
        Some(client) => subject::of(cx, client, person.user)?,
        None => person.user.to_string(),
    };
    Ok(Some(Present { session: person.session, subject, email: user.map(|user| user.email) }))
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
    type Output = SignedOut;
    const NAME: &'static str = "logout.confirm";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<SignedOut> {
        let request = match &self.asked {
            Some(asked) => asked.take(cx).await?,
            None => LogoutRequest { application: None, back: None },
        };
        let frames = match self.confirmed && cx.caller.person().is_some() {
            true => SignOutHere.run(cx).await?,
            false => Vec::new(),
        };
        Ok(SignedOut { request, frames })
    }
}
