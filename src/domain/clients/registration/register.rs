//! A client registers itself (RFC 7591 §3, OpenID Connect Registration §3).

use serde_json::{Map, Value};

use super::{Registered, answer, is_on, refused::as_metadata, store};
use crate::{
    app::{Cx, Guard, Limit, Operation},
    config::ClientRegistration,
    domain::{
        clients::{create, secrets, wire},
        rates::rate,
    },
    kernel::{Code, Event, Fact, Refusal, Result, secret::Secret},
    ports::random,
};

/// Registers the client that asks.
#[derive(Debug, Clone)]
pub struct RegisterClient {
    /// The metadata document.
    pub metadata: Map<String, Value>,
    /// The initial access token, if one was sent.
    pub token: Option<Secret>,
}

impl Operation for RegisterClient {
    type Output = Registered;
    const NAME: &'static str = "client.register";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.client_registrations_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<Registered> {
        is_on(cx)?;
        let (db, tenant) = (cx.db().reader(), cx.tenant().id);
        let initial = admit(cx.config().registration.clients, self.token.as_ref())?.map(Secret::digest);
        if let Some(token) = initial
            && !store::is_good(db, tenant, token, cx.now).await?
        {
            return Err(worthless().into());
        }
        if store::count(db, tenant).await? >= u64::from(cx.config().registration.client_quota) {
            let full = "as many clients have registered themselves as may; ask the operator to register this one";
            return Err(Code::Forbidden.because(full).into());
        }
        judge_statement(&self.metadata)?;
        let asked = wire::read(self.metadata, wire::From::Client).map_err(|refusal| as_metadata(refusal.into()))?;
        let (client, secret) = asked.judged(cx).await.map_err(as_metadata)?;
        let sealed =
            secret.as_ref().map(|secret| secrets::seal(&cx.app.master, &client, secret)).transpose()?.flatten();
        let token = random::token("sgt_ra_")?;
        let tx = cx.begin().await?;
        // Of parallel registrations with the last use of a token, one wins.
        if let Some(initial) = initial
            && !store::spend_initial(tx, tenant, initial).await?
        {
            return Err(worthless().into());
        }
        create::insert(tx, &client, secret.as_ref(), sealed).await?;
        store::insert(tx, &client, token.digest()).await?;
        let event = Event::from(Fact::ClientRegistered).client(client.id);
        tx.record(event.with("client_id", client.client_id.clone()));
        Ok(answer(cx, &client, secret.as_ref(), &token))
    }
}

/// The token that has to be good: one is needed unless registration is open, and counts even then.
fn admit(mode: ClientRegistration, token: Option<&Secret>) -> std::result::Result<Option<&Secret>, Refusal> {
    match (mode, token) {
        (ClientRegistration::Token, None) => {
            Err(Code::NotSignedIn.because("an initial access token is needed to register a client"))
        }
        (_, token) => Ok(token),
    }
}

fn worthless() -> Refusal {
    Code::InvalidToken.because("the initial access token is unknown, used up or expired")
}

/// Nobody's software statements are trusted here (RFC 7591 §2.3). To ignore one would register something else than it vouches
/// for.
pub(super) fn judge_statement(metadata: &Map<String, Value>) -> std::result::Result<(), Refusal> {
    match metadata.get("software_statement") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(_)) => {
            Err(Code::UnapprovedSoftwareStatement.because("software statements are not accepted here"))
        }
        Some(_) => Err(Code::InvalidSoftwareStatement.because("the software_statement is not a JWT")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_needed_unless_registration_is_open() {
        let token = Secret::new("sgt_ia_x");
        assert!(admit(ClientRegistration::Token, None).is_err());
        assert_eq!(admit(ClientRegistration::Token, Some(&token)), Ok(Some(&token)));
        assert_eq!(admit(ClientRegistration::Open, None), Ok(None));
        assert_eq!(admit(ClientRegistration::Open, Some(&token)), Ok(Some(&token)));
    }

    #[test]
    fn software_statements_are_refused_and_not_overlooked() {
        let judged = |value: Value| {
            let metadata = json!({ "software_statement": value }).as_object().cloned().unwrap();
            judge_statement(&metadata).map_err(|refusal| refusal.code)
        };
        assert_eq!(judged(json!("a.b.c")), Err(Code::UnapprovedSoftwareStatement));
        assert_eq!(judged(json!(7)), Err(Code::InvalidSoftwareStatement));
        assert_eq!(judged(Value::Null), Ok(()));
    }
}
